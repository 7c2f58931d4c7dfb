//! Keys for those who keep their hands on them: one table, read by the listener and by the list of shortcuts.

use crate::browser::{player, prefs};
use crate::i18n::{T, Text};
use crate::lazy;
use crate::state::{Screen, Studio};
use crate::ui::{El, button, dialog, div, el, find, focus};
use leptos::ev;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCollection, HtmlElement, KeyboardEvent};

/// What a key does.
#[derive(Clone, Copy)]
enum Act {
    /// Puts the focus there.
    Focus(&'static str),
    /// Presses what is found there.
    Press(&'static str),
    /// Goes to the next or the previous video.
    Go(i32),
    /// Plays the video of the card with the focus, or stops it.
    Play,
    /// Presses the button of this name on the card with the focus.
    Card(T),
    /// Opens what lies over the page.
    Settings,
    /// Opens the list.
    List,
}

struct Shortcut {
    key: &'static str,
    name: T,
    act: Act,
}

const fn shortcut(key: &'static str, name: T, act: Act) -> Shortcut {
    Shortcut { key, name, act }
}

/// The keys, in the order of the list.
const FORM: [Shortcut; 4] = [
    shortcut("/", T::KeyPrompt, Act::Focus("#prompt")),
    shortcut("1", T::ModeText, Act::Press("input[name=mode][value=TEXT_2_VIDEO]")),
    shortcut("2", T::ModeFrames, Act::Press("input[name=mode][value^=FIRST]")),
    shortcut("3", T::ModeReferences, Act::Press("input[name=mode][value^=REFERENCE]")),
];
const VIDEOS: [Shortcut; 10] = [
    shortcut("j", T::KeyNext, Act::Go(1)),
    shortcut("k", T::KeyPrevious, Act::Go(-1)),
    shortcut("p", T::KeyPlay, Act::Play),
    shortcut("d", T::Download, Act::Card(T::Download)),
    shortcut("u", T::UseAgain, Act::Card(T::UseAgain)),
    shortcut("e", T::Extend, Act::Card(T::Extend)),
    shortcut("c", T::CopyPrompt, Act::Card(T::CopyPrompt)),
    shortcut("f", T::FetchAgain, Act::Card(T::FetchAgain)),
    shortcut("x", T::Remove, Act::Card(T::Remove)),
    shortcut("z", T::Undo, Act::Press(".undo__bar button")),
];
const PAGE: [Shortcut; 4] = [
    shortcut("s", T::SearchVideos, Act::Focus("#library-search")),
    shortcut("a", T::Activity, Act::Press(".activity__button")),
    shortcut(",", T::Settings, Act::Settings),
    shortcut("?", T::ShortcutsTitle, Act::List),
];

/// Listens, unless the person switched that off. What the keys do is fetched when the first one is pressed.
pub fn listen(studio: Studio) {
    let asked = Rc::new(Cell::new(false));
    let handle = window_event_listener(ev::keydown, move |event| {
        if !asked.replace(true) {
            let asked = Rc::clone(&asked);
            studio.spawn_owned(async move { asked.set(heed(studio, event).await.is_ok()) });
        }
    });
    on_cleanup(move || handle.remove());
}

lazy! { tools => fn heed(studio: Studio, first: KeyboardEvent) -> () {
    pressed(studio, &first);
    let handle = window_event_listener(ev::keydown, move |event| pressed(studio, &event));
    on_cleanup(move || handle.remove());
} }

fn pressed(studio: Studio, event: &KeyboardEvent) {
    let typed = event.key();
    if typed == "Escape" && event.target().is_some_and(|target| leave(&target.unchecked_into())) {
        return;
    }
    let all = FORM.iter().chain(&VIDEOS).chain(&PAGE);
    let Some(shortcut) = all.into_iter().find(|shortcut| shortcut.key == typed) else { return };
    if is_meant(event) && studio.prefs().get(prefs::NO_SHORTCUTS).is_none() && act(studio, shortcut.act) {
        event.prevent_default();
    }
}

/// Leaves the prompt or the search, so that single keys mean something again.
fn leave(field: &HtmlElement) -> bool {
    field.matches("#prompt, #library-search").unwrap_or(false) && field.blur().is_ok()
}

/// False for keys that are typed into something, or that belong to a dialog or to the browser.
fn is_meant(event: &KeyboardEvent) -> bool {
    const TYPING: &str =
        "input:not([type=radio]):not([type=checkbox]):not([type=file]), textarea, select, [contenteditable]";
    let typing = document().active_element().is_some_and(|active| active.matches(TYPING).unwrap_or(false));
    let dialog = find("dialog[open]").is_some();
    let other = event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing();
    !(typing || dialog || other || event.default_prevented())
}

/// False where there is nothing to do it to.
fn act(studio: Studio, act: Act) -> bool {
    match act {
        Act::Focus(place) => focus(place),
        Act::Press(place) => press(find(place)),
        Act::Go(step) => go(step),
        Act::Play => {
            let video = focused_card().and_then(|card| card.query_selector("video").ok()?);
            video.and_then(|video| video.dyn_into().ok()).is_some_and(play)
        }
        Act::Card(name) => press(focused_card().and_then(|card| named(&card, studio.text().of(name)))),
        Act::Settings => {
            studio.screen.set(Some(Screen::Settings));
            true
        }
        Act::List => {
            studio.screen.set(Some(Screen::Shortcuts));
            true
        }
    }
}

fn press(found: Option<HtmlElement>) -> bool {
    found.map(|found| found.click()).is_some()
}

fn play(video: web_sys::HtmlVideoElement) -> bool {
    if video.paused() {
        player::play(&video);
        true
    } else {
        video.pause().is_ok()
    }
}

fn focused_card() -> Option<Element> {
    document().active_element()?.closest("article").ok()?
}

fn each(list: &HtmlCollection) -> impl Iterator<Item = HtmlElement> + '_ {
    (0..list.length()).filter_map(|n| list.item(n)?.dyn_into().ok())
}

fn named(card: &Element, name: &str) -> Option<HtmlElement> {
    let buttons = card.get_elements_by_tag_name("button");
    each(&buttons).find(|button| button.text_content().as_deref() == Some(name))
}

/// Moves the focus from card to card; at first to the newest.
fn go(step: i32) -> bool {
    let cards = document().get_elements_by_tag_name("article");
    let here = focused_card().and_then(|card| each(&cards).position(|other| *other == card));
    let next = match here {
        Some(here) => {
            here.saturating_add_signed(step as isize).min(cards.length().saturating_sub(1) as usize)
        }
        None => 0,
    };
    let Some(card) = each(&cards).nth(next) else { return false };
    card.set_tab_index(-1);
    card.focus().is_ok()
}

/// The list of shortcuts.
pub fn list(studio: Studio, text: Text) -> El {
    let close = move || studio.screen.set(None);
    let part = |title: T, shortcuts: &'static [Shortcut]| {
        let rows = shortcuts.iter().flat_map(|Shortcut { key, name, .. }| {
            [el("dt").child(el("kbd").text(key)).text(" "), el("dd").text(text.of(*name))]
        });
        div("keys__part")
            .child(el("h3").class("keys__title").text(text.of(title)))
            .child(el("dl").class("keys").children(rows))
    };
    let send = el("dl")
        .class("keys")
        .child(el("dt").child(el("kbd").text("Ctrl")).text(" + ").child(el("kbd").text("Enter")).text(" "))
        .child(el("dd").text(text.of(T::KeySend)))
        .child(el("dt").child(el("kbd").text("Esc")).text(" "))
        .child(el("dd").text(text.of(T::KeyLeave)));
    let done = div("dialog__actions").child(button("button", text.of(T::Close), close));
    let off = el("p").class("field__note").text(text.of(T::ShortcutsOff));
    let parts = div("keys__parts").children([
        part(T::Composer, &FORM).child(send),
        part(T::KeysPage, &PAGE),
        part(T::KeysVideos, &VIDEOS),
    ]);
    dialog(text.of(T::ShortcutsTitle), close, [parts, off, done]).class("dialog dialog--wide")
}
