//! Vireo's web app: a prompt becomes a video.
//!
//! In reading order: [`app`] puts the screen together, [`state`] holds what the screen shows and drives the engine of
//! `vireo-client`, `features` are what a person does, `ui` knows no feature, [`browser`] is the only place that knows
//! the platform.
#![warn(missing_docs)]
#![allow(missing_debug_implementations, reason = "the component macro makes props structs without it")]

pub mod app;
pub mod browser;
pub mod features;
pub mod i18n;
pub mod state;
pub mod ui;
pub mod words;

use wasm_bindgen::prelude::*;

/// Starts the app inside `root`, whose content it takes over. `config` is the text of `config.json` and `inline` that of
/// the page's own configuration, which wins; each is empty for none.
#[wasm_bindgen]
pub fn start(root: web_sys::HtmlElement, config: &str, inline: &str) {
    app::start(root, &[config, inline]);
}
