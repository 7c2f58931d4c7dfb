//! Labelled fields and notes.

use super::{El, div, el, follow, paragraph, value_of};
use crate::browser::task::spawn_local;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, KeyboardEvent, Node};

/// A field under its label.
pub fn field(id: &str, label: &str, input: El) -> El {
    div("field").child(el("label").class("field__label").attr("for", id).text(label)).child(input.id(id))
}

/// Enter on a radio button or a box chooses it, as whoever reads by ear expects, and hands nothing in. True where it
/// was that.
pub fn choose_by_enter(event: &Event) -> bool {
    let is_enter = event.unchecked_ref::<KeyboardEvent>().key() == "Enter";
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) =
        input.filter(|input| is_enter && matches!(input.type_().as_str(), "radio" | "checkbox"))
    else {
        return false;
    };
    event.prevent_default();
    input.click();
    true
}

/// A native select under its label. Each option is a value, a text and whether it can be chosen now.
pub fn select(
    id: &str,
    label: &str,
    options: impl Fn() -> Vec<(String, String, bool)> + 'static,
    value: impl Fn() -> String + Copy + 'static,
    pick: impl Fn(String) + 'static,
) -> El {
    let items = options();
    let select = el("select").class("input").on("change", move |event| pick(value_of(&event)));
    let options = std::rc::Rc::new(options);
    let item = move |(index, (own, text, _)): (usize, (String, String, bool))| {
        let options = options.clone();
        let allowed = move || options().get(index).is_none_or(|option| option.2);
        el("option").attr("value", &own).text(&text).live_flag("disabled", move || !allowed())
    };
    // The value last: it means nothing before the options stand.
    let select =
        select.children(items.into_iter().enumerate().map(item)).live_prop("value", move || value().into());
    field(id, label, select)
}

/// Notes that follow signals, in a region that is read out.
pub fn live_notes(role: &str, class: &'static str, words: impl Fn() -> Vec<String> + 'static) -> El {
    fn erased(role: &str, class: &'static str, words: Box<dyn Fn() -> Vec<String>>) -> El {
        // Firefox tells a screen reader of an alert only where it is called live as well.
        let urgent = if role == "alert" { "assertive" } else { "polite" };
        let region = div("problems").attr("aria-live", urgent).live(move || {
            let words = words();
            (!words.is_empty())
                .then(|| div("problems").children(words.iter().map(|words| paragraph(class, words))))
        });
        // Whoever reads line by line would meet an empty status as one.
        if role == "status" { region } else { region.attr("role", role) }
    }
    erased(role, class, Box::new(words))
}

/// One sentence that follows signals, in a region that is read out; `class` is that of the sentence.
pub fn told(role: &str, class: &'static str, words: impl Fn() -> Option<String> + 'static) -> El {
    live_notes(role, class, move || words().into_iter().collect())
}

/// A place for what is said to whoever listens, and seen by nobody.
#[derive(Clone)]
pub struct Aloud(El);

impl Default for Aloud {
    fn default() -> Self {
        Aloud(div("unseen").attr("aria-live", "polite"))
    }
}

impl Aloud {
    /// The element.
    pub fn place(&self) -> El {
        self.0.clone()
    }

    /// Says it. It stands there for a moment: who reads on line by line would meet it again.
    pub async fn say(self, words: &str) {
        const TOLD_MS: u32 = 1000;
        let place: Node = self.0.node();
        place.set_text_content(Some(words));
        TimeoutFuture::new(TOLD_MS).await;
        if place.text_content().as_deref() == Some(words) {
            place.set_text_content(None);
        }
    }
}

/// A place where whatever the signal holds is said.
pub fn says(words: RwSignal<String>) -> El {
    let aloud = Aloud::default();
    let place = aloud.place();
    follow(move || {
        let (aloud, words) = (aloud.clone(), words.get());
        spawn_local(async move { aloud.say(&words).await });
    });
    place
}
