//! Vireo's web app: a prompt becomes a video.
//!
//! In reading order: [`app`] puts the screen together, [`state`] holds what the screen shows and drives the engine of
//! `vireo-client`, `features` are what a person does, `ui` knows no feature, [`browser`] is the only place that knows
//! the platform.
#![warn(missing_docs)]
#![allow(missing_debug_implementations, reason = "the component macro makes props structs without it")]

pub mod app;
pub mod browser;
pub mod embed;
pub mod features;
pub mod i18n;
pub mod lazy;
pub mod state;
pub mod ui;

use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(task: &js_sys::Function);
}

thread_local! {
    static ON_PANIC: RefCell<Option<js_sys::Function>> = const { RefCell::new(None) };
}

/// Calls `tell` when the program has panicked. What still stands on the page is broken then: its records are not.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(tell: js_sys::Function) {
    ON_PANIC.replace(Some(tell));
    let show = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        show(info);
        if let Some(tell) = ON_PANIC.take() {
            // After this turn: the program is in the middle of its fall.
            queue_microtask(&tell);
        }
    }));
}

/// Starts the app inside `root`, whose content it takes over. `config` is the text of `config.json` and `inline` that of
/// the page's own configuration, which wins; each is empty for none.
#[wasm_bindgen]
pub fn start(root: web_sys::HtmlElement, config: &str, inline: &str) {
    app::start(root, &[config, inline]);
}
