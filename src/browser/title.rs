//! The tab's title and the app's badge: how many verdicts came while nobody looked.

use crate::browser::task::spawn_local;
use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast;

const NAME: &str = "Vireo";

/// Whether somebody can see this page.
pub fn is_seen() -> bool {
    web_sys::window().and_then(|window| window.document()).is_none_or(|document| !document.hidden())
}

/// Shows a count, or with 0 none.
pub fn show(count: u32) {
    let Some(window) = web_sys::window() else { return };
    if let Some(document) = window.document() {
        let number = count.to_string();
        document.set_title(&if count == 0 { NAME.to_owned() } else { ["(", &number, ") ", NAME].concat() });
    }
    let navigator = window.navigator();
    // Installed apps have a badge; elsewhere the call is missing or refused, and the title does.
    let set =
        Reflect::get(&navigator, &"setAppBadge".into()).ok().and_then(|set| set.dyn_into::<Function>().ok());
    if let Some(promise) = set.and_then(|set| set.call1(&navigator, &count.into()).ok()) {
        spawn_local(async move {
            wasm_bindgen_futures::JsFuture::from(js_sys::Promise::resolve(&promise)).await.ok();
        });
    }
}
