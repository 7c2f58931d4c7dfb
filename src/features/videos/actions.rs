//! What can be done with a video, by its state.

use super::card::Context;
use super::extend::forbids;
use crate::browser::task::spawn_local;
use crate::browser::{clock, media, save, share};
use crate::i18n::T;
use crate::state::Screen;
use crate::ui::{El, button, div, el, icon};
use leptos::prelude::*;
use vireo_core::intent::{Intent, IntentId, Order, State};
use vireo_core::names;

/// A button: its name, and what it does.
type Action = (T, fn(&Context));

const SEND_NOW: Action = (T::SendNow, send_now);
const CHECK: Action = (T::Check, check);
const ENTER_TASK: Action =
    (T::EnterTaskId, |context| context.studio.screen.set(Some(Screen::EnterTask(context.intent().id))));
const SEND_AGAIN: Action =
    (T::SendAgain, |context| context.studio.screen.set(Some(Screen::SendAgain(context.intent().id))));
const EXTEND: Action =
    (T::Extend, |context| context.studio.screen.set(Some(Screen::Extend(context.intent().id))));
const DOWNLOAD: Action = (T::Download, download);
const USE_AGAIN: Action = (T::UseAgain, use_again);
const COPY_PROMPT: Action = (T::CopyPrompt, copy_prompt);
const FETCH_AGAIN: Action = (T::FetchAgain, fetch_again);
const REUSE_SEED: Action = (T::ReuseSeed, reuse_seed);
const SHARE: Action = (T::Share, hand_over);
const REMOVE: Action = (T::Remove, remove);

/// The lines of the drawings of those that are shown as tools.
const DRAWINGS: &[(T, &str)] = &[
    (T::CopyPrompt, "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"),
    (T::FetchAgain, "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3h-3"),
    (T::ReuseSeed, "M2.5 2.5h11v11h-11zM5.6 5.6h.01M8 8h.01M10.4 10.4h.01"),
    (T::Share, "M8 9.5v-8M5 4.5l3-3 3 3M4.5 7.5h-2v7h11v-7h-2"),
    (T::Remove, "M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.7 9.5h6.6l.7-9.5"),
];

/// What a state offers, as words and as tools. What a video keeps when it is finished stays where it is.
fn offered(state: State, held: bool) -> (&'static [Action], &'static [Action]) {
    match state {
        State::Queued if held => (&[SEND_NOW, REMOVE], &[]),
        State::Queued => (&[REMOVE], &[]),
        State::Sending => (&[], &[]),
        State::Unknown => (&[CHECK, ENTER_TASK, SEND_AGAIN, COPY_PROMPT, REMOVE], &[]),
        State::Generating => (&[USE_AGAIN], &[COPY_PROMPT, FETCH_AGAIN]),
        State::Succeeded => {
            (&[DOWNLOAD, EXTEND, USE_AGAIN], &[COPY_PROMPT, FETCH_AGAIN, REUSE_SEED, SHARE, REMOVE])
        }
        State::Failed | State::Stale => (&[FETCH_AGAIN, USE_AGAIN, COPY_PROMPT, REMOVE], &[]),
        State::Rejected => (&[USE_AGAIN, COPY_PROMPT, REMOVE], &[]),
    }
}

pub fn actions(context: &Context) -> El {
    let (state, intent) = (context.state, context.card.intent.clone());
    let held = Memo::new(move |_| intent.with(|intent| intent.tab.is_empty()));
    let intent = context.card.intent.clone();
    let seed = Memo::new(move |_| intent.with(|intent| seed(intent).is_some()));
    let is_offered = move |(name, _): &&Action| match *name {
        // A seed is known only of what was made.
        T::ReuseSeed => seed.get(),
        T::Share => share::is_possible(),
        _ => true,
    };
    let words = move || offered(state.get(), held.get()).0.to_vec();
    let tools = move || offered(state.get(), held.get()).1.iter().filter(is_offered).copied().collect();
    let words = row(context, "card__actions", words, word);
    let tools = row(context, "card__actions card__tools", tools, tool);
    div("card__toolbar").child(words).child(tools)
}

/// Buttons that stand as long as they are offered.
fn row(
    context: &Context,
    class: &str,
    offered: impl Fn() -> Vec<Action> + Copy + 'static,
    make: fn(&Context, Action) -> El,
) -> El {
    let (context, text) = (context.clone(), context.text);
    let names = move || offered().into_iter().map(|(name, _)| text.of(name).to_owned()).collect();
    div(class).rows(names, move |key| {
        let action = offered().into_iter().find(|(name, _)| text.of(*name) == key)?;
        Some(make(&context, action))
    })
}

fn word(context: &Context, action: Action) -> El {
    let class = if action.0 == T::UseAgain { "card__last" } else { "" };
    let made = press(context, action, class, context.text.of(action.0));
    if action.0 == T::Extend { explained(context, made) } else { made }
}

fn tool(context: &Context, action: Action) -> El {
    let class = if action.0 == T::Remove { "tool card__last" } else { "tool" };
    let lines = DRAWINGS.iter().find(|(of, _)| *of == action.0).map(|(_, lines)| icon(lines));
    let label = el("span").class("tool__name").text(context.text.of(action.0));
    press(context, action, class, "").maybe(lines).child(label)
}

