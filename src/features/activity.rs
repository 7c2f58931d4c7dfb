//! What is going on, in one card over the page: running, waiting, and what ended lately. A row leads to its video.

use crate::browser::clock;
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::{Job, Studio};
use crate::ui::{El, button, div, el, paragraph};
use leptos::prelude::*;
use vireo_core::intent::{Intent, IntentId, Order, State};
use vireo_core::library::search::Show;
use wasm_bindgen::JsCast;
use web_sys::Event;

/// What ended longer ago is no news.
const NEWS_MS: u64 = 86_400_000;
/// So many ended ones are listed at the most.
const ENDED: usize = 10;

/// The button of the header, and the card it opens. `bring` shows a video by its id.
pub fn activity(studio: Studio, text: Text, bring: fn(&IntentId) -> bool) -> El {
    let open = RwSignal::new(false);
    // What failed before somebody looked here is pointed out.
    let looked_ms = RwSignal::new(clock::now_ms());
    let some = Memo::new(move |_| studio.library.count.get() > 0);
    let button = el("button")
        .attr("type", "button")
        .class("button activity__button")
        .attr("popovertarget", "activity")
        .text(text.of(T::Activity))
        .live(move || some.get().then(|| later(text, activity_badge(studio, text, looked_ms))));
    let card = div("activity")
        .id("activity")
        .attr("popover", "auto")
        .attr("role", "dialog")
        .attr("aria-label", text.of(T::Activity))
        .on("toggle", move |event| {
            let is_open = is_open(&event);
            open.set(is_open);
            if !is_open {
                looked_ms.set(clock::now_ms());
            }
        })
        .live(move || open.get().then(|| later(text, activity_content(studio, text, looked_ms, bring))));
    div("activity__place").child(button).child(card)
}

lazy! { work => fn activity_badge(studio: Studio, text: Text, looked_ms: RwSignal<u64>) -> El {
    let counts = Memo::new(move |_| {
        studio.library.changed.track();
        count(studio, looked_ms.get())
    });
    let under_way = move || counts.with(|counts| counts.running + counts.queued);
    let sign = el("span")
        .class("activity__count")
        .attr("aria-hidden", "true")
        .live_class("activity__count--failed", move || counts.with(|counts| counts.failed > 0))
        .live_text(move || if under_way() > 0 { under_way().to_string() } else { "!".to_owned() });
    el("span")
        .class("activity__badge")
        .live_flag("hidden", move || under_way() == 0 && counts.with(|counts| counts.failed == 0))
        .child(sign)
        .child(el("span").class("unseen").live_text(move || counts.with(|counts| in_words(text, counts))))
} }

