//! A bar that brings back what was just removed.

use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::ui::{El, button, div, el};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use vireo_core::intent::{Intent, IntentId};
use web_sys::HtmlElement;

/// How long a removal can be taken back.
const UNDO_MS: u32 = 8_000;

/// So often, and so far apart, a video that came back is looked for in the page.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS_MS: u32 = 50;

/// The bar: there after a removal, for a while, and as long as a pointer or the focus rests on it. `bring` shows a video
/// by its id.
pub fn undo(studio: Studio, text: Text, bring: fn(&IntentId) -> bool) -> El {
    let some = move || studio.library.removed.with(|removed| !removed.is_empty());
    let bar = move || some().then(|| later(text, undo_bar(studio, text, bring)));
    div("undo").attr("aria-live", "polite").live(bar)
}

lazy! { work => fn undo_bar(studio: Studio, text: Text, bring: fn(&IntentId) -> bool) -> El {
    let words = studio.library.removed.with_untracked(|removed| words(text, removed));
    words.map_or_else(|| div(""), |words| bar(studio, text, &words, bring))
} }

/// Undoes the removal, and goes to the first video that came back: the button that had the focus is gone.
fn undo_and_go(studio: Studio, bring: fn(&IntentId) -> bool) {
    let first = studio.library.removed.with_untracked(|removed| {
        removed.iter().find(|intent| !intent.is_upgrade()).map(|intent| intent.id.clone())
    });
    studio.undo_removal();
    studio.spawn(async move {
        let Some(first) = first else { return };
        for _ in 0..LOOKS {
            TimeoutFuture::new(BETWEEN_LOOKS_MS).await;
            if bring(&first) {
                return;
            }
        }
    });
}

fn words(text: Text, removed: &[Intent]) -> Option<String> {
    let mut videos = removed.iter().filter(|intent| !intent.is_upgrade());
    match videos.clone().count() {
        0 => None,
        1 => videos.next_back().map(|one| text.with(T::RemovedOne, &[("prompt", one.order.prompt())])),
        many => Some(text.with(T::RemovedMany, &[("count", &many.to_string())])),
    }
}

fn bar(studio: Studio, text: Text, words: &str, bring: fn(&IntentId) -> bool) -> El {
    let timer: Rc<RefCell<Option<Timeout>>> = Rc::default();
    let undo = button("button", text.of(T::Undo), move || undo_and_go(studio, bring));
    let bar = div("undo__bar")
        .child(el("span").class("undo__words").attr("dir", "auto").text(words))
        .child(undo.clone());
    let node: HtmlElement = bar.node();
    let run = {
        let timer = Rc::clone(&timer);
        move || {
            let rests = node.matches(":hover, :focus-within").unwrap_or(false);
            let timeout = (!rests).then(|| Timeout::new(UNDO_MS, move || studio.forget_removed()));
            *timer.borrow_mut() = timeout;
        }
    };
    run();
    if studio.library.focus_undo.get_untracked() {
        studio.library.focus_undo.set(false);
        let button: HtmlElement = undo.node();
        // It can take the focus when it stands in the page.
        request_animation_frame(move || button.focus().unwrap_or_default());
    }
    // Ends with the bar.
    _ = StoredValue::new_local(timer);
    ["mouseenter", "mouseleave", "focusin"]
        .into_iter()
        .fold(bar, |bar, event| {
            let run = run.clone();
            bar.on(event, move |_| run())
        })
        .on("focusout", move |_| {
            // The focus has left only after this event.
            let run = run.clone();
            request_animation_frame(run);
        })
}
