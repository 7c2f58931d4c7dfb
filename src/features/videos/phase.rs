//! The quiet words on a card that waits: phase, elapsed time, and what is left in words. No invented percentage.

use super::card::Context;
use crate::browser::clock;
use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::ui::{El, div, el};
use leptos::prelude::*;
use vireo_core::intent::{Intent, State};
use vireo_core::schedule::{Eta, eta};

pub fn phase(context: Context, state: State) -> El {
    let text = context.text;
    let title = text.of(match state {
        State::Queued => T::PhaseQueued,
        State::Sending => T::PhaseSending,
        State::Unknown => T::PhaseUnknown,
        State::Rejected => T::PhaseRejected,
        State::Generating => T::PhaseGenerating,
        State::Failed => T::PhaseFailed,
        State::Stale => T::PhaseStale,
        State::Succeeded => T::PhaseReady,
    });
    let waits = matches!(state, State::Sending | State::Generating);
    let words = div("card__phase").child(el("strong").text(title));
    if waits {
        return div("card__waiting").child(div("card__glow")).child(waiting(context, words));
    }
    words
}

fn waiting(context: Context, words: El) -> El {
    let (studio, text) = (context.studio, context.text);
    let intent = context.card.intent.clone();
    let elapsed = move || {
        let now = studio.now.get();
        intent.with(|intent| clock::minutes(now.saturating_sub(intent.created_ms) / 1000))
    };
    let intent = context.card.intent.clone();
    let left = move || {
        let now = studio.now.get();
        intent.with(|intent| left_in_words(studio, text, intent, now))
    };
    words
        .child(el("span").class("card__clock").live_text(elapsed))
        .child(el("span").class("quiet").live_text(left))
}

/// How long the provider probably needs yet; empty before it has begun.
pub fn left_in_words(studio: Studio, text: Text, intent: &Intent, now: u64) -> String {
    if intent.state != State::Generating {
        return String::new();
    }
    if intent.follow.errors > 0 {
        return text.of(T::EtaReconnecting).to_owned();
    }
    if intent.follow.empty > 0 {
        return text.of(T::EtaNoLinkYet).to_owned();
    }
    let expected = studio.engine().expectation(&intent.order);
    match eta(&expected.0, intent.age_s(now)) {
        Eta::About { seconds } if seconds >= 45.0 => {
            let minutes = ((seconds / 60.0).round().max(1.0) as u32).to_string();
            text.with(T::EtaMinutes, &[("minutes", &minutes)])
        }
        Eta::About { .. } => text.of(T::EtaUnderMinute).to_owned(),
        Eta::Soon => text.of(T::EtaSoon).to_owned(),
        Eta::Longer => text.of(T::EtaLonger).to_owned(),
    }
}
