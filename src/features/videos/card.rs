//! One video: what was asked, how it goes, what can be done with it. It keeps its shape from the first second.

use super::{actions, extend, media, renditions, words};
use crate::browser::clock;
use crate::features::facts::model_name;
use crate::i18n::{T, Text};
use crate::state::{Card, Studio};
use crate::ui::{El, div, el, paragraph};
use leptos::prelude::*;
use vireo_core::intent::{Intent, IntentId, State};
use vireo_core::link_life::LinkLife;

/// What the parts of one card share.
#[derive(Clone)]
pub struct Context {
    pub studio: Studio,
    pub text: Text,
    pub card: Card,
    /// The state alone, so that most parts are made anew only when it changes.
    pub state: Memo<State>,
    /// The rendition that plays, where the person chose one: its intent and its link.
    pub playing: RwSignal<Option<(IntentId, String)>>,
    /// True when the bytes are on this device.
    pub kept: RwSignal<bool>,
    /// True when the link was found dead.
    pub gone: RwSignal<bool>,
    /// How much of the bytes is there while they are saved, in percent.
    pub saving: RwSignal<Option<f64>>,
    /// A sentence about the last action here.
    pub remark: RwSignal<Option<String>>,
}

impl Context {
    /// The record as it is now, without following it.
    pub fn intent(&self) -> Intent {
        self.card.intent.get_untracked()
    }

    /// Says something about the last action here.
    pub fn say(&self, key: T) {
        self.remark.try_set(Some(self.text.of(key).to_owned()));
    }
}

pub fn card(studio: Studio, text: Text, card: Card) -> El {
    let intent = card.intent.clone();
    let state = Memo::new(move |_| intent.with(|intent| intent.state));
    let context = Context {
        studio,
        text,
        card,
        state,
        playing: RwSignal::new(None),
        kept: RwSignal::new(false),
        gone: RwSignal::new(false),
        saving: RwSignal::new(None),
        remark: RwSignal::new(None),
    };
    let first = context.intent();
    let name = first.order.prompt();
    let task = context.card.intent.clone();
    let body = div("card__body")
        .child(el("h2").class("card__prompt").text(name).attr("dir", "auto"))
        .child(facts(&context, &first))
        .maybe(extend::parts(&context))
        .child(words::words(&context))
        .child(renditions::renditions(&context))
        .child(actions::actions(&context));
    el("article")
        .class("card")
        .attr("part", "card")
        .attr("aria-label", name)
        .attr("data-intent-id", first.id.as_str())
        .live_attr("data-task-id", move || {
            task.with(|intent| intent.task_id.as_ref().map(ToString::to_string))
        })
        .live_attr("data-state", move || Some(state.get().as_str().to_owned()))
        .child(media::media(&context))
        .child(body)
}

/// What is known of it: model, when, credits; seed, where it is.
fn facts(context: &Context, first: &Intent) -> El {
    let text = context.text;
    let model = first.order.model().map(|model| el("span").text(model_name(text, model.as_str())));
    let when = clock::date_and_time(first.created_ms, text.tag());
    let intent = context.card.intent.clone();
    // Only what changes is made anew: who reads along would lose the place.
    let seed =
        Memo::new(move |_| intent.with(|intent| intent.outcome.as_ref().and_then(|outcome| outcome.seed)));
    let seed = move || Some(el("span").text(&text.with(T::SeedWas, &[("seed", &seed.get()?.to_string())])));
    let intent = context.card.intent.clone();
    let charged = Memo::new(move |_| intent.with(|intent| intent.charged));
    let charged = move || {
        let charged = charged.get()?;
        Some(el("span").text(&match charged > 0.0 {
            true => text.with(T::Charged, &[("credits", &clock::number(charged, text.tag()))]),
            false => text.of(T::ChargedNone).to_owned(),
        }))
    };
    let own = context.clone();
    let place = Memo::new(move |_| where_it_is(&own));
    let place = move || Some(el("span").text(&place.get()?));
    let made = paragraph("card__line", "").maybe(model).child(el("span").text(&when)).live(charged);
    div("card__meta").child(made).child(paragraph("card__line", "").live(seed).live(place))
}

/// Where the bytes are, and how long the link to them lives; before, that they will come.
fn where_it_is(context: &Context) -> Option<String> {
    let text = context.text;
    match context.state.get() {
        State::Succeeded => {}
        State::Sending | State::Generating => return Some(text.of(T::CannotCancel).to_owned()),
        _ => return None,
    }
    if context.kept.get() {
        return Some(text.of(T::SavedHere).to_owned());
    }
    if context.gone.get() {
        return Some(text.of(T::LinkGone).to_owned());
    }
    if let Some(percent) = context.saving.get() {
        return Some(text.with(T::SavingHere, &[("percent", &(percent as u32).to_string())]));
    }
    let intent = context.intent();
    let completed = intent.outcome.as_ref().and_then(|outcome| outcome.completed_ms).or(intent.ended_ms)?;
    let (left, unit) = match LinkLife::at(completed, clock::now_ms()) {
        LinkLife::Fresh { days_left } => (days_left, "day"),
        LinkLife::Soon { hours_left } => (hours_left, "hour"),
        LinkLife::Expired => return Some(text.of(T::LinkGone).to_owned()),
    };
    Some(text.with(T::LinkExpires, &[("when", &clock::in_time(left, unit, text.tag()))]))
}
