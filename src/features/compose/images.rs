//! Images of the form: by file, drop, paste or address; checked before anything is sent, uploaded with progress.

use crate::browser::{clock, files, upload};
use crate::features::problems;
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::state::draft::{Image, Progress};
use crate::ui::{El, button, div, el, field, paragraph, told};
use leptos::prelude::*;
use std::rc::Rc;
use veo_api::Mode;
use vireo_core::check::{check_image, check_image_address};
use vireo_core::models::{Field, max_images};
use vireo_core::names;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

/// Folder on the provider's upload host.
const UPLOAD_PATH: &str = "veo";

/// Takes picked, dropped or pasted files: the mode changes to one that uses images if it has to.
pub fn add_files(studio: Studio, text: Text, files: Vec<File>) {
    if !files.is_empty() {
        studio.spawn(async move {
            if take_files(studio, text, files).await.is_err() {
                studio.missing.set(true);
            }
        });
    }
}

lazy! { work => fn take_files(studio: Studio, text: Text, files: Vec<File>) -> () {
    let draft = studio.draft;
    if draft.choice.with_untracked(|choice| choice.mode == Mode::Text) {
        draft.choose(Field::Mode, |choice| choice.mode = Mode::Frames);
    }
    for file in files {
        let preview = files::BlobUrl::new(&file).map(Rc::new);
        let key = draft.add(file.name(), String::new(), preview, Progress::Waiting);
        studio.spawn(take(studio, text, key, file));
    }
} }

/// Checks one file and uploads it as soon as there is a connection.
async fn take(studio: Studio, text: Text, key: u32, file: File) {
    let draft = studio.draft;
    let fail = |words: String| draft.with_image(key, |image| image.progress = Progress::Failed(words));
    let head = files::head(&file).await.unwrap_or_default();
    let kind = match check_image(file.size() as u64, &head) {
        Ok(kind) => kind,
        Err(problem) => return fail(problems::image(text, &problem)),
    };
    while !studio.ready.try_get_untracked().unwrap_or(true) {
        gloo_timers::future::TimeoutFuture::new(300).await;
    }
    draft.with_image(key, |image| image.progress = Progress::Uploading(0.0));
    let random: String = clock::random_name();
    let request = veo_api::upload_stream(UPLOAD_PATH, &names::upload_name(&random, kind));
    let progress = move |share| draft.with_image(key, |image| image.progress = Progress::Uploading(share));
    let words = match upload::send(&studio.net(), &request, &file, progress).await {
        Ok(reply) => match veo_api::read_upload(&reply) {
            Ok(uploaded) => {
                return draft.with_image(key, |image| {
                    image.address = uploaded.url;
                    image.progress = Progress::Ready;
                });
            }
            Err(error) => text.with(T::UploadRefused, &[("words", error.message())]),
        },
        Err(_) => text.of(T::UploadFailed).to_owned(),
    };
    fail(words);
}

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
            add_files(studio, text, files::take_from_input(&input));
        }
    };
    let pick = el("input")
        .attr("type", "file")
        .attr("multiple", "")
        .attr("accept", "image/jpeg,image/png,image/webp")
        .attr("aria-label", text.of(T::AddImages))
        .on("change", picked);
    let trouble = RwSignal::new(None::<String>);
    let address = el("input").class("input").attr("inputmode", "url").attr("autocomplete", "off");
    let typed: HtmlInputElement = address.node();
    let add = move || {
        let url = typed.value().trim().to_owned();
        match check_image_address(&url, &studio.net().media_origins()) {
            Ok(()) => {
                draft.add_address(&url);
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
    let adding = div("images__add")
        .child(el("label").class("button picker").text(text.of(T::AddImages)).child(pick))
        .child(field("image-url", text.of(T::ImageUrl), address.on("keydown", on_enter)))
        .child(button("button", text.of(T::AddUrl), add));
    div("images")
        .child(el("p").class("field__note").live_text(hint))
        .child(
            div("images__list").rows(move || keys(studio), move |key| tile(studio, text, key.parse().ok()?)),
        )
        .child(adding)
        .child(told("alert", "note note--danger", move || trouble.get()))
} }

fn keys(studio: Studio) -> Vec<String> {
    studio.draft.images.with(|images| images.iter().map(|image| image.key.to_string()).collect())
}

/// What the image at this place is used for.
fn role(text: Text, mode: &Mode, place: usize) -> String {
    match (mode, place) {
        (_, place) if place >= max_images(mode) => text.of(T::ImageTooMany).to_owned(),
        (Mode::Frames, 0) => text.of(T::FirstFrame).to_owned(),
        (Mode::Frames, _) => text.of(T::LastFrame).to_owned(),
        _ => text.with(T::ReferenceN, &[("n", &(place + 1).to_string())]),
    }
}

fn tile(studio: Studio, text: Text, key: u32) -> Option<El> {
    let draft = studio.draft;
    let find = move || draft.images.with(|images| images.iter().find(|image| image.key == key).cloned());
    let Image { name, preview, .. } = find()?;
    let caption = move || {
        let mode = draft.choice.with(|choice| choice.mode.clone());
        let place = draft.images.with(|images| images.iter().position(|image| image.key == key)).unwrap_or(0);
        role(text, &mode, place)
    };
    let picture = match &preview {
        Some(url) => el("img").attr("src", url.as_str()).attr("alt", &name),
        None => el("span").attr("dir", "auto").text(&name),
    };
    let progress = move || match find()?.progress {
        Progress::Ready => None,
        Progress::Waiting => Some(el("span").class("quiet").text(text.of(T::UploadWaiting))),
        Progress::Uploading(share) => {
            let bar = el("progress").attr("max", "100").attr("aria-label", text.of(T::Uploading));
            Some(bar.attr("value", &percent(share)))
        }
        Progress::Failed(words) => Some(paragraph("note note--danger", &words)),
    };
    let remove = button("button button--quiet", text.of(T::Remove), move || draft.remove_image(key))
        .attr("aria-label", &text.with(T::RemoveImage, &[("name", &name)]));
    Some(
        div("image")
            .child(el("strong").live_text(caption))
            .child(div("image__frame").child(picture))
            .live(progress)
            .child(remove),
    )
}

fn percent(share: f64) -> String {
    ((share * 100.0) as u32).to_string()
}
