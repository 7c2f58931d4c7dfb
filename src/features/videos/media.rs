//! The upper half of a card: the video, or the words of its phase in the same shape.

use super::card::Context;
use super::phase::phase;
use crate::i18n::T;
use crate::ui::{El, div, el};
use leptos::prelude::*;
use veo_api::AspectRatio;
use vireo_core::intent::{Intent, Order, State};

pub fn media(context: &Context) -> El {
    let tall = is_tall(&context.intent());
    let frame = div(if tall { "card__media card__media--tall" } else { "card__media" });
    let near = context.studio.near(frame.node());
    let state = context.state;
    let playing = context.playing;
    let intent = context.card.intent.clone();
    let source = Memo::new(move |_| {
        let chosen = playing.get();
        intent.with(|intent| chosen.or_else(|| intent.outcome.as_ref()?.urls.first().cloned()))
    });
    let context = context.clone();
    frame.live(move || match (state.get(), source.get()) {
        (State::Succeeded, Some(url)) => near.get().then(|| video(&context, &url)),
        (state, _) => Some(phase(context.clone(), state)),
    })
}

fn video(context: &Context, url: &str) -> El {
    let label = context.text.with(T::VideoOf, &[("prompt", context.intent().order.prompt())]);
    let failed = context.clone();
    el("video")
        .attr("controls", "")
        .attr("playsinline", "")
        .attr("preload", "metadata")
        .attr("aria-label", &label)
        .attr("src", url)
        .on("error", move |_| failed.say(T::CannotPlay))
}

fn is_tall(intent: &Intent) -> bool {
    matches!(&intent.order, Order::Generate(generate) if generate.aspect_ratio == AspectRatio::Portrait)
}
