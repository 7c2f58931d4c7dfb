//! The composer: from a wish to a submit.

mod images;
mod options;
mod send;
mod tile;

pub use send::by_host;

use crate::browser::files;
use crate::browser::task::spawn_local;
use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::ui::{Choice, El, choices, choose_by_enter, div, el, field, follow, value_of};
use leptos::prelude::*;
use veo_api::Mode;
use vireo_core::models::Field;
use wasm_bindgen::JsCast;

const TEXT: &str = "TEXT_2_VIDEO";
const FRAMES: &str = "FIRST_AND_LAST_FRAMES_2_VIDEO";
const REFERENCES: &str = "REFERENCE_2_VIDEO";

/// What a person typed, and where the caret stood, before the app took the form over.
#[derive(Clone, Debug, Default)]
pub struct Early {
    /// The text.
    pub prompt: String,
    /// The caret, if the field had the focus.
    pub caret: Option<(u32, u32)>,
    /// True if Generate was pressed already.
    pub submitted: bool,
}

/// The form. `early` is what was typed before the app ran.
pub fn composer(studio: Studio, text: Text, early: Early) -> El {
    let draft = studio.draft;
    let open = RwSignal::new(false);
    let dropping = RwSignal::new(false);
    let sender = send::Sender::new(studio, text);
    let drop = move |event: web_sys::Event| {
        event.prevent_default();
        dropping.set(false);
        let transfer = event.unchecked_ref::<web_sys::DragEvent>().data_transfer();
        studio.add_images(files::of_transfer(transfer));
    };
    let over = move |event: web_sys::Event| {
        event.prevent_default();
        dropping.set(true);
    };
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        sender.submit();
    };
    // Enter in a field would hand the form in, and a purchase wants a press of its own.
    let keys = move |event: web_sys::Event| {
        let key: &web_sys::KeyboardEvent = event.unchecked_ref();
        if key.key() != "Enter" || key.is_composing() {
            return;
        }
        if key.ctrl_key() || key.meta_key() {
            event.prevent_default();
            sender.submit();
        } else if !choose_by_enter(&event)
            && event.target().is_some_and(|target| target.has_type::<web_sys::HtmlInputElement>())
        {
            event.prevent_default();
        }
    };
    let mode = Signal::derive(move || match draft.choice.with(|choice| choice.mode.clone()) {
        Mode::Frames => FRAMES,
        Mode::References => REFERENCES,
        _ => TEXT,
    });
    let modes = choices(
        "mode",
        text.of(T::Mode),
        vec![
            Choice::new(TEXT, text.of(T::ModeText)),
            Choice::new(FRAMES, text.of(T::ModeFrames)),
            Choice::new(REFERENCES, text.of(T::ModeReferences)),
        ],
        mode,
        |_| true,
        "",
        move |value| draft.choose(Field::Mode, |choice| choice.mode = Mode::from(value)),
    );
    let with_images = Memo::new(move |_| mode.get() != TEXT);
    let form = el("form")
        // The form says what is wrong in its own words, also for fields that are folded away.
        .attr("novalidate", "")
        .class("composer__form")
        .attr("part", "form")
        .on("submit", submit)
        .on("keydown", keys)
        .child(div("composer__options").child(modes))
        .live(move || with_images.get().then(|| images::images(studio, text)))
        .child(field("prompt", text.of(T::Prompt), prompt(studio, &early)))
        .child(div("composer__options").children(options::options(studio, text)))
        .child(send::view(sender, open));
    if early.submitted {
        sender.submit();
    }
    el("section")
        .class("composer")
        .attr("tabindex", "-1")
        .attr("aria-label", text.of(T::Composer))
        .live_class("composer--open", move || open.get())
        .live_class("composer--drop", move || dropping.get())
        .on("dragover", over)
        .on("dragleave", move |_| dropping.set(false))
        .on("drop", drop)
        .child(form)
}

fn prompt(studio: Studio, early: &Early) -> El {
    let draft = studio.draft;
    let area = el("textarea")
        .class("prompt")
        .attr("part", "prompt")
        .attr("rows", "4")
        .attr("autocomplete", "off")
        .attr("dir", "auto")
        .attr("aria-keyshortcuts", "Control+Enter")
        .live_prop("value", move || draft.prompt.get().into())
        .on("input", move |event| draft.prompt.set(value_of(&event)));
    if let Some((from, to)) = early.caret {
        let mut left: Option<web_sys::HtmlTextAreaElement> = Some(area.node());
        follow(move || {
            // What lies over the page has the focus until it goes.
            if studio.screen.with(Option::is_none)
                && let Some(node) = left.take()
            {
                spawn_local(async move {
                    node.focus().unwrap_or_default();
                    node.set_selection_range(from, to).unwrap_or_default();
                });
            }
        });
    }
    area
}

/// Adds images that were pasted anywhere on the page. False where there were none.
pub fn paste(studio: Studio, transfer: Option<web_sys::DataTransfer>) -> bool {
    let files = files::of_transfer(transfer);
    let some = !files.is_empty();
    if some {
        studio.add_images(files);
    }
    some
}
