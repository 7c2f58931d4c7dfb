//! What can be done with a video, by its state.

use super::card::Context;
use super::extend::forbids;
use crate::browser::task::spawn_local;
use crate::browser::{clock, media, save, share};
use crate::i18n::T;
use crate::state::Screen;
use crate::ui::{El, button, div};
use leptos::prelude::*;
use vireo_core::intent::{Intent, IntentId, Order, State};
use vireo_core::names;

/// A button: its name, and what it does.
type Action = (T, fn(&Context));

const HELD: &[Action] = &[(T::SendNow, send_now), (T::Remove, remove)];
const QUEUED: &[Action] = &[(T::Remove, remove)];
const UNKNOWN: &[Action] = &[
    (T::Check, check),
    (T::EnterTaskId, |context| context.studio.screen.set(Some(Screen::EnterTask(context.intent().id)))),
    (T::SendAgain, |context| context.studio.screen.set(Some(Screen::SendAgain(context.intent().id)))),
    (T::CopyPrompt, copy_prompt),
    (T::Remove, remove),
];
const GENERATING: &[Action] =
    &[(T::FetchAgain, fetch_again), (T::UseAgain, use_again), (T::CopyPrompt, copy_prompt)];
const SUCCEEDED: &[Action] = &[
    (T::Download, download),
    (T::Share, hand_over),
    (T::Extend, |context| context.studio.screen.set(Some(Screen::Extend(context.intent().id)))),
    (T::UseAgain, use_again),
    (T::ReuseSeed, reuse_seed),
    (T::CopyPrompt, copy_prompt),
    (T::FetchAgain, fetch_again),
    (T::Remove, remove),
];
const ENDED: &[Action] = &[
    (T::FetchAgain, fetch_again),
    (T::UseAgain, use_again),
    (T::CopyPrompt, copy_prompt),
    (T::Remove, remove),
];
const REJECTED: &[Action] = &[(T::UseAgain, use_again), (T::CopyPrompt, copy_prompt), (T::Remove, remove)];

pub fn actions(context: &Context) -> El {
    let context = context.clone();
    let intent = context.card.intent.clone();
    let held = Memo::new(move |_| intent.with(|intent| intent.tab.is_empty()));
    div("card__toolbar").live(move || {
        let actions = match context.state.get() {
            State::Queued if held.get() => HELD,
            State::Queued => QUEUED,
            State::Sending => return None,
            State::Unknown => UNKNOWN,
            State::Generating => GENERATING,
            State::Succeeded => SUCCEEDED,
            State::Failed | State::Stale => ENDED,
            State::Rejected => REJECTED,
        };
        let make = |(name, act): &Action| {
            let (own, act) = (context.clone(), *act);
            let made = button("button button--quiet", context.text.of(*name), move || act(&own));
            if *name == T::Extend { explained(&context, made) } else { made }
        };
        let is_offered = |(name, _): &&Action| match *name {
            // A seed is known only of what was made.
            T::ReuseSeed => seed(&context).is_some(),
            T::Share => share::is_possible(),
            _ => true,
        };
        Some(div("card__actions").children(actions.iter().filter(is_offered).map(make)))
    })
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
    } else if let Some(parent) = context.intent().parent {
        context.studio.screen.set(Some(Screen::Extend(parent)));
    }
}

fn seed(context: &Context) -> Option<u32> {
    context.intent().outcome.and_then(|outcome| outcome.seed)
}

fn reuse_seed(context: &Context) {
    if let Some(seed) = seed(context) {
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
                context.say(if save::open(&url) { T::DownloadOpened } else { T::DownloadNoTab });
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
