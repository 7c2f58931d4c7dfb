//! A modal dialog: the browser's own, so focus, Escape and what lies behind are its business.

use super::{El, button, div, el};
use leptos::prelude::StoredValue;
use web_sys::HtmlDialogElement;

/// Closes with its owner, whichever way that ends: closing gives the focus back to where it was.
struct Open(HtmlDialogElement);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A modal dialog named `title`, shown as soon as it is in the page. `on_close` hears Escape.
pub fn dialog(title: &str, on_close: impl Fn() + 'static, content: impl IntoIterator<Item = El>) -> El {
    let body = div("dialog__body").child(el("h2").class("dialog__title").text(title)).children(content);
    let dialog = el("dialog")
        .class("dialog")
        .attr("part", "dialog")
        .attr("aria-label", title)
        .child(body)
        .on("close", move |_| on_close());
    let node: HtmlDialogElement = dialog.node();
    StoredValue::new_local(Open(node.clone()));
    wasm_bindgen_futures::spawn_local(async move {
        if node.is_connected() && !node.open() {
            node.show_modal().unwrap_or_default();
        }
    });
    dialog
}

/// A dialog that asks something. Its words describe the first button too: what Firefox tells of a dialog that opens is
/// where the focus came, and nothing that stands beside.
pub fn question(title: &str, close: impl Fn() + Copy + 'static, words: Vec<El>, away: &str, done: El) -> El {
    const WORDS: &str = "dialog-words";
    let words = div("dialog__words").id(WORDS).children(words);
    let away = button("button", away, close).attr("aria-describedby", WORDS);
    dialog(title, close, [words, last_row(away, done)]).attr("aria-describedby", WORDS)
}

/// The last row of a dialog: the way out, and the button that is `done` with it.
pub fn ends(away: &str, close: impl Fn() + 'static, done: El) -> El {
    last_row(button("button", away, close), done)
}

fn last_row(away: El, done: El) -> El {
    div("dialog__actions").child(away).child(done.class("button button--main"))
}

/// The button that hands a form in.
pub fn hand_in(label: &str) -> El {
    el("button").attr("type", "submit").text(label)
}
