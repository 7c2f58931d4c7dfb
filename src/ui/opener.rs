//! A button that opens a dialog of its own.

use super::{El, button, div};
use leptos::prelude::*;

/// A button named `label`; while `open` is true, what `make` builds lies over the page.
pub fn opener(label: &str, open: RwSignal<bool>, make: impl Fn() -> El + 'static) -> El {
    let press = button("button button--quiet", label, move || open.set(true)).attr("aria-haspopup", "dialog");
    div("opener").child(press).live(move || open.get().then(|| untrack(&make)))
}
