//! A glance at a finished video: it plays without sound while the pointer or the keyboard rests on it. Whoever presses
//! takes it over, and then it stands at its beginning as if nothing had played.

use crate::ui::El;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{HtmlVideoElement, PointerEvent};

/// Not where less motion is wished for.
pub fn preview(video: El) -> El {
    if wants_stillness() {
        return video;
    }
    let glance = Rc::new(Glance { player: video.node(), runs: Cell::default(), is_taken: Cell::default() });
    let on = |video: El, event, act: fn(&Glance)| {
        let glance = Rc::clone(&glance);
        video.on(event, move |_| act(&glance))
    };
    let enter = Rc::clone(&glance);
    let video = video.on("pointerenter", move |event| {
        if event.dyn_into::<PointerEvent>().is_ok_and(|event| event.pointer_type() == "mouse") {
            enter.begin();
        }
    });
    let video = on(video, "focus", |glance| {
        if glance.player.matches(":focus-visible").unwrap_or(false) {
            glance.begin();
        }
    });
    let video = on(video, "pointerdown", |glance| glance.is_taken.set(glance.end()));
    let video = on(video, "click", Glance::go_on);
    ["pointerleave", "blur", "keydown"]
        .into_iter()
        .fold(video, |video, event| on(video, event, |glance| _ = glance.end()))
}

struct Glance {
    player: HtmlVideoElement,
    runs: Cell<bool>,
    /// True from the press that ended it to the click.
    is_taken: Cell<bool>,
}

impl Glance {
    fn begin(&self) {
        let player = &self.player;
        let untouched = player.paused() && player.current_time() == 0.0 && !player.muted();
        if untouched && !self.runs.replace(true) {
            player.set_muted(true);
            play(player);
        }
    }

    /// Whether there was one.
    fn end(&self) -> bool {
        let ran = self.runs.replace(false);
        if ran {
            self.player.pause().unwrap_or_default();
            self.player.set_current_time(0.0);
            self.player.set_muted(false);
        }
        ran
    }

    /// The browser's own controls answer a click first. Where they do not, since what was pressed has changed meanwhile,
    /// the film begins all the same.
    fn go_on(&self) {
        if self.is_taken.take() {
            let player = self.player.clone();
            let begin = move || {
                if player.paused() {
                    play(&player);
                }
            };
            set_timeout(begin, Duration::ZERO);
        }
    }
}

/// Browsers that refuse leave it standing.
fn play(player: &HtmlVideoElement) {
    player.play().map(drop).unwrap_or_default();
}

fn wants_stillness() -> bool {
    let asked = window().match_media("(prefers-reduced-motion: reduce)");
    asked.ok().flatten().is_some_and(|asked| asked.matches())
}
