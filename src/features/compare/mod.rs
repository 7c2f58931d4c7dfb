//! Takes side by side, played in step.

mod step;

use crate::browser::files::BlobUrl;
use crate::features::facts;
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::state::board::Board;
use crate::ui::{El, button, dialog, div, el, focus, paragraph, says, value_of};
use leptos::prelude::*;
use std::rc::Rc;
use step::Step;
use vireo_core::intent::{Intent, IntentId, Order, State};

/// More do not fit beside each other.
const MOST: usize = 4;

#[derive(Clone, Copy)]
struct Context {
    studio: Studio,
    text: Text,
    board: Board,
    step: Step,
    /// What is said in this dialog.
    said: RwSignal<String>,
}

/// The button that compares the newest takes; the dialog also opens for those that were named elsewhere.
pub fn compare(studio: Studio, text: Text) -> El {
    let begin = move || studio.compared.set(Some(Vec::new()));
    let press = button("button button--quiet", text.of(T::Compare), begin).attr("aria-haspopup", "dialog");
    let is_open = Memo::new(move |_| studio.compared.with(Option::is_some));
    div("opener").child(press).live(move || is_open.get().then(|| later(text, compare_view(studio, text))))
}

fn is_video(intent: &Intent) -> bool {
    intent.state == State::Succeeded && !matches!(intent.order, Order::Upgrade { .. })
}

/// The newest video and those of the same prompt; without any, the two newest.
fn newest(studio: Studio) -> Vec<IntentId> {
    let videos = studio.engine().intents_where(is_video);
    let Some(last) = videos.last() else { return Vec::new() };
    let alike = videos.iter().rev().filter(|other| other.order.prompt() == last.order.prompt());
    let mut chosen: Vec<IntentId> = alike.take(MOST).map(|intent| intent.id.clone()).collect();
    if chosen.len() < 2 {
        chosen = videos.iter().rev().take(2).map(|intent| intent.id.clone()).collect();
    }
    chosen
}

lazy! { tools => fn compare_view(studio: Studio, text: Text) -> El {
    let context = Context { studio, text, board: studio.board(), step: Step::new(), said: RwSignal::default() };
    if studio.compared.with_untracked(|named| named.as_ref().is_some_and(Vec::is_empty)) {
        studio.compared.set(Some(newest(studio)));
    }
    let close = move || studio.compared.set(None);
    let keys = move || {
        let chosen = studio.compared.get().unwrap_or_default();
        chosen.iter().map(ToString::to_string).collect()
    };
    let takes = el("ul")
        .class("takes")
        .attr("role", "list")
        .attr("aria-label", text.of(T::Takes))
        .rows(keys, move |id| take(context, &IntentId::parse(id)?));
    let few = move || {
        let few = studio.compared.with(|chosen| chosen.as_ref().is_none_or(|chosen| chosen.len() < 2));
        few.then(|| paragraph("quiet", text.of(T::CompareFew)))
    };
    let actions = div("dialog__actions").child(button("button button--main", text.of(T::Close), close));
    dialog(
        text.of(T::CompareTitle),
        close,
        [takes, div("").live(few), add(context), controls(context), actions, says(context.said)],
    )
    .class("dialog dialog--wide dialog--full")
} }

/// Chooses one more take.
fn add(context: Context) -> El {
    let Context { studio, text, said, .. } = context;
    let change = move |id: IntentId| {
        let name = studio.engine().intent(&id).map(|intent| named(text, &intent)).unwrap_or_default();
        said.set(text.with(T::CompareAdded, &[("name", &name)]));
        go_on();
        studio.compared.update(|chosen| {
            if let Some(chosen) = chosen
                && !chosen.contains(&id)
            {
                chosen.push(id);
            }
        });
    };
    let options = move || {
        let chosen = studio.compared.get().unwrap_or_default();
        let rest = studio.engine().intents_where(|intent| is_video(intent) && !chosen.contains(&intent.id));
        if chosen.len() >= MOST || rest.is_empty() {
            return None;
        }
        let option =
            |intent: &Intent| el("option").attr("value", intent.id.as_str()).text(&named(text, intent));
        let first = el("option").attr("value", "").text(text.of(T::CompareAdd));
        let select = el("select").class("input").attr("aria-label", text.of(T::CompareAdd));
        let picked = move |event: web_sys::Event| {
            if let Some(id) = IntentId::parse(&value_of(&event)) {
                change(id);
            }
        };
        Some(select.on("change", picked).child(first).children(rest.iter().rev().map(option)))
    };
    div("takes__add").live(options)
}

