//! What a card says when it is not simply fine: what happened, whether money was spent, what to do next; the
//! provider's own words under details, which stand open: they are a part of what happened.

use super::card::Context;
use crate::i18n::{T, Text};
use crate::state::verdict::{Verdict, quote};
use crate::ui::{El, div, el, paragraph, told};
use leptos::prelude::*;
use vireo_core::intent::Intent;

pub fn words(context: &Context) -> El {
    let text = context.text;
    let intent = context.card.intent.clone();
    let remark = context.remark;
    let says = Memo::new(move |_| intent.with(|intent| Verdict::of(text, intent)));
    div("card__words").live(move || says.get().map(|says| view(says, text))).child(told(
        "status",
        "note",
        move || remark.get(),
    ))
}

/// The same in one line, where there is room for no more.
pub fn line(text: Text, intent: &Intent) -> El {
    let said = el("span");
    match Verdict::of(text, intent) {
        Some(Verdict { what, money, next, quote, .. }) => {
            said.text(what).text(" ").maybe(quote.map(code)).text(&[" ", money, " ", next].concat())
        }
        None => said,
    }
}

/// The provider's own words about an upgrade whose answer was lost.
pub fn quoted(intent: &Intent) -> Option<El> {
    intent.trouble.as_ref().and_then(quote).map(code)
}

fn code(words: String) -> El {
    el("code").text(&words)
}

fn view(verdict: Verdict, text: Text) -> El {
    let details = verdict.quote.map(|quote| {
        el("details").attr("open", "").child(el("summary").text(text.of(T::Details))).child(code(quote))
    });
    let sentences = [("", verdict.what), ("card__money", verdict.money), ("", verdict.next)];
    let sentences = sentences.into_iter().filter(|(_, words)| !words.is_empty());
    div("card__says")
        .children(sentences.map(|(class, words)| paragraph(class, words)))
        .maybe(details)
        .children(verdict.links.iter().map(|link| el("code").text(link)))
}
