//! The list of videos.

mod actions;
mod card;
mod dialogs;
mod extend;
mod media;
mod phase;
mod preview;
mod renditions;
mod window;
mod words;

use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::ui::{El, button, div, el, focus, follow, paragraph};
use leptos::prelude::*;
use std::time::Duration;
use vireo_core::intent::IntentId;
use vireo_core::library::search::Show;
use vireo_core::library::window::WHOLE;
use web_sys::HtmlElement;

pub use dialogs::{enter_task, no_memory, remove_running, send_again};
pub use extend::extend;

/// The videos, newest first, below what the library has to say about them.
pub fn videos(studio: Studio, text: Text, above: [El; 2]) -> El {
    let some = Memo::new(move |_| studio.library.count.get() > 0);
    let list = el("ul").class("videos").attr("role", "list").attr("aria-label", text.of(T::Videos));
    let rows = list.clone();
    let content = move || match some.get() {
        true => later(text, video_rows(studio, text, rows.clone())),
        false => {
            // The rows went with what filled the list, before it could take them out.
            rows.node::<HtmlElement>().set_text_content(None);
            empty(studio, text)
        }
    };
    el("section")
        .class("gallery")
        .attr("part", "gallery")
        .attr("aria-label", text.of(T::VideosArea))
        .children(above)
        .child(list)
        .live(move || Some(content()))
}

lazy! { /// Fills the list, and answers with what stands below it.
work => fn video_rows(studio: Studio, text: Text, list: El) -> El {
    let standing = window::window(studio, &list);
    let keys = move || {
        standing.with(|ids| {
            studio.keep_cards(ids);
            ids.iter().map(ToString::to_string).collect()
        })
    };
    let row = move |key: &str| {
        let id = IntentId::parse(key)?;
        let card = studio.card(&id)?;
        Some(numbered(studio, id).child(card::card(studio, text, card)))
    };
    list.rows(keys, row);
    // Once nobody types any more: each key is spoken as well.
    let mut tell = debounce(QUIET, move |words: String| {
        if !words.is_empty() {
            studio.say(words);
        }
    });
    follow(move || tell(found(studio, text)));
    div("later").live(move || nothing_found(studio, text))
} }

/// A place in the list. Where only a part of the list stands in the page, it says which place.
fn numbered(studio: Studio, id: IntentId) -> El {
    let shown = studio.library.shown;
    let size = move || shown.with(|ids| (ids.len() > WHOLE).then(|| ids.len().to_string()));
    let place = move || {
        shown.with(|ids| {
            let place = ids.binary_search_by(|other| id.cmp(other)).ok().filter(|_| ids.len() > WHOLE)?;
            Some((place + 1).to_string())
        })
    };
    el("li").live_attr("aria-setsize", size).live_attr("aria-posinset", place)
}

/// What stands where there is no video yet.
fn empty(studio: Studio, text: Text) -> El {
    let words = div("gallery__empty")
        .child(el("strong").text(text.of(T::EmptyTitle)))
        .child(paragraph("", text.of(T::EmptyText)));
    if studio.host().is_some() { el("slot").attr("name", "empty").child(words) } else { words }
}

/// Whoever searches has come to an end after this long.
const QUIET: Duration = Duration::from_millis(700);

/// How many videos fit what is looked for, for those who do not see the list grow shorter.
fn found(studio: Studio, text: Text) -> String {
    let library = studio.library;
    let all = library.query.with(String::is_empty) && library.show.with(|show| show == Show::All.as_str());
    match library.shown.with(Vec::len) {
        _ if all => String::new(),
        count => text.with(T::Found, &[("count", &count.to_string())]),
    }
}

/// What stands there where no video fits what is looked for.
fn nothing_found(studio: Studio, text: Text) -> Option<El> {
    let library = studio.library;
    if library.count.get() == 0 || !library.shown.with(Vec::is_empty) {
        return None;
    }
    let clear = move || {
        studio.search(String::new());
        studio.show_states(Show::All.as_str().to_owned());
        // The button goes; the person goes on looking.
        focus("#library-search");
    };
    Some(div("gallery__empty").child(el("strong").text(text.of(T::NothingFound))).child(button(
        "button",
        text.of(T::ShowAll),
        clear,
    )))
}
