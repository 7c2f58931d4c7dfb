//! The row that shows which of 720p, 1080p and 4K exist, and buys the others. Each is paid work with a state of its own.

use super::card::Context;
use super::phase::left_in_words;
use super::words;
use crate::browser::clock;
use crate::browser::task::spawn_local;
use crate::i18n::T;
use crate::ui::{El, button, div, el};
use leptos::prelude::*;
use veo_api::{Resolution, TaskId};
use vireo_core::intent::{Height, Intent, IntentId, Order, State};
use vireo_core::price::Item;
use wasm_bindgen::JsCast;

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
    let urls = intent.outcome.iter().flat_map(|outcome| outcome.urls.clone()).collect::<Vec<_>>();
    let many = urls.len() > 1;
    let mut row = div("renditions")
        .attr("role", "group")
        .attr("tabindex", "-1")
        .attr("aria-label", context.text.of(T::Renditions));
    for (index, url) in (0u32..).zip(urls) {
        // A task with one video, as nearly all have, needs no numbers.
        let name = |rank: usize| match many {
            true => [NAMES[rank], " ", &(index + 1).to_string()].concat(),
            false => NAMES[rank].to_owned(),
        };
        let itself = (index > 0).then(|| (intent.id.of_video(index), url));
        row = row.child(toggle(context, &name(own), itself));
        for (height, rank) in [(Height::P1080, 1), (Height::P4k, 2)] {
            if rank > own {
                let wish = Wish { task: task.clone(), height, index, name: name(rank) };
                row = upgrade(row, context.clone(), wish);
            }
        }
    }
    Some(row)
}

/// A rendition there is or may be.
#[derive(Clone)]
struct Wish {
    task: TaskId,
    height: Height,
    index: u32,
    name: String,
}

const NAMES: [&str; 3] = ["720p", Height::P1080.as_str(), Height::P4k.as_str()];

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

fn upgrade(row: El, context: Context, wish: Wish) -> El {
    let upgrades = context.card.upgrades.clone();
    let of = (wish.height, wish.index);
    let latest = Memo::new(move |_| {
        let fits = |intent: &&Intent| matches!(intent.order, Order::Upgrade { height, index, .. } if (height, index) == of);
        upgrades.with(|upgrades| upgrades.iter().rfind(fits).cloned())
    });
    row.live(move || {
        let Some(intent) = latest.get() else {
            return Some(offer(&context, &wish, None));
        };
        Some(match intent.state {
            State::Succeeded => {
                let link = intent.outcome.as_ref().and_then(|outcome| outcome.urls.first().cloned());
                toggle(&context, &wish.name, link.map(|link| (intent.id.clone(), link)))
            }
            State::Queued if intent.tab.is_empty() => held(&context, &intent, &wish.name),
            State::Queued | State::Sending | State::Generating => working(&context, &wish, intent),
            State::Unknown | State::Stale => unsure(&context, intent, &wish.name),
            State::Rejected | State::Failed => offer(&context, &wish, Some(intent)),
        })
    })
}

/// One that is being made: how long it probably takes yet.
fn working(context: &Context, wish: &Wish, intent: Intent) -> El {
    let (studio, text) = (context.studio, context.text);
    let making = text.with(T::RenditionWorking, &[("name", &wish.name)]);
    let left = move || left_in_words(studio, text, &intent, studio.now.get());
    el("span").class("rendition quiet").text(&making).text(" ").live_text(left)
}

/// One that a closed page had not sent yet: it waits for a click.
fn held(context: &Context, intent: &Intent, name: &str) -> El {
    let (text, engine, id) = (context.text, context.studio.engine(), intent.id.clone());
    let send = move || {
        let (engine, id) = (engine.clone(), id.clone());
        spawn_local(async move { engine.send_queued(&id).await });
    };
    el("span")
        .class("rendition note note--amber")
        .text(&[name, ": ", text.of(T::QueuedHeld)].concat())
        .child(button("button", text.of(T::SendNow), send))
}

/// Where the provider reports a rendition: where it reported the video. It takes an address for 4K only.
fn callback(intent: &Intent, height: Height) -> Option<String> {
    let url = match &intent.order {
        Order::Generate(generate) => generate.callback_url.clone(),
        Order::Extend(extend) => extend.callback_url.clone(),
        Order::Upgrade { .. } => None,
    };
    url.filter(|_| height == Height::P4k)
}

/// The button that buys a rendition, with its price, and why the last attempt gave none.
fn offer(context: &Context, wish: &Wish, last: Option<Intent>) -> El {
    let text = context.text;
    let studio = context.studio;
    let Wish { task, height, index, name } = wish.clone();
    let credits = studio.prices.with(|prices| prices.get(Item::Upgrade(height)));
    let parent = context.intent();
    let callback_url = callback(&parent, height);
    let order = Order::Upgrade { task_id: task, height, index, callback_url };
    let price = text.with(T::PlusCredits, &[("credits", &clock::number(credits, text.tag()))]);
    let said = text.with(T::Charged, &[("credits", &clock::number(credits, text.tag()))]);
    let place = el("span").class("rendition");
    let here: web_sys::Element = place.node();
    let buy = move || {
        let (order, parent) = (order.clone(), parent.id.clone());
        let id = studio.pressed(parent.as_str(), &order, || studio.new_id());
        let row = here.closest("[role=group]").ok().flatten();
        studio.agree(Some(credits), move || {
            // The button goes with the purchase; the focus stays near it.
            if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
                row.focus().unwrap_or_default();
            }
            _ = studio.submit(id, order, Some(parent));
        });
    };
    let why = last.map(|intent| words::line(text, &intent).class("quiet"));
    place
        .child(button("button", &name, buy).attr("title", &said))
        .child(el("span").class("quiet").attr("aria-hidden", "true").text(&price))
        .child(el("span").class("unseen").text(&said))
        .maybe(why)
}

/// An upgrade whose answer was lost: looking again tells.
fn unsure(context: &Context, intent: Intent, name: &str) -> El {
    let text = context.text;
    let studio = context.studio;
    let stale = intent.state == State::Stale;
    let said = words::quoted(&intent);
    let look = move || {
        let engine = studio.engine();
        let id = intent.id.clone();
        spawn_local(async move {
            if stale { engine.fetch_again(&id).await } else { _ = engine.check(&id).await }
        });
    };
    el("span")
        .class("rendition note note--amber")
        .text(&text.with(if stale { T::RenditionStale } else { T::RenditionUnknown }, &[("name", name)]))
        .maybe(said)
        .child(button("button", text.of(if stale { T::FetchAgain } else { T::Check }), look))
}
