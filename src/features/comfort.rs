//! Settings of comfort: shortcuts, notifications, sound. They apply at once.

use crate::browser::attention::{self, Answer};
use crate::browser::prefs;
use crate::i18n::{T, Text};
use crate::state::{Screen, Studio};
use crate::ui::{El, button, div, el, ticked, told};
use leptos::prelude::*;

/// The switches.
pub fn comfort(studio: Studio, text: Text) -> El {
    let refusal = RwSignal::new(None::<T>);
    let keys = RwSignal::new(studio.prefs().get(prefs::NO_SHORTCUTS).is_none());
    let notify = RwSignal::new(attention::is_on(&studio.prefs(), prefs::NOTIFY));
    let sound = RwSignal::new(attention::is_on(&studio.prefs(), prefs::SOUND));
    let set_keys = move |on: bool| {
        keys.set(on);
        if on {
            studio.prefs().remove(prefs::NO_SHORTCUTS);
        } else {
            studio.prefs().set(prefs::NO_SHORTCUTS, "");
        }
    };
    let set_sound = move |on: bool| {
        sound.set(on);
        attention::set(&studio.prefs(), prefs::SOUND, on);
        if on {
            studio.spawn(attention::ring(true));
        }
    };
    let set_notify = move |on: bool| {
        notify.set(on);
        refusal.set(None);
        if !on {
            attention::set(&studio.prefs(), prefs::NOTIFY, false);
            return;
        }
        studio.spawn(async move {
            let answer = attention::ask().await;
            attention::set(&studio.prefs(), prefs::NOTIFY, answer == Answer::Granted);
            notify.try_set(answer == Answer::Granted);
            refusal.try_set(match answer {
                Answer::Granted => None,
                Answer::Refused => Some(T::NotifyRefused),
                Answer::Missing => Some(T::NotifyMissing),
            });
        });
    };
    let list = move || studio.screen.set(Some(Screen::Shortcuts));
    div("field")
        .child(switch(text.of(T::ComfortNotify), notify, set_notify))
        .child(told("alert", "note note--amber", move || Some(text.of(refusal.get()?).to_owned())))
        .child(switch(text.of(T::ComfortSound), sound, set_sound))
        .child(div("comfort__row").child(switch(text.of(T::ComfortShortcuts), keys, set_keys)).child(button(
            "button button--quiet",
            text.of(T::ShortcutsList),
            list,
        )))
}

fn switch(label: &str, on: RwSignal<bool>, set: impl Fn(bool) + 'static) -> El {
    let input = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || on.get().into())
        .on("change", move |event| set(ticked(&event)));
    el("label").class("check").child(input).child(el("span").text(label))
}
