//! A finished video made longer: what happens next, and the film that comes of it.

use super::card::Context;
use crate::browser::clock;
use crate::features::problems;
use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::ui::{El, dialog, el, ends, field, hand_in, paragraph, select, told, value_of};
use leptos::prelude::*;
use veo_api::{Extend, Generate, Model};
use vireo_client::Connection;
use vireo_core::check::check;
use vireo_core::intent::{Height, Intent, IntentId, Order, State};
use wasm_bindgen::JsCast;

/// The intents a film consists of, the first part first; the last is `intent` itself.
pub fn film(studio: Studio, intent: &Intent) -> Vec<Intent> {
    let mut parts = vec![intent.clone()];
    while let Order::Extend(_) = parts[0].order
        && let Some(parent) = parts[0].parent.clone().and_then(|id| studio.engine().intent(&id))
        // A record that came from a file may name itself.
        && parts.iter().all(|part| part.id != parent.id)
    {
        parts.insert(0, parent);
    }
    parts
}

/// The parts of a film, for a card that continues another video.
pub fn parts(context: &Context) -> Option<El> {
    let parts = film(context.studio, &context.intent());
    if parts.len() < 2 {
        return None;
    }
    let count = parts.len().to_string();
    let item = |part: &Intent| el("li").attr("dir", "auto").text(part.order.prompt());
    Some(
        el("details")
            .class("quiet")
            .child(el("summary").text(&context.text.with(T::FilmParts, &[("count", &count)])))
            .child(el("ol").class("card__parts").children(parts.iter().map(item))),
    )
}

/// Why a video cannot be made longer; `None` where it can.
pub fn forbids(upgrades: &[Intent]) -> Option<T> {
    let full_hd = |upgrade: &Intent| {
        matches!(upgrade.order, Order::Upgrade { height: Height::P1080, .. })
            && !matches!(upgrade.state, State::Rejected | State::Failed)
    };
    upgrades.iter().any(full_hd).then_some(T::ExtendAfterUpgrade)
}

/// Asks what happens next, and buys it.
pub fn extend(studio: Studio, text: Text, id: IntentId) -> El {
    let close = move || studio.screen.set(None);
    let prompt = RwSignal::new(String::new());
    let model = RwSignal::new(Model::Fast);
    let [seed, watermark, callback] = [(); 3].map(|()| RwSignal::new(String::new()));
    let direct = studio.net().connection() == Connection::Direct;
    let trouble = RwSignal::new(Vec::<String>::new());
    let estimate = move || studio.prices.with(|prices| model.with(|model| prices.extension(model)));
    let buy = move |event: web_sys::Event| {
        event.prevent_default();
        let Some(task_id) = studio.engine().intent(&id).and_then(|intent| intent.task_id) else {
            return close();
        };
        let optional = |text: String| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let typed = seed.get_untracked();
        let order = Extend {
            task_id,
            prompt: prompt.get_untracked(),
            model: model.get_untracked(),
            seed: typed.trim().parse().ok(),
            watermark: optional(watermark.get_untracked()),
            callback_url: optional(callback.get_untracked()),
        };
        let like = Generate {
            prompt: order.prompt.clone(),
            seed: order.seed,
            watermark: order.watermark.clone(),
            callback_url: order.callback_url.clone(),
            ..Generate::default()
        };
        let mut words: Vec<String> =
            check(&like, &[]).iter().map(|problem| problems::problem(text, problem)).collect();
        if order.seed.is_none() && !typed.trim().is_empty() {
            words.push(text.of(T::SeedBad).to_owned());
        }
        let fine = words.is_empty();
        trouble.set(words);
        if fine {
            close();
            let parent = id.clone();
            let order = Order::Extend(order);
            let id = studio.pressed(parent.as_str(), &order, || studio.new_id());
            let buy = move || _ = studio.submit(id, order, Some(parent));
            studio.agree(untrack(estimate), buy);
        }
    };
    let words = el("textarea")
        .class("prompt")
        .attr("rows", "3")
        .attr("dir", "auto")
        .on("input", move |event| prompt.set(value_of(&event)))
        .on("keydown", |event| {
            let key: &web_sys::KeyboardEvent = event.unchecked_ref();
            let form =
                event.current_target().and_then(|area| area.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
            if key.key() == "Enter" && (key.ctrl_key() || key.meta_key()) && !key.is_composing() {
                event.prevent_default();
                if let Some(form) = form.and_then(|area| area.form()) {
                    form.request_submit().unwrap_or_default();
                }
            }
        });
    let models = move || {
        [(Model::Quality, T::ModelQuality), (Model::Fast, T::ModelFast), (Model::Lite, T::ModelLite)]
            .map(|(model, label)| (model.as_str().to_owned(), text.of(label).to_owned(), true))
            .to_vec()
    };
    let input = |value: RwSignal<String>| {
        el("input").class("input").on("input", move |event| value.set(value_of(&event)))
    };
    let more = el("details")
        .child(el("summary").text(text.of(T::MoreOptions)))
        .child(field("extend-seed", text.of(T::Seed), input(seed).attr("inputmode", "numeric")))
        .child(field("extend-watermark", text.of(T::Watermark), input(watermark)))
        .maybe(direct.then(|| field("extend-callback", text.of(T::CallbackUrl), input(callback))));
    let label = move || {
        let credits = estimate().map(|credits| clock::number(credits, text.tag()));
        credits.map_or(text.of(T::Extend).to_owned(), |credits| {
            text.with(T::ExtendFor, &[("credits", &credits)])
        })
    };
    let form = el("form")
        .class("ways")
        .attr("novalidate", "")
        .on("submit", buy)
        .child(paragraph("field__note", text.of(T::ExtendText)))
        .child(field("extend-prompt", text.of(T::ExtendPrompt), words))
        .child(select(
            "extend-model",
            text.of(T::Model),
            models,
            move || model.with(|model| model.as_str().to_owned()),
            move |value| model.set(Model::from(value.as_str())),
        ))
        .child(more)
        .child(told("alert", "note note--danger", move || {
            let words = trouble.get();
            (!words.is_empty()).then(|| words.join(" "))
        }))
        .child(ends(text.of(T::Cancel), close, hand_in("").live_text(label)));
    dialog(text.of(T::ExtendTitle), close, [form])
}
