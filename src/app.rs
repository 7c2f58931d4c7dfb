//! Puts the screen together: reads what the page says, takes over the form that stood there, mounts the app.

use crate::browser::{address, clock, prefs};
use crate::features::bar::{bar, notices};
use crate::features::compose::{self, Early, composer};
use crate::features::connect::{settings, welcome};
use crate::features::library::{toolbar, undo};
use crate::features::videos::{enter_task, no_memory, remove_running, send_again, videos};
use crate::i18n::{self, Text};
use crate::state::{Screen, Studio};
use crate::ui::{El, div, el};
use gloo_timers::callback::Interval;
use leptos::ev;
use leptos::prelude::*;
use std::cell::RefCell;
use vireo_client::{Config, read_config};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement};

/// Starts the app inside `root`, whose content it takes over.
pub fn start(root: HtmlElement, configs: &[&str]) {
    let (config, error) = match read_config(configs) {
        Ok((config, unknown)) => {
            for field in unknown {
                web_sys::console::warn_1(&["config.json: unknown field ", &field].concat().into());
            }
            (config, None)
        }
        Err(error) => (Config::default(), Some(error.to_string())),
    };
    let early = read_early(&root);
    root.set_text_content(None);
    let place = root.clone();
    mount_to(root, move || {
        let studio = Studio::start(config, error, i18n::choose(&wished_languages()), &early.prompt);
        keep_awake(studio);
        // A person who is typing already is not interrupted; the dialog comes when they press Generate.
        let typing = early.caret.is_some() || !early.prompt.is_empty();
        if !studio.ready.get_untracked() && !typing {
            studio.screen.set(Some(Screen::Welcome(false)));
        }
        page(studio, early).mount(&place);
    })
    .forget();
}

/// What was typed into the form before the app ran.
fn read_early(root: &HtmlElement) -> Early {
    let area = root.query_selector("textarea").ok().flatten();
    let Some(area) = area.and_then(|area| area.dyn_into::<HtmlTextAreaElement>().ok()) else {
        return Early::default();
    };
    let focused = document().active_element().is_some_and(|active| active == *area.as_ref());
    let caret = area.selection_start().ok().flatten().zip(area.selection_end().ok().flatten());
    Early {
        prompt: area.value(),
        caret: caret.filter(|_| focused),
        submitted: root.dataset().get("submitted").is_some(),
    }
}

fn wished_languages() -> Vec<String> {
    let mut wishes: Vec<String> = prefs::get(prefs::LANGUAGE).into_iter().collect();
    wishes.extend(address::query("lang"));
    wishes.extend(window().navigator().languages().iter().filter_map(|tag| tag.as_string()));
    wishes
}

/// The page, in the language chosen: made anew when that changes, from a state that stays.
fn page(studio: Studio, early: Early) -> El {
    let early = RefCell::new(Some(early));
    div("page").live(move || {
        let language = studio.language.get();
        let text = i18n::texts_of(language);
        if let Some(root) = document().document_element() {
            root.set_attribute("lang", language.tag).unwrap_or_default();
        }
        let early = early.take().unwrap_or_default();
        let stage = el("main")
            .class("stage")
            .child(untrack(|| composer(studio, text, early)))
            .child(untrack(|| videos(studio, text, [undo(studio, text), toolbar(studio, text)])));
        Some(
            div("studio")
                .child(bar(studio, text))
                .child(notices(studio, text))
                .child(stage)
                .child(div("unseen").attr("role", "status").live_text(move || studio.said.get()))
                .live(move || studio.screen.get().map(|screen| untrack(|| show(studio, text, screen)))),
        )
    })
}

fn show(studio: Studio, text: Text, screen: Screen) -> El {
    match screen {
        Screen::Welcome(by_submit) => welcome(studio, text, by_submit),
        Screen::Settings => settings(studio, text),
        Screen::EnterTask(id) => enter_task(studio, text, id),
        Screen::SendAgain(id) => send_again(studio, text, id),
        Screen::RemoveRunning(id) => remove_running(studio, text, id),
        Screen::NoMemory(intent, error) => no_memory(studio, text, intent, &error),
    }
}

/// Clocks that tick while something is going on, and the moments at which the wall clock is looked at again.
fn keep_awake(studio: Studio) {
    let ticker = StoredValue::new_local(Interval::new(1_000, move || {
        if studio.is_busy() {
            studio.now.set(clock::now_ms());
        }
    }));
    on_cleanup(move || ticker.dispose());
    for event in ["visibilitychange", "pageshow", "online", "focus"] {
        let handle = window_event_listener(ev::Custom::<web_sys::Event>::new(event), move |_| {
            if !document().hidden() {
                studio.tick();
            }
        });
        on_cleanup(move || handle.remove());
    }
    let paste = window_event_listener(ev::paste, move |event| {
        let transfer = event.unchecked_ref::<web_sys::ClipboardEvent>().clipboard_data();
        if compose::paste(studio, transfer) {
            event.prevent_default();
        }
    });
    on_cleanup(move || paste.remove());
}
