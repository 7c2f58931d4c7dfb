//! The film as a whole: joined on this device without re-encoding, played, and saved as one MP4.

use super::Context;
use crate::browser::files::BlobUrl;
use crate::browser::film::{self, FilmError, Reason};
use crate::browser::{clock, save};
use crate::i18n::{T, Text};
use crate::ui::{El, button, div, el, told};
use leptos::prelude::*;
use std::rc::Rc;
use vireo_core::intent::IntentId;
use vireo_core::names;
use web_sys::{AbortController, Blob};

/// What is made of the shots' videos.
#[derive(Clone)]
enum Making {
    Nothing,
    /// The share that is done, from 0 to 1.
    Working(f64),
    Failed(String),
    /// The film, and the videos it was made of.
    Made(Blob, Vec<IntentId>),
}

/// What is done with the film once it is made.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    Play,
    Save,
}

#[derive(Clone, Copy)]
struct Maker {
    context: Context,
    making: RwSignal<Making, LocalStorage>,
    playing: RwSignal<Option<Rc<BlobUrl>>, LocalStorage>,
    stop: StoredValue<Option<AbortController>, LocalStorage>,
}

pub fn export(context: Context) -> El {
    let Context { text, board, .. } = context;
    let maker = Maker {
        context,
        making: RwSignal::new_local(Making::Nothing),
        playing: RwSignal::new_local(None),
        stop: StoredValue::new_local(None),
    };
    on_cleanup(move || maker.cancel());
    let missing = move || {
        let videos = board.videos();
        let missing: Vec<String> = (1..)
            .zip(&videos)
            .filter(|(_, video)| video.is_none())
            .map(|(n, _): (usize, _)| n.to_string())
            .collect();
        let some = !missing.is_empty() && missing.len() < videos.len();
        some.then(|| text.with(T::FilmWithout, &[("shots", &missing.join(", "))]))
    };
    let off = move || {
        let working = maker.making.with(|making| matches!(making, Making::Working(_)));
        working || board.videos().iter().all(Option::is_none)
    };
    let failed = move || match maker.making.get() {
        Making::Failed(why) => Some(why),
        _ => None,
    };
    let buttons = div("shots__add")
        .child(
            button("button", text.of(T::FilmPlay), move || maker.make(Use::Play)).live_flag("disabled", off),
        )
        .child(
            button("button", text.of(T::FilmExport), move || maker.make(Use::Save))
                .live_flag("disabled", off),
        )
        .live(move || working(maker));
    div("shots__film")
        .child(buttons)
        .child(told("status", "note", missing))
        .child(told("alert", "note note--danger", failed))
        .live(move || Some(player(text, maker.playing.get()?)))
}

fn working(maker: Maker) -> Option<El> {
    let text = maker.context.text;
    let Making::Working(share) = maker.making.get() else { return None };
    let bar = el("progress")
        .attr("max", "100")
        .attr("value", &((share * 100.0) as u32).to_string())
        .attr("aria-label", text.of(T::FilmJoining));
    Some(div("shots__working").child(bar).child(button(
        "button button--quiet",
        text.of(T::Cancel),
        move || maker.cancel(),
    )))
}

fn player(text: Text, url: Rc<BlobUrl>) -> El {
    el("video")
        .class("shots__player")
        .attr("controls", "")
        .attr("autoplay", "")
        .attr("playsinline", "")
        .attr("aria-label", text.of(T::FilmAsWhole))
        .attr("src", url.as_str())
        .on("ended", move |_| {
            // Holds the address as long as the player stands.
            _ = &url;
        })
}

impl Maker {
    fn cancel(self) {
        if let Some(stop) = self.stop.try_get_value().flatten() {
            stop.abort();
        }
    }

    /// Makes the film unless it is there already, and uses it.
    fn make(self, to: Use) {
        let videos: Vec<IntentId> = untrack(|| self.context.board.videos()).into_iter().flatten().collect();
        if let Making::Made(film, of) = self.making.get_untracked()
            && of == videos
        {
            return self.use_film(&film, to);
        }
        let Ok(stop) = AbortController::new() else { return };
        self.stop.set_value(Some(stop.clone()));
        self.playing.set(None);
        self.making.set(Making::Working(0.0));
        self.context.studio.spawn(async move {
            let made = match self.join(&videos, &stop).await {
                Ok(film) => {
                    self.use_film(&film, to);
                    Making::Made(film, videos)
                }
                Err(None) => Making::Nothing,
                Err(Some(why)) => Making::Failed(why),
            };
            self.making.try_set(made);
        });
    }

    /// The error is what to say; `None` after a cancel.
    async fn join(self, videos: &[IntentId], stop: &AbortController) -> Result<Blob, Option<String>> {
        let text = self.context.text;
        let mut clips = Vec::new();
        for (place, id) in videos.iter().enumerate() {
            let clip = self.context.board.bytes(id).await;
            let n = (place + 1).to_string();
            clips.push(clip.map_err(|_| Some(text.with(T::FilmNoBytes, &[("n", &n)])))?);
            if stop.signal().aborted() {
                return Err(None);
            }
        }
        let tell = move |share| drop(self.making.try_set(Making::Working(share)));
        film::join(&clips, tell, &stop.signal()).await.map_err(|error| match error.reason {
            Reason::Cancelled => None,
            _ => Some(why(text, &error)),
        })
    }

    fn use_film(self, film: &Blob, to: Use) {
        match to {
            Use::Play => drop(self.playing.try_set(BlobUrl::new(film).map(Rc::new))),
            Use::Save => {
                let title = self.context.board.film.with_untracked(|board| {
                    let id = board.shots.first()?.take()?.clone();
                    Some(self.context.studio.engine().intent(&id)?.order.prompt().to_owned())
                });
                let date = clock::iso_date(clock::now_ms());
                save::hand_over(film, &names::download_name(&date, &title.unwrap_or_default(), "", "film"));
            }
        }
    }
}

/// Why the film could not be made.
fn why(text: Text, error: &FilmError) -> String {
    let n = error.clip.map(|clip| (clip + 1).to_string()).unwrap_or_default();
    let key = match error.reason {
        Reason::Size => T::FilmSize,
        Reason::Codec => T::FilmCodec,
        Reason::Settings => T::FilmSettings,
        Reason::Audio => T::FilmAudio,
        Reason::Unreadable => T::FilmUnreadable,
        Reason::NotLoaded => T::FilmNotLoaded,
        _ => T::FilmFailed,
    };
    text.with(key, &[("n", &n), ("have", &error.have), ("want", &error.want)])
}
