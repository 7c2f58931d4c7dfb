//! Model, ratio, resolution, duration and what is seldom changed. One table decides what is offered.

use crate::features::{facts, problems};
use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::state::draft::RESOLUTIONS;
use crate::ui::{Choice, El, choices, div, el, field, live_notes, paragraph, select, ticked, value_of};
use leptos::prelude::*;
use veo_api::{AspectRatio, Model, Resolution};
use vireo_client::Connection;
use vireo_core::models::{self, Change, Choice as Wish, Field};

pub fn options(studio: Studio, text: Text) -> [El; 4] {
    let draft = studio.draft;
    let choice = draft.choice;
    let models = move || {
        [(Model::Quality, T::ModelQuality), (Model::Fast, T::ModelFast), (Model::Lite, T::ModelLite)]
            .map(|(model, label)| (model.as_str().to_owned(), text.of(label).to_owned(), true))
            .to_vec()
    };
    let resolutions = move || {
        let offer = |resolution: &Resolution| {
            let allowed = choice.with(|choice| models::allows_resolution(choice, resolution));
            (resolution.as_str().to_owned(), resolution_name(resolution).to_owned(), allowed)
        };
        RESOLUTIONS.iter().map(offer).collect()
    };
    let durations = move || {
        let offer = |seconds: u8| {
            let allowed = choice.with(|choice| models::allows_duration(choice, seconds));
            (seconds.to_string(), text.with(T::Seconds, &[("seconds", &seconds.to_string())]), allowed)
        };
        [4, 6, 8].map(offer).to_vec()
    };
    let ratio = Signal::derive(move || match choice.with(|choice| choice.aspect_ratio.clone()) {
        AspectRatio::Portrait => "9:16",
        AspectRatio::Auto => "Auto",
        _ => "16:9",
    });
    let row = div("composer__row")
        .child(select(
            "model",
            text.of(T::Model),
            models,
            move || choice.with(|choice| choice.model.as_str().to_owned()),
            move |value| draft.choose(Field::Model, |choice| choice.model = Model::from(value.as_str())),
        ))
        .child(select(
            "resolution",
            text.of(T::Resolution),
            resolutions,
            move || choice.with(|choice| choice.resolution.as_str().to_owned()),
            move |value| {
                draft.choose(Field::Resolution, |choice| choice.resolution = Resolution::from(value.as_str()))
            },
        ))
        .child(select(
            "duration",
            text.of(T::Duration),
            durations,
            move || choice.with(|choice| choice.duration_s.to_string()),
            move |value| {
                draft.choose(Field::Duration, |choice| choice.duration_s = value.parse().unwrap_or(8))
            },
        ));
    let ratios = choices(
        "ratio",
        text.of(T::AspectRatio),
        vec![
            Choice { value: "16:9", label: "16:9", shape: "shape--wide" },
            Choice { value: "9:16", label: "9:16", shape: "shape--tall" },
            Choice { value: "Auto", label: text.of(T::RatioAuto), shape: "shape--auto" },
        ],
        ratio,
        move |value| choice.with(|choice| models::allows_ratio(choice, &AspectRatio::from(value))),
        text.of(T::RatioNotHere),
        move |value| {
            draft.choose(Field::AspectRatio, |choice| choice.aspect_ratio = AspectRatio::from(value))
        },
    );
    let forced = move || {
        let tell = |change: &Change| forced_change(text, change);
        draft.changes.get().iter().map(tell).collect::<Vec<String>>()
    };
    let notes = move || choice.with(|choice| bounds(text, choice)).into_iter().chain(forced()).collect();
    [row, ratios, live_notes("status", "note", notes), more(studio, text)]
}

fn resolution_name(resolution: &Resolution) -> &'static str {
    match resolution {
        Resolution::P1080 => "1080p",
        Resolution::P4k => "4K",
        _ => "720p",
    }
}

/// What one choice forced, in one line.
fn forced_change(text: Text, change: &Change) -> String {
    let name = |field| text.of(problems::name(field));
    let to = match change.to.as_str() {
        "TEXT_2_VIDEO" => text.of(T::ModeText),
        "FIRST_AND_LAST_FRAMES_2_VIDEO" => text.of(T::ModeFrames),
        "REFERENCE_2_VIDEO" => text.of(T::ModeReferences),
        other => facts::model_name(text, other),
    };
    let key = if change.because == Field::Images { T::ModeBecauseImages } else { T::ChangedBecause };
    text.with(key, &[("field", name(change.field)), ("to", to), ("because", name(change.because))])
}

/// What the mode leaves to choose, where that is less than everything.
fn bounds(text: Text, choice: &Wish) -> Option<String> {
    let models = [Model::Quality, Model::Fast, Model::Lite];
    let models = models.iter().filter(|model| models::allows_model(choice, model));
    let models: Vec<&str> = models.map(|model| facts::model_name(text, model.as_str())).collect();
    let ratios = [AspectRatio::Landscape, AspectRatio::Portrait, AspectRatio::Auto];
    let ratios = ratios.iter().filter(|ratio| models::allows_ratio(choice, ratio));
    let ratios: Vec<&str> = ratios.map(AspectRatio::as_str).collect();
    let seconds = [4, 6, 8].into_iter().filter(|seconds| models::allows_duration(choice, *seconds));
    let seconds: Vec<String> = seconds.map(|seconds| seconds.to_string()).collect();
    let all = models.len() + ratios.len() + seconds.len() == 9;
    let parts =
        [("models", models.join(", ")), ("ratios", ratios.join(", ")), ("seconds", seconds.join(", "))];
    (!all).then(|| text.with(T::ModeBounds, &parts.each_ref().map(|(name, value)| (*name, value.as_str()))))
}

/// What is seldom changed.
fn more(studio: Studio, text: Text) -> El {
    let draft = studio.draft;
    let relay = move || {
        studio.ready.track();
        studio.net().connection() == Connection::Relay
    };
    let seed = text_input(draft.seed)
        .attr("type", "number")
        .attr("min", "10000")
        .attr("max", "99999")
        .attr("step", "1")
        .attr("aria-describedby", "seed-note");
    let translate = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || draft.translate.get().into())
        .on("change", move |event| draft.translate.set(ticked(&event)));
    let callback = text_input(draft.callback).attr("type", "url");
    let fields = div("composer__more")
        .child(
            field("seed", text.of(T::Seed), seed)
                .child(paragraph("field__note", text.of(T::SeedNote)).id("seed-note")),
        )
        .child(field("watermark", text.of(T::Watermark), text_input(draft.watermark)))
        .child(el("label").class("check").child(translate).text(text.of(T::Translate)))
        .child(field("callback", text.of(T::CallbackUrl), callback).live_flag("hidden", relay));
    el("details")
        .attr("aria-label", text.of(T::MoreOptions))
        .child(el("summary").text(text.of(T::MoreOptions)))
        .child(fields)
}

fn text_input(value: RwSignal<String>) -> El {
    el("input")
        .class("input")
        .live_prop("value", move || value.get().into())
        .on("input", move |event| value.set(value_of(&event)))
}
