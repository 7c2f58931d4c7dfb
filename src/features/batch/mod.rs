//! Many prompts at once, from pasted lines or CSV: looked at while they are pasted, paid for by one click.

use crate::browser::clock;
use crate::features::{facts, problems};
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::ui::{El, button, dialog, el, ends, field, live_notes, opener, paragraph, told, value_of};
use leptos::prelude::*;
use vireo_core::batch::{self, Batch, Fault};
use vireo_core::intent::{IntentId, Order};

/// Faults shown at once; a wrong separator makes one of every line.
const SHOWN_FAULTS: usize = 12;

/// The button that opens it. What was pasted stays until it is sent.
pub fn batches(studio: Studio, text: Text) -> El {
    let open = RwSignal::new(false);
    let pasted = RwSignal::new(String::new());
    opener(text.of(T::Batch), open, move || later(text, batch_view(studio, text, open, pasted)))
}

lazy! { tools => fn batch_view(studio: Studio, text: Text, open: RwSignal<bool>, pasted: RwSignal<String>) -> El {
    let (base, _) = untrack(|| studio.draft.read());
    let note = text.with(T::BatchNote, &[("choices", &facts::facts(text, &base))]);
    let origins = studio.net().media_origins();
    // Read anew for each of the few places that show a part of it: cheaper than the code of a memo of its own.
    let given = StoredValue::new((base, origins));
    let found =
        move || pasted.with(|pasted| given.with_value(|(base, origins)| batch::read(pasted, base, origins)));
    let price = move || {
        studio.prices.with(|prices| found().price(|wish| prices.video(&wish.model, &wish.resolution)))
    };
    let close = move || open.set(false);
    let generate = move || {
        close();
        if !studio.ready.get_untracked() {
            studio.ask_to_connect(true);
            return;
        }
        let batch = untrack(found);
        studio.agree(untrack(price), move || {
            hand_in(studio, batch);
            pasted.set(String::new());
        });
    };
    let label = move || {
        let count = found().rows.len().to_string();
        match price() {
            Some(credits) => {
                let credits = clock::number(credits, text.tag());
                text.with(T::BatchGenerateFor, &[("count", &count), ("credits", &credits)])
            }
            None => text.with(T::BatchGenerate, &[("count", &count)]),
        }
    };
    let poor = move || {
        let short = studio.balance.get()? < price()?;
        short.then(|| text.of(T::BatchTooFewCredits).to_owned())
    };
    let area = el("textarea")
        .class("prompt")
        .attr("rows", "8")
        .attr("autocomplete", "off")
        .attr("dir", "auto")
        .live_prop("value", move || pasted.get().into())
        .on("input", move |event| pasted.set(value_of(&event)));
    let confirm =
        button("", "", generate).live_text(label).live_flag("disabled", move || found().rows.is_empty());
    dialog(
        text.of(T::Batch),
        close,
        [
            paragraph("", &note),
            field("batch", text.of(T::BatchPrompts), area),
            live_notes("status", "note note--amber", move || report(text, &found())),
            told("status", "note note--amber", poor),
            ends(text.of(T::Cancel), close, confirm),
        ],
    )
    .class("dialog dialog--wide")
} }

fn hand_in(studio: Studio, batch: Batch) {
    let now = clock::now_ms();
    for (place, row) in (0u64..).zip(batch.rows) {
        // Ids sort by their moment: one millisecond apart, they go out in the order in which they stand.
        let fresh = || IntentId::new(now + place, clock::random_bytes());
        let order = Order::Generate(row.generate);
        studio.submit(studio.pressed(&format!("row {place}"), &order, fresh), order, None);
    }
}

/// What cannot be used, by line.
fn report(text: Text, batch: &Batch) -> Vec<String> {
    let mut lines: Vec<String> = batch
        .faults
        .iter()
        .take(SHOWN_FAULTS)
        .map(|(line, fault)| {
            text.with(T::BatchLine, &[("line", &line.to_string()), ("why", &why(text, fault))])
        })
        .collect();
    if let Some(more) = batch.faults.len().checked_sub(SHOWN_FAULTS).filter(|more| *more > 0) {
        lines.push(text.with(T::BatchMore, &[("count", &more.to_string())]));
    }
    lines
}

fn why(text: Text, fault: &Fault) -> String {
    match fault {
        Fault::QuoteOpen => text.of(T::BatchQuoteOpen).to_owned(),
        Fault::QuoteFollowed => text.of(T::BatchQuoteFollowed).to_owned(),
        Fault::TooManyFields => text.of(T::BatchTooManyFields).to_owned(),
        Fault::UnknownColumn(name) => text.with(T::BatchUnknownColumn, &[("name", name)]),
        Fault::Unreadable { column, value } => {
            text.with(T::BatchUnreadable, &[("column", column), ("value", value)])
        }
        Fault::Wrong(problems) => {
            problems.iter().map(|problem| problems::problem(text, problem)).collect::<Vec<_>>().join(" ")
        }
        Fault::TooMany => text.with(T::BatchTooMany, &[("max", &batch::MAX_ROWS.to_string())]),
    }
}
