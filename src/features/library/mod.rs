//! The library: finding videos, taking them back, carrying them to another browser.

mod carry;
mod undo;

use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::ui::{El, div, el, field, select, value_of};
use leptos::prelude::*;
use vireo_core::library::search::Show;

pub use undo::undo;

/// From so many videos on there is something to search.
const WORTH_SEARCHING: u64 = 4;

/// The row above the list.
pub fn toolbar(studio: Studio, text: Text) -> El {
    let many =
        Memo::new(move |_| studio.library.count.get() >= WORTH_SEARCHING || studio.library.is_filtered());
    div("library")
        .live(move || many.get().then(|| later(text, finding(studio, text))))
        .child(carry::carry(studio, text))
}

lazy! { work => fn finding(studio: Studio, text: Text) -> El {
    let library = studio.library;
    let input = el("input")
        .class("input")
        .attr("type", "search")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .live_prop("value", move || library.query.get().into())
        .on("input", move |event| studio.search(value_of(&event)));
    let options = move || {
        let name = |show: Show| match show {
            Show::All => T::ShowAllStates,
            Show::Running => T::ShowRunning,
            Show::Ready => T::ShowReady,
            Show::Failed => T::ShowFailed,
            Show::Unknown => T::ShowUnknown,
        };
        let option = |show: Show| (show.as_str().to_owned(), text.of(name(show)).to_owned(), true);
        Show::EACH.into_iter().map(option).collect()
    };
    let value = move || library.show.get();
    let states =
        select("library-show", text.of(T::Show), options, value, move |show| studio.show_states(show));
    div("library__find").child(field("library-search", text.of(T::SearchVideos), input)).child(states)
} }
