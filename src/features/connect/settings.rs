//! Settings: connection, language, theme.

use super::fields::Form;
use crate::browser::clock;
use crate::browser::prefs::{self, Prefs};
use crate::i18n::{LANGUAGES, T, Text};
use crate::state::{Job, Screen, Studio};
use crate::ui::{Choice, El, button, choices, choose_by_enter, dialog, div, el, ends, focus, hand_in};
use leptos::prelude::*;

/// The settings dialog; `more` follows what is chosen here.
pub fn settings(studio: Studio, text: Text, more: El) -> El {
    let form = Form::new(studio, text);
    let close = move || {
        studio.screen.set(None);
        // After a change of language the button that opened this is gone, and the focus would be nowhere.
        request_animation_frame(|| {
            if document().active_element().is_none_or(|at| at.tag_name() == "BODY") {
                focus(".bar > .button");
            }
        });
    };
    let fields = form.fields();
    let save = move |event: web_sys::Event| {
        event.prevent_default();
        form.save(false, close);
    };
    let content = el("form")
        .class("ways")
        .on("submit", save)
        .on("keydown", |event| _ = choose_by_enter(&event))
        .children(fields)
        .child(remembered(studio, text))
        .child(languages(studio, text))
        .child(themes(studio, text))
        .child(button("button", text.of(T::CreditsOpen), move || studio.screen.set(Some(Screen::Credits))))
        .child(more)
        .child(ends(text.of(T::Cancel), close, hand_in(text.of(T::Save))));
    dialog(text.of(T::Settings), close, [content])
}

/// The key that is kept on this device, and the way to be rid of it.
fn remembered(studio: Studio, text: Text) -> El {
    div("later").live(move || {
        let until = clock::date_and_time(studio.remembered.get()?, text.tag());
        let words = text.with(T::KeyKeptUntil, &[("when", &until)]);
        let forget = button("button", text.of(T::Forget), move || studio.ask(Job::ForgetKey));
        Some(div("note note--row").child(el("span").text(&words)).child(forget))
    })
}

fn languages(studio: Studio, text: Text) -> El {
    let options = LANGUAGES.iter().map(|language| Choice::new(language.tag, language.name)).collect();
    let pick = move |tag| {
        if let Some(language) = LANGUAGES.iter().find(|language| language.tag == tag) {
            studio.prefs().set(prefs::LANGUAGE, tag);
            studio.show_language(language);
            // The page is made anew in it, once its texts are here: the focus goes on where it was.
            studio.spawn(async move {
                if language.is_here() || language.load().await.is_ok() {
                    request_animation_frame(|| _ = focus("input[name=language]:checked"));
                }
            });
        }
    };
    let now = Signal::derive(move || studio.language.get().tag);
    choices("language", text.of(T::Language), options, now, |_| true, "", pick)
}

fn themes(studio: Studio, text: Text) -> El {
    let theme = RwSignal::new(match studio.prefs().get(prefs::THEME).as_deref() {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "auto",
    });
    let options = vec![
        Choice::new("auto", text.of(T::ThemeAuto)),
        Choice::new("light", text.of(T::ThemeLight)),
        Choice::new("dark", text.of(T::ThemeDark)),
    ];
    let pick = move |value| {
        theme.set(value);
        show_theme(&studio.prefs(), value);
    };
    choices("theme", text.of(T::Theme), options, theme.into(), |_| true, "", pick)
}

fn show_theme(prefs: &Prefs, theme: &str) {
    let Some(root) = document().document_element() else {
        return;
    };
    let shown = if theme == "auto" {
        prefs.remove(prefs::THEME);
        root.remove_attribute("data-theme")
    } else {
        prefs.set(prefs::THEME, theme);
        root.set_attribute("data-theme", theme)
    };
    shown.unwrap_or_default();
}
