//! One image of the form: what it is used for, how it will be cut, how far it is.

use crate::browser::clock;
use crate::features::problems;
use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::state::draft::{Image, ImageFault, Progress};
use crate::ui::{El, button, div, el, paragraph};
use leptos::prelude::*;
use veo_api::Mode;
use vireo_core::models::max_images;
use vireo_core::picture::{Crop, crop};
use vireo_core::uploads::Life;

/// What is lost of a picture is told from so much on, in percent.
const WORTH_TELLING: u32 = 2;

/// What the image at this place is used for.
fn role(text: Text, mode: &Mode, place: usize) -> String {
    match (mode, place) {
        (_, place) if place >= max_images(mode) => text.of(T::ImageTooMany).to_owned(),
        (Mode::Frames, 0) => text.of(T::FirstFrame).to_owned(),
        (Mode::Frames, _) => text.of(T::LastFrame).to_owned(),
        _ => text.with(T::ReferenceN, &[("n", &(place + 1).to_string())]),
    }
}

pub fn tile(studio: Studio, text: Text, key: u32) -> Option<El> {
    let draft = studio.draft;
    let find = move || draft.images.with(|images| images.iter().find(|image| image.key == key).cloned());
    let Image { name, .. } = find()?;
    let place = move || draft.images.with(|images| images.iter().position(|image| image.key == key));
    let caption = move || {
        let mode = draft.choice.with(|choice| choice.mode.clone());
        role(text, &mode, place().unwrap_or_default())
    };
    let own = name.clone();
    let act = move |label: T, named: T, run: Box<dyn Fn()>| {
        button("button button--quiet", text.of(label), run)
            .attr("aria-label", &text.with(named, &[("name", &own)]))
    };
    let last = move || place().is_none_or(|place| place + 1 == draft.images.with(Vec::len));
    let actions = div("image__actions")
        .child(
            act(T::ImageEarlier, T::MoveImageEarlier, Box::new(move || draft.move_image(key, -1)))
                .live_flag("disabled", move || place() == Some(0)),
        )
        .child(
            act(T::ImageLater, T::MoveImageLater, Box::new(move || draft.move_image(key, 1)))
                .live_flag("disabled", last),
        )
        .child(act(T::Remove, T::RemoveImage, Box::new(move || draft.remove_image(key))));
    let picture = Memo::new(move |_| {
        let image = find()?;
        let source = image.preview.as_ref().map_or(image.thumb.clone(), |url| url.as_str().to_owned());
        Some((image.name, source))
    });
    let cut = Memo::new(move |_| {
        let choice = draft.choice.get();
        let (width, height) = find()?.size?;
        (choice.mode == Mode::Frames).then(|| crop(width, height, &choice.aspect_ratio))
    });
    let frame = div("image__frame")
        .live_class("image__frame--wide", move || cut.get().is_some_and(|cut| !cut.tall))
        .live_class("image__frame--tall", move || cut.get().is_some_and(|cut| cut.tall))
        .live(move || {
            let (name, source) = picture.get()?;
            Some(match source.is_empty() {
                true => el("span").attr("dir", "auto").text(&name),
                false => el("img").attr("src", &source).attr("alt", &name),
            })
        });
    // Without the share, so that what can be pressed stays while the bar moves.
    let step = Memo::new(move |_| {
        find().map(|image| match image.progress {
            Progress::Uploading(_) => Progress::Uploading(0.0),
            other => other,
        })
    });
    let told =
        Memo::new(move |_| find().map(|image| notes(studio, text, &image, cut.get())).unwrap_or_default());
    Some(
        el("li")
            .class("image")
            .child(el("strong").live_text(caption))
            .child(frame)
            .live(move || state(studio, text, step.get()?, key, &name))
            .live(move || {
                let notes = told.get();
                (!notes.is_empty())
                    .then(|| div("").children(notes.iter().map(|words| paragraph("quiet", words))))
            })
            .child(actions),
    )
}

/// How far it is, and what can be done about it.
fn state(studio: Studio, text: Text, progress: Progress, key: u32, name: &str) -> Option<El> {
    let named = |key: T| text.with(key, &[("name", name)]);
    let again = || {
        button("button button--quiet", text.of(T::UploadAgain), move || studio.upload_image(key))
            .attr("aria-label", &named(T::UploadImageAgain))
    };
    match progress {
        Progress::Ready => None,
        Progress::Preparing => Some(el("span").class("quiet").text(text.of(T::ImagePreparing))),
        Progress::Waiting => Some(el("span").class("quiet").text(text.of(T::UploadWaiting))),
        Progress::Uploading(_) => {
            let percent = move || {
                studio.draft.images.with(|images| {
                    match images.iter().find(|image| image.key == key)?.progress {
                        Progress::Uploading(share) => Some(((share * 100.0) as u32).to_string()),
                        _ => None,
                    }
                })
            };
            let bar = el("progress").attr("max", "100").attr("aria-label", text.of(T::Uploading));
            let stop = button("button button--quiet", text.of(T::Cancel), move || studio.stop_upload(key))
                .attr("aria-label", &named(T::CancelUpload));
            Some(div("image__actions").child(bar.live_attr("value", percent)).child(stop))
        }
        Progress::Stopped => {
            let words = el("span").class("quiet").text(text.of(T::UploadStopped));
            Some(div("image__actions").child(words).child(again()))
        }
        Progress::Failed(fault) => {
            let words = match &fault {
                ImageFault::Unusable(problem) => problems::image(text, problem),
                ImageFault::Refused(words) => text.with(T::UploadRefused, &[("words", words)]),
                ImageFault::Cut => text.of(T::UploadFailed).to_owned(),
                ImageFault::RanOut => text.of(T::UploadRanOut).to_owned(),
            };
            let can = matches!(fault, ImageFault::Cut | ImageFault::Refused(_));
            Some(div("").child(paragraph("note note--danger", &words)).maybe(can.then(again)))
        }
    }
}

/// What was done to it, what a video of the chosen shape leaves of it, and how long it is there.
fn notes(studio: Studio, text: Text, image: &Image, cut: Option<Crop>) -> Vec<String> {
    let mut notes = Vec::new();
    if image.converted {
        notes.push(text.of(T::ImageConverted).to_owned());
    }
    if let Some((width, height)) = image.size.filter(|_| image.scaled) {
        notes.push(text.with(T::ImageScaled, &[("size", &size(width, height))]));
    }
    if let Some(Crop { tall, lost_percent }) = cut.filter(|cut| cut.lost_percent >= WORTH_TELLING) {
        let ratio = if tall { "9:16" } else { "16:9" };
        let percent = lost_percent.to_string();
        notes.push(text.with(T::ImageCut, &[("ratio", ratio), ("percent", &percent)]));
    }
    let now = clock::now_ms();
    let life = studio.draft.uploads.with(|uploads| Some(uploads.find(&image.address)?.life(now)));
    match life.filter(|_| image.progress == Progress::Ready) {
        Some(Life::Sure { hours_left }) => {
            let when = clock::in_time(hours_left, "hour", text.tag());
            notes.push(text.with(T::UploadEnds, &[("when", &when)]));
        }
        Some(Life::Doubtful { .. } | Life::Over) => notes.push(text.of(T::UploadRenews).to_owned()),
        None => {}
    }
    notes
}

fn size(width: u32, height: u32) -> String {
    [width.to_string(), height.to_string()].join("×")
}
