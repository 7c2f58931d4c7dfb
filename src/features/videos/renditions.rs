//! The row that shows which of 720p, 1080p and 4K exist, and buys the others. Each is paid work with a state of its own.

use super::card::Context;
use super::words;
use crate::browser::clock;
use crate::i18n::T;
use crate::ui::{El, button, div, el};
use leptos::prelude::*;
use veo_api::{Resolution, TaskId};
use vireo_core::intent::{Height, Intent, IntentId, Order, State};
use vireo_core::price::Item;

pub fn renditions(context: &Context) -> El {
    let context = context.clone();
    div("card__renditions")
        .live(move || (context.state.get() == State::Succeeded).then(|| row(&context)).flatten())
}

/// The resolution a finished video came in.
fn own_resolution(intent: &Intent) -> Resolution {
    let reported = intent.outcome.as_ref().and_then(|outcome| outcome.resolution.clone());
    match (reported, &intent.order) {
        (Some(known @ (Resolution::P720 | Resolution::P1080 | Resolution::P4k)), _) => known,
        (_, Order::Generate(generate)) => generate.resolution.clone(),
        _ => Resolution::P720,
    }
}

fn row(context: &Context) -> Option<El> {
    let intent = context.intent();
    let task = intent.task_id.clone()?;
    let own = rank(&own_resolution(&intent));
    let mut row = div("renditions").attr("role", "group").attr("aria-label", context.text.of(T::Renditions));
    row = row.child(toggle(context, NAMES[own], None));
    for (height, rank) in [(Height::P1080, 1), (Height::P4k, 2)] {
        if rank > own {
            row = upgrade(row, context.clone(), task.clone(), height, NAMES[rank]);
        }
    }
    Some(row)
}

const NAMES: [&str; 3] = ["720p", "1080p", "4K"];

fn rank(resolution: &Resolution) -> usize {
    match resolution {
        Resolution::P1080 => 1,
        Resolution::P4k => 2,
        _ => 0,
    }
}

/// Chooses which rendition plays.
fn toggle(context: &Context, name: &str, url: Option<(IntentId, String)>) -> El {
    let playing = context.playing;
    let own = url.clone();
    let choose = button("button", name, move || playing.set(url.clone()));
    el("span")
        .class("rendition")
        .child(choose.live_attr("aria-pressed", move || Some((playing.get() == own).to_string())))
}

fn upgrade(row: El, context: Context, task: TaskId, height: Height, name: &'static str) -> El {
    let upgrades = context.card.upgrades.clone();
    let latest = Memo::new(move |_| {
        let fits =
            |intent: &&Intent| matches!(&intent.order, Order::Upgrade { height: h, .. } if *h == height);
        upgrades.with(|upgrades| upgrades.iter().rfind(fits).cloned())
    });
    row.live(move || {
        let Some(intent) = latest.get() else {
            return Some(offer(&context, &task, height, name, None));
        };
        Some(match intent.state {
            State::Succeeded => {
                let link = intent.outcome.as_ref().and_then(|outcome| outcome.urls.first().cloned());
                toggle(&context, name, link.map(|link| (intent.id.clone(), link)))
            }
            State::Queued | State::Sending | State::Generating => el("span")
                .class("rendition quiet")
                .text(&context.text.with(T::RenditionWorking, &[("name", name)])),
            State::Unknown | State::Stale => unsure(&context, intent, name),
            State::Rejected | State::Failed => offer(&context, &task, height, name, Some(intent)),
        })
    })
}

/// The button that buys a rendition, with its price, and why the last attempt gave none.
fn offer(context: &Context, task: &TaskId, height: Height, name: &str, last: Option<Intent>) -> El {
    let text = context.text;
    let studio = context.studio;
    let credits = studio.prices.with(|prices| prices.get(Item::Upgrade(height)));
    let parent = context.intent().id;
    let order = Order::upgrade(task.clone(), height);
    let price = text.with(T::PlusCredits, &[("credits", &clock::number(credits, text.tag()))]);
    let buy = move || {
        let (order, parent) = (order.clone(), parent.clone());
        studio.agree(Some(credits), move || _ = studio.submit(studio.new_id(), order, Some(parent)));
    };
    let why = last.map(|intent| el("span").class("quiet").text(words::reason(text, &intent)));
    el("span")
        .class("rendition")
        .child(button("button", name, buy))
        .child(el("span").class("quiet").text(&price))
        .maybe(why)
}

/// An upgrade whose answer was lost: looking again tells.
fn unsure(context: &Context, intent: Intent, name: &str) -> El {
    let text = context.text;
    let studio = context.studio;
    let stale = intent.state == State::Stale;
    let look = move || {
        let engine = studio.engine();
        let id = intent.id.clone();
        wasm_bindgen_futures::spawn_local(async move {
            if stale { engine.fetch_again(&id).await } else { _ = engine.check(&id).await }
        });
    };
    el("span")
        .class("rendition note note--amber")
        .text(&text.with(T::RenditionUnknown, &[("name", name)]))
        .child(button("button", text.of(if stale { T::FetchAgain } else { T::Check }), look))
}
