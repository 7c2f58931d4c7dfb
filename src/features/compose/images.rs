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
use vireo_core::uploads::{Life, Upload};
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
        .live(move || swap(studio, text))
        .child(adding)
        .live(move || earlier(studio, text))
} }

/// Two frames change places.
fn swap(studio: Studio, text: Text) -> Option<El> {
    let draft = studio.draft;
    let frames = draft.choice.with(|choice| choice.mode == Mode::Frames);
    let first = draft.images.with(|images| (images.len() == 2).then(|| images[0].key))?;
    let swap = button("button button--quiet", text.of(T::SwapFrames), move || draft.move_image(first, 1));
    frames.then_some(swap)
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
fn earlier(studio: Studio, text: Text) -> Option<El> {
    let draft = studio.draft;
    let now = clock::now_ms();
    let mut uploads = draft.uploads.with(|uploads| uploads.usable(now));
    draft.images.with(|images| {
        uploads.retain(|upload| images.iter().all(|image| image.address != upload.address));
    });
    let item = |upload: &Upload| {
        let hours = match upload.life(now) {
            Life::Sure { hours_left } | Life::Doubtful { hours_left } => hours_left,
            Life::Over => 0,
        };
        let own = upload.clone();
        let picture =
            (!upload.thumb.is_empty()).then(|| el("img").attr("src", &upload.thumb).attr("alt", ""));
        let lives = clock::in_time(hours, "hour", text.tag());
        let use_it = button("button button--quiet earlier__use", "", move || draft.add_upload(&own))
            .attr("aria-label", &text.with(T::UseUpload, &[("name", &upload.name)]))
            .attr("title", &text.with(T::UploadEnds, &[("when", &lives)]))
            .maybe(picture)
            .child(el("span").class("earlier__name").attr("dir", "auto").text(&upload.name));
        el("li").child(use_it)
    };
    let list = el("ul").class("earlier").attr("role", "list").children(uploads.iter().map(item));
    let summary = el("summary").text(text.of(T::EarlierUploads));
    (!uploads.is_empty()).then(|| el("details").class("quiet").child(summary).child(list))
}
