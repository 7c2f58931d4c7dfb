//! A modal dialog: the browser's own, so focus, Escape and what lies behind are its business.

use super::{Aloud, El, button, div, el, find};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
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
    let aloud = tells_nothing_of_dialogs().then(Aloud::default);
    let body = div("dialog__body")
        .child(el("h2").class("dialog__title").text(title))
        .children(content)
        .maybe(aloud.as_ref().map(Aloud::place));
    let dialog = el("dialog")
        .class("dialog")
        .attr("part", "dialog")
        .attr("aria-label", title)
        .child(body)
        .on("close", move |_| on_close());
    let (node, title): (HtmlDialogElement, _) = (dialog.node(), title.to_owned());
    StoredValue::new_local(Open(node.clone()));
    wasm_bindgen_futures::spawn_local(async move {
        if node.is_connected() && !node.open() {
            node.show_modal().unwrap_or_default();
        }
        if let Some(aloud) = aloud {
            TimeoutFuture::new(NOTICED_MS).await;
            let words = match focused_field() {
                Some(label) => [title.as_str(), ": ", label.as_str()].concat(),
                None => title,
            };
            aloud.say(&words).await;
        }
    });
    dialog
}

/// Until then a screen reader has noticed that a dialog is there.
const NOTICED_MS: u32 = 300;

/// Whether the screen reader may be Orca. Where Firefox opens a dialog on a field, that one takes the focus for the one
/// it knew and says nothing at all, whatever the dialog is named by (tried with 43.1): so both are said.
fn tells_nothing_of_dialogs() -> bool {
    window().navigator().platform().is_ok_and(|platform| platform.starts_with("Linux"))
}

/// The label of the text field that has the focus.
fn focused_field() -> Option<String> {
    let field = document().active_element()?;
    let is_text = field.matches("textarea, input:not([type=radio], [type=checkbox])").ok()?;
    if !is_text {
        return None;
    }
    let label = || find(&["label[for='", &field.id(), "']"].concat())?.text_content();
    field.get_attribute("aria-label").or_else(label)
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