/// What was pressed has gone, or is made anew: the focus goes to what can be done next.
fn go_on() {
    request_animation_frame(|| {
        if !focus(".takes__add select") {
            focus(".takes__controls button");
        }
    });
}

/// What tells takes apart: the prompt, and how it was made.
fn named(text: Text, intent: &Intent) -> String {
    let mut name = intent.order.prompt().to_owned();
    if let Order::Generate(generate) = &intent.order {
        name = [&name, " · ", &facts::facts(text, generate)].concat();
    }
    if let Some(seed) = intent.outcome.as_ref().and_then(|outcome| outcome.seed) {
        name = [&name, " · ", &text.with(T::SeedWas, &[("seed", &seed.to_string())])].concat();
    }
    name
}

fn take(context: Context, id: &IntentId) -> Option<El> {
    let Context { studio, text, board, step, said } = context;
    let intent = studio.engine().intent(id)?;
    let name = named(text, &intent);
    let video = el("video").attr("playsinline", "").attr("preload", "auto").attr("aria-label", &name);
    let video = video.attr("tabindex", "-1");
    let player: web_sys::HtmlVideoElement = video.node();
    step.join(id.clone(), player.clone());
    let link = intent.outcome.as_ref().and_then(|outcome| outcome.urls.first().cloned());
    let shown = StoredValue::new_local(None::<Rc<BlobUrl>>);
    let own = id.clone();
    studio.spawn(async move {
        let bytes = board.bytes(&own).await.ok().and_then(|bytes| BlobUrl::new(&bytes)).map(Rc::new);
        match (&bytes, link) {
            (Some(url), _) => player.set_src(url.as_str()),
            // It plays from a host that lets nobody read it.
            (None, Some(link)) => player.set_src(&studio.playable(&link)),
            (None, None) => {}
        }
        // Handed back where the dialog was closed meanwhile.
        drop(shown.try_set_value(bytes));
    });
    let (heard, away) = (id.clone(), id.clone());
    let sounds = {
        let id = id.clone();
        move || Some((step.sound.get().as_ref() == Some(&id)).to_string())
    };
    let sound = button("button button--quiet", text.of(T::CompareSound), move || step.hear(&heard))
        .attr("aria-label", &text.with(T::CompareSoundOf, &[("name", &name)]))
        .live_attr("aria-pressed", sounds);
    let words = text.with(T::RemovedOne, &[("prompt", &name)]);
    let remove = move || {
        said.set(words.clone());
        go_on();
        studio.compared.update(|chosen| {
            if let Some(chosen) = chosen {
                chosen.retain(|other| *other != away);
            }
        });
    };
    let remove = button("button button--quiet", text.of(T::CompareAway), remove)
        .attr("aria-label", &text.with(T::CompareAwayOf, &[("name", &name)]));
    let words = paragraph("take__name", &name).attr("dir", "auto").attr("title", &name);
    Some(
        el("li")
            .class("take")
            .child(video)
            .child(words)
            .child(div("card__actions").child(sound).child(remove)),
    )
}

fn controls(context: Context) -> El {
    let Context { text, step, .. } = context;
    let label = move || text.of(if step.plays.get() { T::ComparePause } else { T::ComparePlay }).to_owned();
    let position = el("input")
        .attr("type", "range")
        .attr("min", "0")
        // One picture of 24 in a second.
        .attr("step", "0.0417")
        .attr("aria-label", text.of(T::ComparePosition))
        .live_attr("max", move || Some(step.length.get().to_string()))
        .live_attr("aria-valuetext", move || Some((step.position.get() as u32).to_string()))
        .live_prop("value", move || step.position.get().to_string().into())
        .on("input", move |event| step.seek(value_of(&event).parse().unwrap_or_default()));
    div("takes__controls").child(button("button", "", move || step.toggle()).live_text(label)).child(position)
}
