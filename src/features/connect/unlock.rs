//! The field that unlocks a remembered key.

use super::fields::secret_field;
use crate::browser::remember::{Locked, Passphrase};
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::{Screen, Studio};
use crate::ui::{El, button, div, el, field, focus, follow, hand_in, told};
use leptos::prelude::*;
use web_sys::HtmlInputElement;

/// Stands below the header while a key lies locked on this device.
pub fn locked(studio: Studio, text: Text) -> El {
    div("").live(move || studio.is_locked().then(|| later(text, unlock(studio, text))))
}

lazy! { work => fn unlock(studio: Studio, text: Text) -> El {
    let trouble = RwSignal::new(None::<T>);
    let working = RwSignal::new(false);
    let input: HtmlInputElement = secret_field();
    let typed = input.clone();
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        if working.get_untracked() {
            return;
        }
        let Some(passphrase) = Passphrase::new(&typed.value()) else { return trouble.set(Some(T::UnlockWrong)) };
        working.set(true);
        trouble.set(None);
        let typed = typed.clone();
        studio.spawn(async move {
            let done = studio.unlock(&passphrase).await;
            working.try_set(false);
            typed.set_value("");
            match done {
                Ok(()) => _ = focus("#prompt"),
                Err(Locked::Gone) => studio.ask_to_connect(false),
                Err(locked) => {
                    trouble.try_set(Some(if locked == Locked::Wrong { T::UnlockWrong } else { T::UnlockUnreadable }));
                    typed.focus().unwrap_or_default();
                }
            }
        });
    };
    let (asked, target) = (studio.unlock_first, input.clone());
    follow(move || {
        if asked.get() {
            asked.set(false);
            trouble.set(Some(T::UnlockFirst));
            // It can take the focus when it stands in the page.
            let target = target.clone();
            request_animation_frame(move || target.focus().unwrap_or_default());
        }
    });
    let other = button("button", text.of(T::EnterKey), move || studio.screen.set(Some(Screen::Settings)));
    let press = hand_in(text.of(T::Unlock)).class("button button--main");
    let press = press.live_attr("aria-busy", move || working.get().then(|| "true".to_owned()));
    let form = el("form")
        .class("unlock")
        .on("submit", submit)
        .child(field("passphrase", text.of(T::Passphrase), El::from(input)))
        .child(press)
        .child(other);
    el("section")
        .class("notices")
        .attr("aria-label", text.of(T::ConnectKey))
        .child(
            div("note")
                .child(el("p").text(text.of(T::KeyLocked)))
                .child(form)
                .child(told("alert", "note note--amber", move || trouble.get().map(|key| text.of(key).to_owned()))),
        )
} }
