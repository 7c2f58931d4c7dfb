//! The form as a program for somewhere else, and as a link. The key is never part of either.

use crate::browser::{address, save};
use crate::features::problems;
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::ui::{Choice, El, button, choices, dialog, div, el, live_notes, opener, paragraph, told};
use leptos::prelude::*;
use veo_api::Host;
use vireo_core::check::check;
use vireo_core::snippet;

/// The button that opens it.
pub fn snippets(studio: Studio, text: Text) -> El {
    let open = RwSignal::new(false);
    opener(text.of(T::Snippet), open, move || later(text, snippet_view(studio, text, open)))
}

lazy! { tools => fn snippet_view(studio: Studio, text: Text, open: RwSignal<bool>) -> El {
    let language = RwSignal::new("curl");
    let remark = RwSignal::new(None::<String>);
    let (generate, _) = untrack(|| studio.draft.read());
    let problems = check(&generate, &studio.net().media_origins());
    let problems: Vec<String> = problems.iter().map(|problem| problems::problem(text, problem)).collect();
    // A host's page does not read our form from its address.
    let link = studio.host().is_none().then(|| snippet::link(&generate, &address::page()));
    let base = studio.net().url(Host::Api, "");
    let code = Memo::new(move |_| match language.get() {
        "curl" => snippet::curl(&generate, &base),
        "javascript" => snippet::javascript(&generate, &base),
        _ => snippet::python(&generate, &base),
    });
    let copy = move |words: String| {
        studio.spawn(async move {
            let said = if save::copy(&words).await { T::Copied } else { T::CopyRefused };
            remark.try_set(Some(text.of(said).to_owned()));
        });
    };
    let languages = choices(
        "snippet",
        text.of(T::SnippetLanguage),
        vec![
            Choice::new("curl", "curl"),
            Choice::new("javascript", "JavaScript"),
            Choice::new("python", "Python"),
        ],
        language.into(),
        |_| true,
        "",
        move |value| language.set(value),
    );
    let close = move || open.set(false);
    let block = el("pre")
        .class("snippet")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", text.of(T::SnippetCode))
        .attr("dir", "ltr")
        .child(el("code").live_text(move || code.get()));
    let actions = div("dialog__actions")
        .maybe(link.map(|link| button("button", text.of(T::CopyLink), move || copy(link.clone()))))
        .child(button("button", text.of(T::CopyCode), move || copy(code.get_untracked())))
        .child(button("button button--main", text.of(T::Close), close));
    dialog(
        text.of(T::Snippet),
        close,
        [
            languages,
            live_notes("note", "note note--amber", move || problems.clone()),
            block,
            paragraph("field__note", text.of(T::SnippetNote)),
            told("status", "note", move || remark.get()),
            actions,
        ],
    )
    .class("dialog dialog--wide")
} }
