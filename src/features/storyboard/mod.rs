//! A film in shots: put together, generated one by one or in a chain, played and exported.

mod export;
mod shot;

use crate::browser::clock;
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::state::board::Board;
use crate::ui::{El, button, dialog, div, el, opener, paragraph, says, told, value_of};
use leptos::prelude::*;
use vireo_core::intent::{Intent, IntentId, Order, State};
use vireo_core::storyboard::{MAX_SHOTS, Source};

/// What the parts of the storyboard share.
#[derive(Clone, Copy)]
struct Context {
    studio: Studio,
    text: Text,
    board: Board,
    /// What is said in this dialog: what lies behind it is not heard.
    said: RwSignal<String>,
}

/// The button that opens it.
pub fn storyboard(studio: Studio, text: Text) -> El {
    let open = RwSignal::new(false);
    opener(text.of(T::Storyboard), open, move || later(text, storyboard_view(studio, text, open)))
}

lazy! { tools => fn storyboard_view(studio: Studio, text: Text, open: RwSignal<bool>) -> El {
    let board = studio.board();
    let said = RwSignal::default();
    let context = Context { studio, text, board, said };
    Effect::watch(move || studio.said.get(), move |words, _, _| said.set(words.clone()), false);
    let close = move || open.set(false);
    let keys = move || board.film.with(|film| film.shots.iter().map(|shot| shot.key.to_string()).collect());
    let shots = el("ol")
        .class("shots")
        .attr("role", "list")
        .attr("aria-label", text.of(T::Shots))
        .rows(keys, move |key| shot::shot(context, key.parse().ok()?));
    let empty = move || {
        board.film.with(|film| film.shots.is_empty()).then(|| paragraph("quiet", text.of(T::StoryboardEmpty)))
    };
    let mixed = move || {
        let place = board.film.with(|film| film.mixed())?;
        Some(text.with(T::ShotsMixed, &[("n", &(place + 1).to_string())]))
    };
    let locked = move || board.is_locked.get().then(|| text.of(T::StoryboardLocked).to_owned());
    let actions = div("dialog__actions")
        .child(button("button button--quiet", text.of(T::StoryboardClear), move || board.clear()))
        .child(button("button", text.of(T::Close), close))
        .child(generate_all(context));
    dialog(
        text.of(T::Storyboard),
        close,
        [
            told("status", "note note--amber", locked),
            div("shots__list").child(shots).live(empty),
            add(context),
            told("status", "note note--amber", mixed),
            export::export(context),
            actions,
            says(said),
        ],
    )
    .class("dialog dialog--wide")
} }

/// The ways to add a shot.
fn add(context: Context) -> El {
    let Context { studio, text, board, said } = context;
    let add = move |source: Source| {
        board.change(|film| _ = film.add(source, false));
        let n = board.film.with_untracked(|film| film.shots.len());
        said.set(text.with(T::ShotAdded, &[("n", &n.to_string())]));
    };
    let from_form = move || add(Source::New(untrack(|| studio.draft.read()).0));
    let chosen = move |event: web_sys::Event| {
        if let Some(id) = IntentId::parse(&value_of(&event)) {
            add(Source::Video(id));
        }
        // The choice begins anew, so that the same video can be added twice.
        if let Some(select) = event.target() {
            js_sys::Reflect::set(&select, &"value".into(), &"".into()).map(drop).unwrap_or_default();
        }
    };
    // As one text: what changes elsewhere must not close the list while it is open.
    let finished = Memo::new(move |_| {
        studio.library.changed.track();
        let has_video = |intent: &Intent| {
            intent.state == State::Succeeded && !matches!(intent.order, Order::Upgrade { .. })
        };
        let ids =
            studio.engine().intents_where(has_video).into_iter().rev().map(|intent| intent.id.to_string());
        ids.collect::<Vec<_>>().join(" ")
    });
    let videos = move || {
        let option = |id: &str| {
            let intent = studio.engine().intent(&IntentId::parse(id)?)?;
            Some(el("option").attr("value", id).text(intent.order.prompt()))
        };
        let first = el("option").attr("value", "").text(text.of(T::ShotAddVideo));
        let select = el("select").class("input").attr("aria-label", text.of(T::ShotAddVideo));
        let options = finished.with(|ids| ids.split(' ').filter_map(option).collect::<Vec<_>>());
        Some(select.on("change", chosen).child(first).children(options))
    };
    let full = move || board.film.with(|film| film.shots.len() >= MAX_SHOTS);
    div("shots__add")
        .child(button("button", text.of(T::ShotAddForm), from_form).live_flag("disabled", full))
        .live(videos)
}

/// A press so soon after another is the same one.
const DOUBLE_MS: u64 = 1000;

/// The button that pays for all that is left, or stops what it began.
fn generate_all(context: Context) -> El {
    let Context { text, board, .. } = context;
    let stops = move || !board.agreed.with(Vec::is_empty);
    let left = Memo::new(move |_| board.left());
    let nothing = move || !stops() && left.with(|(keys, _)| keys.is_empty());
    let label = move || match left.get() {
        _ if stops() => text.of(T::ShotsStop).to_owned(),
        (keys, Some(credits)) if !keys.is_empty() => {
            text.with(T::ShotsGenerateFor, &[("credits", &clock::number(credits, text.tag()))])
        }
        _ => text.of(T::ShotsGenerate).to_owned(),
    };
    let began = StoredValue::new(0);
    let press = move || {
        if untrack(stops) {
            // The second of a double click stops nothing.
            if clock::now_ms().saturating_sub(began.get_value()) > DOUBLE_MS {
                board.agreed.set(Vec::new());
            }
            return;
        }
        began.set_value(clock::now_ms());
        let (keys, price) = left.get_untracked();
        if !keys.is_empty() {
            context.studio.agree(price, move || board.generate_all(keys));
        }
    };
    button("button button--main", "", press).live_text(label).live_off(nothing)
}
