//! A new version of the page lies ready: said once, and taken when the person likes.

use crate::i18n::{T, Text};
use crate::ui::{El, button, div, el};
use leptos::ev;
use leptos::prelude::*;

/// Set on the root element by `www/installed.js`, which also raises the event of this name.
const MARK: &str = "data-newer";
const EVENT: &str = "vireo-newer";

/// The notice, empty until there is a new version.
pub fn newer(text: Text) -> El {
    let marked = || document().document_element().is_some_and(|root| root.has_attribute(MARK));
    let ready = RwSignal::new(marked());
    let listener = window_event_listener(ev::Custom::<web_sys::Event>::new(EVENT), move |_| ready.set(true));
    on_cleanup(move || listener.remove());
    div("notices").attr("aria-live", "polite").live(move || {
        // What is typed and what runs is kept: a reload loses nothing.
        let reload = || window().location().reload().unwrap_or_default();
        ready.get().then(|| {
            div("note note--row").child(el("span").text(text.of(T::NewerReady))).child(button(
                "button button--quiet",
                text.of(T::Reload),
                reload,
            ))
        })
    })
}
