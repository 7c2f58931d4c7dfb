//! Puts the screen together: reads what the page says, takes over the form that stood there, mounts the app.

use crate::browser::clock;
use crate::browser::prefs::{self, Prefs};
use crate::browser::task::spawn_local;
use crate::features::activity::activity;
use crate::features::bar::{bar, notices};
use crate::features::batch::batches;
use crate::features::comfort::comfort;
use crate::features::compare::compare;
use crate::features::compose::{self, Early, composer};
use crate::features::connect::{locked, settings, welcome};
use crate::features::credits::{credits, spend};
use crate::features::help::help;
use crate::features::library::{toolbar, undo};
use crate::features::newer::newer;
use crate::features::shortcuts;
use crate::features::snippet::snippets;
use crate::features::storyboard::storyboard;
use crate::features::videos::{enter_task, extend, no_memory, remove_running, send_again, videos};
use crate::i18n::{self, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::{Place, Screen, Studio};
use crate::ui::{El, div, el};
use gloo_timers::callback::Interval;
use leptos::ev;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use vireo_client::{Config, read_config};
use vireo_core::intent::IntentId;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};

/// A studio that is on the screen.
pub struct Mounted {
    /// The studio.
    pub studio: Studio,
    owner: Owner,
    view: Box<dyn FnOnce()>,
}

impl Mounted {
    /// Takes it off the screen. A paid request under way is left to arrive; everything else stops.
    pub fn unmount(self) {
        self.studio.close();
        (self.view)();
        // Dropping alone may leave what it runs going on.
        self.owner.cleanup();
    }

    /// Leaves it there until the page is closed.
    fn forget(self) {
        std::mem::forget(self);
    }
}

/// Starts the app inside `root`, whose content it takes over: a page of our own.
pub fn start(root: HtmlElement, configs: &[&str]) {
    let (config, error) = match read_config(configs) {
        Ok((config, unknown)) => {
            warn_of_unknown(unknown);
            (config, None)
        }
        Err(error) => (Config::default(), Some(error.to_string())),
    };
    let place = Place::page();
    let language = i18n::choose(&wished_languages(&place.prefs, &place.languages));
    let begin = move || begin(&root, place, config, error);
    if language.is_here() {
        return begin();
    }
    // The form of the page stands there meanwhile. Where the texts are not to be had it is English.
    spawn_local(async move {
        _ = language.load().await;
        begin();
    });
}

fn begin(root: &HtmlElement, place: Place, config: Config, error: Option<String>) {
    let early = read_early(root);
    // A person who is typing already is not interrupted; the dialog comes when they press Generate.
    let busy = early.caret.is_some() || !early.prompt.is_empty() || early.submitted;
    let mounted = mount(root, place, config, error, early);
    mounted.studio.greet(busy);
    mounted.forget();
}

/// Names fields of a configuration that mean nothing.
pub fn warn_of_unknown(fields: Vec<String>) {
    for field in fields {
        web_sys::console::warn_1(&["config.json: unknown field ", &field].concat().into());
    }
}

/// Mounts a studio inside `root`, whose content it takes over.
pub fn mount(
    root: &HtmlElement,
    place: Place,
    config: Config,
    error: Option<String>,
    early: Early,
) -> Mounted {
    let made = Rc::new(Cell::new(None));
    let (spot, making) = (root.clone(), Rc::clone(&made));
    let owner = Owner::new();
    let view = owner.with(|| {
        mount_to(root.clone(), move || {
            let language = i18n::choose(&wished_languages(&place.prefs, &place.languages));
            let studio = Studio::start(config, error, place, language, &early.prompt);
            studio.show_language(language);
            keep_awake(studio);
            making.set(Some(studio));
            page(studio, early, spot.first_element_child()).mount(&spot);
        })
    });
    let studio = made.take().expect("mounting runs the closure before it returns");
    Mounted { studio, owner, view: Box::new(move || drop(view)) }
}

/// Brings the video of an intent into view inside `root`. False if it is not there.
pub fn bring_into_view(root: &HtmlElement, id: &IntentId) -> bool {
    let article = ["article[data-intent-id='", id.as_str(), "']"].concat();
    let Some(article) = root.query_selector(&article).ok().flatten() else {
        return false;
    };
    // A player shows one video: the one that was opened last.
    if let Ok(Some(old)) = root.query_selector("li[data-opened]") {
        old.remove_attribute("data-opened").unwrap_or_default();
    }
    if let Some(row) = article.parent_element() {
        row.set_attribute("data-opened", "").unwrap_or_default();
    }
    article.scroll_into_view();
    true
}

