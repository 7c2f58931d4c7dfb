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
    let player: HtmlVideoElement = video.node();
    let runs = Rc::new(Cell::new(false));
    let begin = {
        let (player, runs) = (player.clone(), Rc::clone(&runs));
        move || {
            let untouched = player.paused() && player.current_time() == 0.0 && !player.muted();
            if untouched && !runs.replace(true) {
                player.set_muted(true);
                // Browsers that refuse leave it standing.
                player.play().map(drop).unwrap_or_default();
            }
        }
    };
    let taken = Rc::new(Cell::new(false));
    let end = {
        let (player, runs) = (player.clone(), runs);
        move || {
            let ran = runs.replace(false);
            if ran {
                player.pause().unwrap_or_default();
                player.set_current_time(0.0);
                player.set_muted(false);
            }
            ran
        }
    };
    let (enter, press, took) = (begin.clone(), end.clone(), Rc::clone(&taken));
    let (focused, clicked) = (player.clone(), player);
    let video = video
        .on("pointerenter", move |event| {
            if event.dyn_into::<PointerEvent>().is_ok_and(|event| event.pointer_type() == "mouse") {
                enter();
            }
        })
        .on("focus", move |_| {
            if focused.matches(":focus-visible").unwrap_or(false) {
                begin();
            }
        })
        .on("pointerdown", move |_| took.set(press()))
        .on("click", move |_| {
            // The browser's own controls answer first. Where they do not, since what was pressed has changed meanwhile,
            // the film begins all the same.
            if taken.take() {
                let player = clicked.clone();
                set_timeout(
                    move || {
                        if player.paused() {
                            player.play().map(drop).unwrap_or_default();
                        }
                    },
                    Duration::ZERO,
                );
            }
        });
    ["pointerleave", "blur", "keydown"].into_iter().fold(video, |video, event| {
        let end = end.clone();
        video.on(event, move |_| _ = end())
    })
}

fn wants_stillness() -> bool {
    let asked = window().match_media("(prefers-reduced-motion: reduce)");
    asked.ok().flatten().is_some_and(|asked| asked.matches())
}
