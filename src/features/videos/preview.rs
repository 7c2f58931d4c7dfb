//! A glance at a finished video: it plays without sound while the pointer or the keyboard rests on it. Whoever presses
//! takes it over, and then it stands at its beginning as if nothing had played.

use crate::ui::El;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlVideoElement, PointerEvent};

/// Not where less motion is wished for.
pub fn preview(video: El) -> El {
    if wants_stillness() {
        return video;
    }
    let glance = Rc::new(Glance { player: video.node(), runs: Cell::default() });
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
    let video = on(video, "pause", Glance::take);
    let video = on(video, "timeupdate", Glance::look);
    // Chromium's controls then answer the press as they do for a video that stands.
    ["pointerdown", "pointerleave", "blur", "keydown"]
        .into_iter()
        .fold(video, |video, event| on(video, event, Glance::end))
}

struct Glance {
    player: HtmlVideoElement,
    runs: Cell<bool>,
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

    fn end(&self) {
        if self.runs.replace(false) {
            self.player.pause().unwrap_or_default();
            self.player.set_current_time(0.0);
            self.player.set_muted(false);
        }
    }

    /// WebKit tells no pointer's leave where its controls changed under it.
    fn look(&self) {
        if !self.player.matches(":hover, :focus-visible").unwrap_or(true) {
            self.end();
        }
    }

    /// Firefox's controls keep a press to themselves: all that shows of it is that they stopped the film.
    fn take(&self) {
        if self.runs.get() && self.player.paused() && !self.player.ended() {
            self.end();
            play(&self.player);
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
