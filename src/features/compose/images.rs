//! Images of the form and the ways to add one: by file, drop, paste, address, or from what was uploaded before.

use super::tile;
use crate::browser::{clock, files};
use crate::features::problems;
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::ui::{El, button, div, el, field, told};
use leptos::prelude::*;
use veo_api::Mode;
use vireo_core::check::check_image_address;
use vireo_core::uploads::Life;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

/// The images of the form and the ways to add one.
pub fn images(studio: Studio, text: Text) -> El {
    later(text, image_fields(studio, text))
}

lazy! { work => fn image_fields(studio: Studio, text: Text) -> El {
    let draft = studio.draft;
    let hint = move || {
        let references = draft.choice.with(|choice| choice.mode == Mode::References);
        text.of(if references { T::ReferencesHint } else { T::FramesHint }).to_owned()
    };
    let picked = move |event: web_sys::Event| {
        if let Some(input) = files::input_of(&event) {
            studio.add_images(files::take_from_input(&input));
        }
    };
    let pick = el("input")
        .attr("type", "file")
        .attr("multiple", "")
        .attr("accept", "image/*")
        .attr("aria-label", text.of(T::AddImages))
        .on("change", picked);
    let keys = move || draft.images.with(|images| images.iter().map(|image| image.key.to_string()).collect());
    let list = el("ul").class("images__list").attr("role", "list").attr("aria-label", text.of(T::Images));
    let adding = div("images__add")
        .child(el("label").class("button picker").text(text.of(T::AddImages)).child(pick))
        .children(by_address(studio, text));
    div("images")
        .child(el("p").class("field__note").live_text(hint))
        .child(list.rows(keys, move |key| tile::tile(studio, text, key.parse().ok()?)))
        .child(swap(studio, text))
        .child(adding)
        .child(earlier(studio, text))
} }

/// Two frames change places.
fn swap(studio: Studio, text: Text) -> El {
    let draft = studio.draft;
    let two = move || {
        let frames = draft.choice.with(|choice| choice.mode == Mode::Frames);
        frames && draft.images.with(|images| images.len() == 2)
    };
    let swap = move || {
        if let Some(first) = draft.images.with_untracked(|images| images.first().map(|image| image.key)) {
            draft.move_image(first, 1);
        }
    };
    button("button button--quiet", text.of(T::SwapFrames), swap).live_flag("hidden", move || !two())
}

/// The field and the button for an image by its address, and what is wrong with it.
fn by_address(studio: Studio, text: Text) -> [El; 3] {
    let trouble = RwSignal::new(None::<String>);
    let address = el("input").class("input").attr("inputmode", "url").attr("autocomplete", "off");
    let typed: HtmlInputElement = address.node();
    let add = move || {
        let url = typed.value().trim().to_owned();
        match check_image_address(&url, &studio.net().media_origins()) {
            Ok(()) => {
                studio.draft.add_address(&url);
                typed.set_value("");
                trouble.set(None);
            }
            Err(problem) => trouble.set(Some(problems::image(text, &problem))),
        }
    };
    let on_enter = {
        let add = add.clone();
        move |event: web_sys::Event| {
            if event.unchecked_ref::<web_sys::KeyboardEvent>().key() == "Enter" {
                event.prevent_default();
                add();
            }
        }
    };
    [
        field("image-url", text.of(T::ImageUrl), address.on("keydown", on_enter)),
        button("button", text.of(T::AddUrl), add),
        told("alert", "note note--danger", move || trouble.get()),
    ]
}

/// What was uploaded before and is still there, unless it is in the form.
fn earlier(studio: Studio, text: Text) -> El {
    let draft = studio.draft;
    let offered = Memo::new(move |_| {
        let mut uploads = draft.uploads.with(|uploads| uploads.usable(clock::now_ms()));
        draft.images.with(|images| {
            uploads.retain(|upload| images.iter().all(|image| image.address != upload.address));
        });
        uploads.into_iter().map(|upload| upload.address).collect::<Vec<_>>()
    });
    let item = move |address: &str| {
        let upload = draft.uploads.with_untracked(|uploads| uploads.find(address).cloned())?;
        let hours = match upload.life(clock::now_ms()) {
            Life::Sure { hours_left } | Life::Doubtful { hours_left } => hours_left,
            Life::Over => 0,
        };
        let lives = clock::in_time(hours, "hour", text.tag());
        let thumb = &upload.thumb;
        let picture = (!thumb.is_empty()).then(|| el("img").attr("src", thumb).attr("alt", ""));
        let name = el("span").class("earlier__name").attr("dir", "auto").text(&upload.name);
        let label = text.with(T::UseUpload, &[("name", &upload.name)]);
        let use_it = button("button button--quiet earlier__use", "", move || draft.add_upload(&upload))
            .attr("aria-label", &label)
            .attr("title", &text.with(T::UploadEnds, &[("when", &lives)]));
        Some(el("li").child(use_it.maybe(picture).child(name)))
    };
    let list = el("ul").class("earlier").attr("role", "list").rows(move || offered.get(), item);
    let summary = el("summary").text(text.of(T::EarlierUploads));
    let details = el("details").class("quiet").child(summary).child(list);
    details.live_flag("hidden", move || offered.with(Vec::is_empty))
}
