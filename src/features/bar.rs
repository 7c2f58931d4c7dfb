//! The header: name, balance, settings; and below it what concerns everything.

use crate::browser::clock;
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::{Job, Screen, Studio};
use crate::ui::{El, button, div, el, paragraph};
use leptos::prelude::*;
use vireo_client::{Connection, Notice};

/// The header; `activity` stands before the settings on a page of our own.
pub fn bar(studio: Studio, text: Text, activity: impl FnOnce() -> El) -> El {
    let balance = move || {
        let balance = studio.balance.get().map(|credits| clock::number(credits, text.tag()));
        balance.map(|credits| text.with(T::Balance, &[("credits", &credits)])).unwrap_or_default()
    };
    let header = el("header").class("bar").attr("part", "toolbar");
    let balance = el("span").class("bar__balance").live_text(balance);
    // An element's page has headings of its own, and decides what the settings would.
    if studio.host().is_some() {
        let name = el("span").class("bar__name").text("Vireo");
        return header.child(el("slot").attr("name", "header").child(name)).child(balance);
    }
    let settings = move || studio.screen.set(Some(Screen::Settings));
    header.child(el("h1").class("bar__name").text("Vireo")).child(balance).child(activity()).child(button(
        "button",
        text.of(T::Settings),
        settings,
    ))
}

/// What concerns all videos at once, with the one thing to do about it.
pub fn notices(studio: Studio, text: Text) -> El {
    let own = move || {
        let mut rows: Vec<El> = Vec::new();
        if let Some(error) = studio.config_error.get_value() {
            rows.push(paragraph("note note--danger", &text.with(T::ConfigBroken, &[("error", &error)])));
        }
        if studio.missing.get() {
            rows.push(row(text.of(T::PartMissing), text.of(T::TryAgain), move || studio.ask(Job::Begin)));
        }
        (!rows.is_empty()).then(|| div("notices").children(rows))
    };
    let some = Memo::new(move |_| {
        studio.notice.with(|notice| *notice != Notice::default()) || studio.unexplained.get().is_some()
    });
    el("div")
        .attr("role", "region")
        .attr("aria-label", text.of(T::Notices))
        .live(own)
        .live(move || some.get().then(|| later(text, engine_notices(studio, text))))
}

lazy! { /// What the engine has to say.
work => fn engine_notices(studio: Studio, text: Text) -> El {
    let rows = move || {
        let notice = studio.notice.get();
        let mut rows: Vec<El> = Vec::new();
        // A key that is here already has a field of its own.
        if (notice.key_needed || notice.key_refused) && !studio.is_locked() {
            rows.push(if studio.host().is_some() {
                row(text.of(T::HostTokenNeeded), text.of(T::TryAgain), move || studio.ask(Job::Resume))
            } else {
                let settings = move || studio.screen.set(Some(Screen::Settings));
                let relay = studio.net().connection() == Connection::Relay;
                let words = match notice.key_refused {
                    true if relay => T::TokenRefused,
                    true => T::KeyRefused,
                    false if relay => T::TokenNeeded,
                    false => T::KeyNeeded,
                };
                row(text.of(words), text.of(if relay { T::Settings } else { T::EnterKey }), settings)
            });
        }
        if notice.queue_paused {
            let why = if notice.out_of_credits { T::QueueNoCredits } else { T::QueuePaused };
            rows.push(row(text.of(why), text.of(T::Continue), move || studio.ask(Job::ContinueQueue)));
        }
        if notice.relay_silent {
            rows.push(paragraph("note note--amber", text.of(T::RelaySilent)));
        }
        if let Some(error) = notice.storage {
            rows.push(paragraph(
                "note note--amber",
                &text.with(T::StorageTrouble, &[("error", &error.to_string())]),
            ));
        }
        if notice.set_aside > 0 {
            let count = notice.set_aside.to_string();
            rows.push(paragraph("note note--amber", &text.with(T::SetAside, &[("count", &count)])));
        }
        if let Some(credits) = studio.unexplained.get() {
            let credits = clock::number(credits, text.tag());
            let words = text.with(T::FellUnexplained, &[("credits", &credits)]);
            let seen = button("button button--quiet", text.of(T::Dismiss), move || studio.forget_spending());
            rows.push(div("note note--row").child(el("span").text(&words)).child(seen));
        }
        Some(div("notices").children(rows))
    };
    div("later").live(rows)
} }

fn row(words: &str, action: &str, act: impl Fn() + 'static) -> El {
    div("note note--amber note--row").child(el("span").text(words)).child(button(
        "button button--quiet",
        action,
        act,
    ))
}