/// How much there is of each; empty where there is nothing.
fn in_words(text: Text, counts: &Counts) -> String {
    let part = |key: T, count: usize| {
        (count > 0).then(|| text.with(key, &[("count", &clock::number(count as f64, text.tag()))]))
    };
    let parts = [
        part(T::ActivityRunning, counts.running),
        part(T::ActivityQueued, counts.queued),
        part(T::ActivityFailed, counts.failed),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

fn is_open(event: &Event) -> bool {
    let state = js_sys::Reflect::get(event, &"newState".into()).ok();
    state.and_then(|state| state.as_string()).as_deref() == Some("open")
}

/// How much there is of each.
#[derive(Clone, Copy, Default, PartialEq)]
struct Counts {
    running: usize,
    queued: usize,
    failed: usize,
}

fn is_failure(state: State) -> bool {
    matches!(state, State::Failed | State::Rejected | State::Unknown)
}

fn count(studio: Studio, since_ms: u64) -> Counts {
    studio.engine().with_intents(|all| {
        let mut counts = Counts::default();
        for intent in all.iter().filter(|intent| is_listed(intent)) {
            match intent.state {
                State::Queued => counts.queued += 1,
                State::Sending | State::Generating => counts.running += 1,
                state if is_failure(state) && ended_ms(intent) >= since_ms => counts.failed += 1,
                _ => {}
            }
        }
        counts
    })
}

/// Paid renditions belong to their video's card.
fn is_listed(intent: &Intent) -> bool {
    !matches!(intent.order, Order::Upgrade { .. })
}

fn ended_ms(intent: &Intent) -> u64 {
    intent.ended_ms.unwrap_or(intent.created_ms)
}

lazy! { tools => fn activity_content(studio: Studio, text: Text, looked_ms: RwSignal<u64>, bring: fn(&IntentId) -> bool) -> El {
    let listed = Memo::new(move |_| {
        studio.library.changed.track();
        let news = clock::now_ms().saturating_sub(NEWS_MS);
        studio
            .engine()
            .ids_where(|intent| is_listed(intent) && (intent.state.is_open() || ended_ms(intent) >= news))
    });
    let of = move |wanted: fn(State) -> bool, most: usize| {
        let known =
            listed.with(|ids| ids.iter().filter_map(|id| studio.engine().intent(id)).collect::<Vec<_>>());
        let mut found: Vec<Intent> = known.into_iter().filter(|intent| wanted(intent.state)).collect();
        found.sort_by_key(|intent| std::cmp::Reverse(intent.created_ms));
        found.truncate(most);
        found
    };
    let summary = move || {
        studio.library.changed.track();
        let counts = count(studio, looked_ms.get().min(clock::now_ms().saturating_sub(NEWS_MS)));
        let words = in_words(text, &counts);
        if words.is_empty() { text.of(T::ActivityNothing).to_owned() } else { words }
    };
    let part = move |title: T, note: Option<T>, wanted: fn(State) -> bool, most: usize| {
        div("").live(move || {
            let found = of(wanted, most);
            (!found.is_empty()).then(|| {
                let head = el("h2").class("activity__title").text(text.of(title));
                let rows = found.iter().map(|intent| row(studio, text, intent, bring));
                div("activity__part")
                    .child(head)
                    .maybe(note.map(|note| paragraph("quiet", text.of(note))))
                    .child(el("ul").attr("role", "list").children(rows))
            })
        })
    };
    div("activity__content")
        .child(
            div("activity__head")
                .child(el("strong").live_text(summary))
                .live(move || main_action(studio, text, &of(|state| state == State::Queued, usize::MAX))),
        )
        .child(part(
            T::PhaseGenerating,
            Some(T::CannotCancel),
            |state| matches!(state, State::Sending | State::Generating),
            usize::MAX,
        ))
        .child(part(T::PhaseQueued, Some(T::NextQueued), |state| state == State::Queued, usize::MAX))
        .child(part(T::ActivityEnded, None, |state| !state.is_open() && state != State::Queued, ENDED))
} }

/// The one thing to do about all of it.
fn main_action(studio: Studio, text: Text, queued: &[Intent]) -> Option<El> {
    if studio.notice.get().queue_paused {
        let go_on = move || studio.ask(Job::ContinueQueue);
        return Some(button("button button--quiet", text.of(T::Continue), go_on));
    }
    let ids: Vec<IntentId> = queued.iter().map(|intent| intent.id.clone()).collect();
    (!ids.is_empty()).then(|| {
        let cancel = move || ids.iter().for_each(|id| studio.remove(id.clone()));
        button("button button--quiet", text.of(T::ActivityCancel), cancel)
    })
}

fn row(studio: Studio, text: Text, intent: &Intent, bring: fn(&IntentId) -> bool) -> El {
    let (id, state, created) = (intent.id.clone(), intent.state, intent.created_ms);
    let phase = text.of(match state {
        State::Queued => T::PhaseQueued,
        State::Sending => T::PhaseSending,
        State::Unknown => T::PhaseUnknown,
        State::Rejected => T::PhaseRejected,
        State::Generating => T::PhaseGenerating,
        State::Failed => T::PhaseFailed,
        State::Stale => T::PhaseStale,
        State::Succeeded => T::PhaseReady,
    });
    let runs = matches!(state, State::Sending | State::Generating);
    let at = ended_ms(intent);
    let when = move || match runs {
        true => clock::minutes(studio.now.get().saturating_sub(created) / 1000),
        false => clock::date_and_time(at, text.tag()),
    };
    let go = move || {
        close();
        if !bring(&id) {
            // It is filtered away, or far down: show everything first.
            studio.search(String::new());
            studio.show_states(Show::All.as_str().to_owned());
            let id = id.clone();
            studio.spawn(async move {
                gloo_timers::future::TimeoutFuture::new(100).await;
                bring(&id);
            });
        }
    };
    let status = el("span")
        .class("activity__status")
        .child(
            el("span")
                .class(&["activity__dot activity__dot--", state.as_str()].concat())
                .attr("aria-hidden", "true"),
        )
        .child(el("span").text(phase))
        .child(el("span").class("activity__clock").live_text(when));
    let words = el("span").class("activity__prompt").attr("dir", "auto").text(intent.order.prompt());
    el("li").child(button("activity__row", "", go).child(words).child(status))
}

fn close() {
    let card = document().get_element_by_id("activity");
    let hide = card.and_then(|card| {
        let hide =
            js_sys::Reflect::get(&card, &"hidePopover".into()).ok()?.dyn_into::<js_sys::Function>().ok()?;
        hide.call0(&card).ok()
    });
    drop(hide);
}