/// The same on a page of our own, with the focus on it.
fn show_video(id: &IntentId) -> bool {
    let Some(root) = document().get_element_by_id("vireo").and_then(|root| root.dyn_into().ok()) else {
        return false;
    };
    let found = bring_into_view(&root, id);
    if found && let Ok(Some(card)) = root.query_selector("li[data-opened] article") {
        card.set_attribute("tabindex", "-1").unwrap_or_default();
        card.unchecked_into::<HtmlElement>().focus().unwrap_or_default();
    }
    found
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

/// What was done in that form since it was read.
fn read_on(studio: Studio, early: &mut Early, root: &HtmlElement) {
    let now = read_early(root);
    if now.prompt != early.prompt {
        studio.draft.prompt.set(now.prompt.clone());
    }
    // A press that was answered already stays written down there.
    let was_asked = studio.screen.get_untracked().is_some();
    *early = Early {
        submitted: early.submitted || (now.submitted && !was_asked),
        caret: now.caret.or(early.caret),
        ..now
    };
}

/// The languages a person may want, best first: the one they chose, those that were `asked` for, the browser's.
pub fn wished_languages(kept: &Prefs, asked: &[String]) -> Vec<String> {
    let mut wishes: Vec<String> = kept.get(prefs::LANGUAGE).into_iter().collect();
    wishes.extend(asked.iter().cloned());
    wishes.extend(window().navigator().languages().iter().filter_map(|tag| tag.as_string()));
    wishes
}

/// The page, in the language chosen: made anew when that changes, from a state that stays. It takes the place of `old`.
fn page(studio: Studio, mut early: Early, mut old: Option<Element>) -> El {
    let guest = studio.host().is_some();
    let page = div("page").live_attr("lang", move || Some(studio.language.get().tag.to_owned()));
    // Elsewhere on a host's page a paste is none of our business.
    let page = page.on("pointerdown", move |_| studio.get_ready()).on("keydown", move |_| studio.get_ready());
    let page = if guest { page.on("paste", move |event| take_paste(studio, &event)) } else { page };
    // Who has pressed Generate is asked how to connect before the page behind the question is made. Otherwise it is made
    // in a turn of its own, so that what a person does meanwhile is heard in between; the form stands there so long.
    let asks = early.submitted && !guest && !studio.ready.get_untracked();
    let whole = RwSignal::new(guest);
    let go_on = move || _ = whole.try_set(true);
    if asks {
        early.submitted = false;
        studio.ask_to_connect(true);
        after_paint(go_on);
    } else if !guest {
        set_timeout(go_on, Duration::ZERO);
    }
    let mut early = Some(early);
    let stands = move || {
        if !whole.get() {
            return None;
        }
        let mut early = early.take().unwrap_or_default();
        let old = old.take();
        if let Some(root) = old.as_ref().and_then(|old| old.parent_element()) {
            untrack(|| read_on(studio, &mut early, root.unchecked_ref()));
        }
        let stands = studio_view(studio, early);
        if let Some(old) = old {
            old.remove();
        }
        Some(stands)
    };
    page.live(stands).live(move || {
        let text = i18n::texts_of(studio.language.get());
        studio.screen.get().map(|screen| untrack(|| show(studio, text, screen)))
    })
}

/// Runs something once what stands there now was seen.
fn after_paint(run: impl FnOnce() + 'static) {
    request_animation_frame(move || set_timeout(run, Duration::ZERO));
}

/// Everything but what lies over it.
fn studio_view(studio: Studio, early: Early) -> El {
    let language = studio.language.get();
    let text = i18n::texts_of(language);
    let guest = studio.host().is_some();
    if !guest && let Some(root) = document().document_element() {
        root.set_attribute("lang", language.tag).unwrap_or_default();
    }
    let stage = el("main")
        .class("stage")
        .child(untrack(|| composer(studio, text, early).child(tools(studio, text))))
        .child(untrack(|| videos(studio, text, [undo(studio, text, show_video), toolbar(studio, text)])));
    div("studio")
        .child(bar(studio, text, || untrack(|| activity(studio, text, show_video))))
        .maybe((!guest).then(|| locked(studio, text)))
        .child(notices(studio, text))
        .maybe((!guest).then(|| newer(text)))
        .child(stage)
        .child(div("unseen").attr("role", "status").live_text(move || studio.said.get()))
}

/// What can be done with the form besides sending it.
fn tools(studio: Studio, text: Text) -> El {
    div("tools")
        .child(help(studio, text))
        .child(storyboard(studio, text))
        .child(batches(studio, text))
        .child(compare(studio, text))
        .child(snippets(studio, text))
}

/// What lies over the page. The first run is part of the first load.
fn show(studio: Studio, text: Text, screen: Screen) -> El {
    match screen {
        Screen::Welcome(by_submit) => welcome(studio, text, by_submit),
        other => later(text, over_page(studio, text, other)),
    }
}

lazy! { tools => fn over_page(studio: Studio, text: Text, screen: Screen) -> El {
    match screen {
        Screen::Welcome(by_submit) => welcome(studio, text, by_submit),
        Screen::Settings => settings(studio, text, comfort(studio, text)),
        Screen::Shortcuts => shortcuts::list(studio, text),
        Screen::Credits => credits(studio, text),
        Screen::Spend(worry) => spend(studio, text, worry),
        Screen::EnterTask(id) => enter_task(studio, text, id),
        Screen::Extend(id) => extend(studio, text, id),
        Screen::SendAgain(id) => send_again(studio, text, id),
        Screen::RemoveRunning(id) => remove_running(studio, text, id),
        Screen::NoMemory(intent, error) => no_memory(studio, text, intent, &error),
    }
} }

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
                studio.seen();
                studio.wake();
            }
        });
        on_cleanup(move || handle.remove());
    }
    if studio.host().is_none() {
        shortcuts::listen(studio);
        let paste = window_event_listener(ev::paste, move |event| take_paste(studio, &event));
        on_cleanup(move || paste.remove());
    }
}

fn take_paste(studio: Studio, event: &web_sys::Event) {
    let transfer = event.unchecked_ref::<web_sys::ClipboardEvent>().clipboard_data();
    if compose::paste(studio, transfer) {
        event.prevent_default();
    }
}
