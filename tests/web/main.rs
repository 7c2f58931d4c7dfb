//! The parts of the page that have logic of their own, in a real browser.

mod elements;
mod journal;
mod net;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
