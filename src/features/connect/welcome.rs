//! The first run: what this page needs before it can make a video, behind it the page itself.

use super::fields::Form;
use crate::browser::net::Secret;
use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::ui::{El, button, choose_by_enter, dialog, div, el, ends, find, focus, hand_in, paragraph};
use leptos::prelude::*;
use std::time::Duration;
use vireo_client::Connection;

/// The simulator takes any key; this one says what it is.
const DEMO_KEY: &str = "demo";

/// What the dialog says first; whoever listens is told it with the first button.
const WORDS: &str = "welcome-words";

/// The first-run dialog. `by_submit` when pressing Generate opened it.
pub fn welcome(studio: Studio, text: Text, by_submit: bool) -> El {
    let form = Form::new(studio, text);
    let close = move || studio.screen.set(None);
    // Whoever goes by keyboard goes on at the form; not in a field that nobody was in, where keys would be typed.
    let done = move || {
        close();
        let go_on = || {
            if find(":focus").is_none() {
                focus(".composer");
            }
        };
        set_timeout(go_on, Duration::ZERO);
    };
    let demo = move || {
        let try_it = move || {
            studio.connect(Connection::Direct, Secret::new(DEMO_KEY));
            done();
        };
        studio.demo.get().then(|| {
            div("way")
                .child(
                    button("button button--main", text.of(T::TryDemo), try_it)
                        .attr("aria-describedby", WORDS),
                )
                .child(paragraph("field__note", text.of(T::TryDemoNote)))
        })
    };
    let fields = form.fields();
    let save = move |event: web_sys::Event| {
        event.prevent_default();
        form.save(true, done);
    };
    let words = text.of(if by_submit { T::WelcomeFirst } else { T::WelcomeText });
    let own = el("form")
        .class("way")
        .on("submit", save)
        .on("keydown", |event| _ = choose_by_enter(&event))
        .children(fields);
    dialog(
        text.of(T::WelcomeTitle),
        close,
        [
            paragraph("", words).id(WORDS),
            div("ways").live(demo).child(own.child(ends(
                text.of(T::LookAround),
                close,
                hand_in(text.of(T::Save)),
            ))),
        ],
    )
}
