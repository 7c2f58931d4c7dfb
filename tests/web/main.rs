//! The parts of the page that have logic of their own, in a real browser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod elements;
mod journal;
mod net;
mod page;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