fn press(context: &Context, (_, act): Action, class: &str, label: &str) -> El {
    let own = context.clone();
    button(["button button--quiet ", class].concat().trim_end(), label, move || act(&own))
}

/// Off while the provider would refuse it, and why.
fn explained(context: &Context, extend: El) -> El {
    let (text, upgrades) = (context.text, context.card.upgrades.clone());
    let why = Memo::new(move |_| upgrades.with(|upgrades| forbids(upgrades)));
    extend
        .live_flag("disabled", move || why.get().is_some())
        .live_attr("title", move || why.get().map(|why| text.of(why).to_owned()))
}

fn send_now(context: &Context) {
    let (engine, id) = (context.studio.engine(), context.intent().id);
    spawn_local(async move { engine.send_queued(&id).await });
}

fn remove(context: &Context) {
    let (studio, id) = (context.studio, context.intent().id);
    let focused = document().active_element();
    let by_keyboard = focused.is_some_and(|focused| focused.matches(":focus-visible").unwrap_or(false));
    studio.library.focus_undo.set(by_keyboard);
    let runs = |upgrade: &Intent| upgrade.state.is_open() || upgrade.state == State::Unknown;
    match context.card.upgrades.with_untracked(|upgrades| upgrades.iter().any(runs)) {
        true => studio.screen.set(Some(Screen::RemoveRunning(id))),
        false => studio.remove(id),
    }
}

fn fetch_again(context: &Context) {
    let (engine, id) = (context.studio.engine(), context.intent().id);
    context.remark.set(None);
    spawn_local(async move { engine.fetch_again(&id).await });
}

fn check(context: &Context) {
    let context = context.clone();
    context.say(T::Checking);
    context.studio.spawn(async move {
        let intent = context.intent();
        if context.studio.engine().check(&intent.id).await {
            context.remark.try_set(None);
            return;
        }
        // Nothing names the task: the balance is all that can be compared, and only as a hint.
        let now = context.studio.engine().balance().await.ok();
        let key = match (intent.balance_before, now) {
            (Some(before), Some(now)) if now < before => T::CheckFell,
            (Some(_), Some(_)) => T::CheckSame,
            _ => T::CheckCannotTell,
        };
        context.say(key);
    });
}

fn use_again(context: &Context) {
    if let Order::Generate(generate) = &context.intent().order {
        context.studio.draft.fill(generate);
        context.say(T::Refilled);
    } else if let Some(parent) = context.intent().parent {
        context.studio.screen.set(Some(Screen::Extend(parent)));
    }
}

fn seed(intent: &Intent) -> Option<u32> {
    intent.outcome.as_ref().and_then(|outcome| outcome.seed)
}

fn reuse_seed(context: &Context) {
    if let Some(seed) = seed(&context.intent()) {
        let seed = seed.to_string();
        context.remark.set(Some(context.text.with(T::SeedReused, &[("seed", &seed)])));
        context.studio.draft.seed.set(seed);
    }
}

fn copy_prompt(context: &Context) {
    let context = context.clone();
    context.studio.spawn(async move {
        let copied = save::copy(context.intent().order.prompt()).await;
        context.say(if copied { T::Copied } else { T::CopyRefused });
    });
}

/// The name under which the rendition of this intent is saved.
fn file_name(context: &Context, rendition: &IntentId) -> String {
    let intent = context.intent();
    let bought = context.card.upgrades.with_untracked(|upgrades| {
        upgrades.iter().find(|upgrade| upgrade.id == *rendition).map(|upgrade| upgrade.order.clone())
    });
    names::video_name(&clock::iso_date(intent.created_ms), &intent, bought.as_ref())
}

fn download(context: &Context) {
    let context = context.clone();
    let intent = context.intent();
    let first = intent.outcome.as_ref().and_then(|outcome| outcome.urls.first().cloned());
    let first = first.map(|link| (intent.id.clone(), link));
    let Some((id, url)) = context.playing.get_untracked().or(first) else { return };
    context.say(T::Downloading);
    context.studio.spawn(async move {
        let journal = context.studio.engine().journal().clone();
        let kept = media::kept(&journal, &id).await;
        let bytes = match kept {
            Some(kept) => Ok(kept.video),
            None => context.studio.fetch_video(&url, |_| ()).await,
        };
        match bytes {
            Ok(blob) => {
                save::hand_over(&blob, &file_name(&context, &id));
                context.remark.try_set(None);
            }
            Err(save::SaveError::Blocked | save::SaveError::NoRoom) => {
                context.say(if save::open(&url).await { T::DownloadOpened } else { T::DownloadNoTab });
            }
            Err(save::SaveError::Gone) => context.say(T::DownloadGone),
            Err(save::SaveError::NotVideo) => context.say(T::DownloadNotVideo),
        }
    });
}

/// Hands what is saved here to another app.
fn hand_over(context: &Context) {
    let context = context.clone();
    context.studio.spawn(async move {
        let id = context.playing.get_untracked().map_or_else(|| context.intent().id, |(id, _)| id);
        let journal = context.studio.engine().journal().clone();
        let shared = match media::kept(&journal, &id).await {
            Some(kept) => share::share(&kept.video, &file_name(&context, &id)).await,
            None => false,
        };
        if !shared {
            context.say(T::ShareRefused);
        }
    });
}
