//! The list of videos.

mod actions;
mod card;
mod dialogs;
mod extend;
mod media;
mod phase;
mod renditions;
mod words;

use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::ui::{El, div, el, paragraph};
use leptos::prelude::*;
use vireo_core::intent::IntentId;

pub use dialogs::{enter_task, no_memory, send_again};
pub use extend::extend;

/// All videos, newest first.
pub fn videos(studio: Studio, text: Text) -> El {
    let keys = move || studio.ids.with(|ids| ids.iter().map(ToString::to_string).collect());
    let row = move |key: &str| {
        let card = studio.card(&IntentId::parse(key)?)?;
        Some(el("li").child(card::card(studio, text, card)))
    };
    let empty = move || {
        studio.ids.with(Vec::is_empty).then(|| {
            let words = div("gallery__empty")
                .child(el("strong").text(text.of(T::EmptyTitle)))
                .child(paragraph("", text.of(T::EmptyText)));
            if studio.host().is_some() { el("slot").attr("name", "empty").child(words) } else { words }
        })
    };
    el("section")
        .class("gallery")
        .attr("part", "gallery")
        .attr("aria-label", text.of(T::VideosArea))
        .child(
            el("ul")
                .class("videos")
                .attr("role", "list")
                .attr("aria-label", text.of(T::Videos))
                .rows(keys, row),
        )
        .live(empty)
}
