//! Questions that are asked before something is bought, or to find what was.

use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::ui::{El, button, dialog, el, ends, field, hand_in, outward, paragraph, question, told};
use leptos::prelude::*;
use veo_api::TaskId;
use vireo_client::TaskError;
use vireo_core::intent::{Intent, IntentId};
use web_sys::HtmlInputElement;

fn ask(studio: Studio, text: Text, title: T, words: Vec<El>, confirm: T, act: impl Fn() + 'static) -> El {
    let close = move || studio.screen.set(None);
    let confirmed = move || {
        close();
        act();
    };
    question(text.of(title), close, words, text.of(T::Cancel), button("", text.of(confirm), confirmed))
}

/// Asks once more before an intent whose answer was lost is bought again.
pub fn send_again(studio: Studio, text: Text, id: IntentId) -> El {
    let send = move || {
        if let Some(intent) = studio.engine().intent(&id) {
            let price = studio.prices.with_untracked(|prices| prices.order(&intent.order));
            let again = studio.pressed(id.as_str(), &intent.order, || studio.new_id());
            studio.agree(price, move || _ = studio.submit(again, intent.order, intent.parent));
        }
    };
    let words = vec![paragraph("", text.of(T::SendAgainText))];
    ask(studio, text, T::SendAgain, words, T::SendAgainConfirm, send)
}

/// Asks before a video goes of which a paid rendition is being made.
pub fn remove_running(studio: Studio, text: Text, id: IntentId) -> El {
    let words = vec![paragraph("", text.of(T::RemoveRunningText))];
    ask(studio, text, T::Remove, words, T::Remove, move || studio.remove(id.clone()))
}

/// The journal does not work: nothing was sent, and the person decides whether to go on without memory.
pub fn no_memory(studio: Studio, text: Text, intent: Box<Intent>, error: &str) -> El {
    let go_on = move || {
        studio.engine().journal().use_memory();
        studio.hand_in((*intent).clone());
    };
    let words = vec![paragraph("", text.of(T::NoMemoryText)), paragraph("quiet", error)];
    ask(studio, text, T::NoMemoryTitle, words, T::NoMemoryConfirm, go_on)
}

/// Takes the id of a task that the person found on the provider's page.
pub fn enter_task(studio: Studio, text: Text, id: IntentId) -> El {
    let close = move || studio.screen.set(None);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let input = el("input").class("input").attr("autocomplete", "off").attr("spellcheck", "false");
    let input = input.attr("autofocus", "");
    let typed: HtmlInputElement = input.node();
    let enter = move |event: web_sys::Event| {
        event.prevent_default();
        let Some(task) = TaskId::parse(&typed.value()) else {
            trouble.set(Some(text.of(T::TaskIdUnreadable).to_owned()));
            return;
        };
        busy.set(true);
        let id = id.clone();
        studio.spawn(async move {
            let answer = studio.engine().enter_task_id(&id, &task).await;
            _ = busy.try_set(false);
            let words = match answer {
                Ok(()) => return close(),
                Err(TaskError::Api(error)) => text.with(T::TaskIdRefused, &[("words", error.message())]),
                Err(_) => text.of(T::WhatUnreachable).to_owned(),
            };
            _ = trouble.try_set(Some(words));
        });
    };
    let log = outward("https://kie.ai/logs", text.of(T::ProviderLog));
    let check = hand_in(text.of(T::Check)).live_flag("disabled", move || busy.get());
    let form = el("form")
        .class("ways")
        .on("submit", enter)
        .child(paragraph("", text.of(T::EnterTaskText)).text(" ").child(log))
        .child(field("task-id", text.of(T::TaskId), input))
        .child(told("alert", "note note--danger", move || trouble.get()))
        .child(ends(text.of(T::Cancel), close, check));
    dialog(text.of(T::EnterTaskId), close, [form])
}
