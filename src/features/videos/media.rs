//! The upper half of a card: the video, or the words of its phase in the same shape. Bytes kept on this device are
//! preferred to the provider's link; a video without them is fetched and kept as soon as its host allows that.

use super::card::Context;
use super::extend::film;
use super::phase::phase;
use super::preview::preview;
use crate::browser::files::BlobUrl;
use crate::browser::media::{self, Kept};
use crate::browser::save::SaveError;
use crate::i18n::T;
use crate::state::Studio;
use crate::ui::{El, div, el, follow};
use leptos::prelude::*;
use std::rc::Rc;
use veo_api::AspectRatio;
use vireo_core::intent::{Intent, IntentId, Order, State};
use web_sys::HtmlVideoElement;

/// Stands where no picture of the video is known yet.
const BLANK: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 9'%3E%3Crect width='16' height='9' fill='%23202326'/%3E%3Cpath d='M6.8 3v3l2.6-1.5z' fill='%238a9096'/%3E%3C/svg%3E";

/// What a player shows.
#[derive(Clone)]
struct Shown {
    link: String,
    bytes: RwSignal<Bytes, LocalStorage>,
}

/// Where a video's bytes are.
#[derive(Clone)]
enum Bytes {
    /// On their way to this device.
    Coming,
    /// On this device. The addresses are freed with the last hold on them.
    Here(Rc<Addresses>),
    /// With the provider only.
    Elsewhere,
}

struct Addresses {
    video: Option<BlobUrl>,
    poster: Option<BlobUrl>,
}

impl Bytes {
    fn here(kept: &Kept) -> Bytes {
        let poster = kept.poster.as_ref().and_then(BlobUrl::new);
        Bytes::Here(Rc::new(Addresses { video: BlobUrl::new(&kept.video), poster }))
    }
}

pub fn media(context: &Context) -> El {
    let tall = is_tall(context.studio, &context.intent());
    let frame = div(if tall { "card__media card__media--tall" } else { "card__media" });
    let near = context.studio.near(frame.node());
    let shown = RwSignal::new_local(None::<Shown>);
    let own = context.clone();
    follow(move || match source(&own).filter(|_| near.get()) {
        Some((id, link)) => own.studio.spawn(show(own.clone(), id, link, shown)),
        None => shown.set(None),
    });
    let context = context.clone();
    frame.live(move || match context.state.get() {
        State::Succeeded => shown.get().map(|shown| video(&context, &shown)),
        state => Some(phase(context.clone(), state)),
    })
}

/// The rendition to play: the one chosen, or the video itself.
fn source(context: &Context) -> Option<(IntentId, String)> {
    if context.state.get() != State::Succeeded {
        return None;
    }
    let chosen = context.playing.get();
    context.card.intent.with(|intent| {
        let first = || Some((intent.id.clone(), intent.outcome.as_ref()?.urls.first()?.clone()));
        chosen.or_else(first)
    })
}

async fn show(context: Context, id: IntentId, link: String, shown: RwSignal<Option<Shown>, LocalStorage>) {
    let journal = context.studio.engine().journal().clone();
    let kept = media::kept(&journal, &id).await;
    let is_kept = kept.is_some();
    let bytes = RwSignal::new_local(kept.as_ref().map_or(Bytes::Coming, Bytes::here));
    shown.try_set(Some(Shown { link: link.clone(), bytes }));
    context.kept.try_set(is_kept);
    if !is_kept {
        let saving = context.saving;
        let tell = move |share: f64| {
            // In whole percents: what stands there is made anew for each.
            let share = (share * 100.0).floor();
            if saving.try_get_untracked() != Some(Some(share)) {
                saving.try_set(Some(share));
            }
        };
        let kept = context.studio.keep_video(&id, &link, tell).await;
        saving.try_set(None);
        bytes.try_set(kept.as_ref().map_or(Bytes::Elsewhere, Bytes::here));
        context.gone.try_set(kept.as_ref().is_err_and(|error| *error == SaveError::Gone));
        context.kept.try_set(kept.is_ok());
    }
}

fn video(context: &Context, shown: &Shown) -> El {
    let label = context.text.with(T::VideoOf, &[("prompt", context.intent().order.prompt())]);
    let failed = context.clone();
    let player = el("video")
        .attr("part", "video")
        .attr("controls", "")
        .attr("playsinline", "")
        // As long as the bytes are coming, a second connection for the same would only be in their way: browsers open
        // six to a host, and a shelf of players can hold them all.
        .attr("preload", "none")
        .attr("poster", BLANK)
        .attr("aria-label", &label)
        .attr("src", &context.studio.playable(&shown.link))
        .on("error", move |_| failed.say(T::CannotPlay));
    let node: HtmlVideoElement = player.node();
    let bytes = shown.bytes;
    let mut held = None;
    follow(move || {
        // What is playing stays as it is: the kept bytes serve the next time.
        let is_touched = node.ready_state() > 0 || !node.paused();
        match bytes.get() {
            Bytes::Here(addresses) if !is_touched => {
                node.set_preload("metadata");
                node.set_poster(addresses.poster.as_ref().map_or(BLANK, BlobUrl::as_str));
                if let Some(video) = &addresses.video {
                    node.set_src(video.as_str());
                }
                held = Some(addresses);
            }
            Bytes::Elsewhere if !is_touched => {
                node.set_preload("metadata");
                node.load();
            }
            _ => {}
        }
        _ = &held;
    });
    preview(player)
}

/// A film has the shape of its first part.
fn is_tall(studio: Studio, intent: &Intent) -> bool {
    let first = film(studio, intent).swap_remove(0);
    matches!(&first.order, Order::Generate(generate) if generate.aspect_ratio == AspectRatio::Portrait)
}
