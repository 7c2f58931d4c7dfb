//! The film as a whole: joined on this device without re-encoding, played, and saved as one MP4.

use super::Context;
use crate::browser::files::BlobUrl;
use crate::browser::film::{self, FilmError, Reason, Turns};
use crate::browser::player::play;
use crate::browser::{clock, save};
use crate::i18n::{T, Text};
use crate::ui::{El, button, div, el, focus, follow, told};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use std::rc::Rc;
use vireo_core::intent::IntentId;
use vireo_core::names;
use vireo_core::storyboard::Standing;
use web_sys::{AbortController, Blob, HtmlVideoElement};

/// What is made of the shots' videos.
#[derive(Clone)]
enum Making {
    Nothing,
    Working,
    Failed(String),
    Made(Film),
}

#[derive(Clone)]
struct Film {
    whole: Blob,
    clips: Vec<Blob>,
    /// The videos it was made of.
    of: Vec<IntentId>,
}

/// A player that stands still for so long will not begin.
const PATIENCE_MS: u32 = 5000;

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
    /// The share that is done, from 0 to 1.
    share: RwSignal<f64>,
    playing: RwSignal<Option<Rc<BlobUrl>>, LocalStorage>,
    /// The player of the film, and the two for clips that cannot be joined.
    players: StoredValue<[HtmlVideoElement; 3], LocalStorage>,
    /// What plays in the two.
    turns: StoredValue<Option<Turns>, LocalStorage>,
    stop: StoredValue<Option<AbortController>, LocalStorage>,
}

pub fn export(context: Context) -> El {
    let Context { text, board, .. } = context;
    let playing = RwSignal::new_local(None::<Rc<BlobUrl>>);
    let whole = player(text).live_flag("hidden", move || playing.get().is_none());
    let node: HtmlVideoElement = whole.node();
    let shown = node.clone();
    follow(move || match playing.get() {
        Some(url) => {
            shown.set_src(url.as_str());
            // By itself WebKit begins a long film only once it has all of it.
            play(&shown);
        }
        None => shown.pause().unwrap_or_default(),
    });
    let players = [player(text), player(text)].map(|player| player.attr("hidden", ""));
    let maker = Maker {
        context,
        making: RwSignal::new_local(Making::Nothing),
        share: RwSignal::new(0.0),
        playing,
        players: StoredValue::new_local([whole.node(), players[0].node(), players[1].node()]),
        turns: StoredValue::new_local(None),
        stop: StoredValue::new_local(None),
    };
    on_cleanup(move || maker.cancel());
    let whole = whole.on("error", move |_| maker.play_in_turn_instead());
    let missing = Memo::new(move |_| {
        let videos = board.videos();
        let missing = (1usize..).zip(&videos).filter(|(_, video)| video.is_none());
        let missing: Vec<String> = missing.map(|(n, _)| n.to_string()).collect();
        let is_made = |place| board.standing(place) == Standing::Running;
        let under_way = !board.agreed.with(Vec::is_empty)
            || board.preparing.get().is_some()
            || (0..videos.len()).any(is_made);
        let some = !missing.is_empty() && missing.len() < videos.len() && !under_way;
        some.then(|| text.with(T::FilmWithout, &[("shots", &missing.join(", "))]))
    });
    let works = Memo::new(move |_| maker.making.with(|making| matches!(making, Making::Working)));
    let off = move || works.get() || board.videos().iter().all(Option::is_none);
    let failed = move || match maker.making.get() {
        Making::Failed(why) => Some(why),
        _ => None,
    };
    let act = |label: T, to: Use| {
        let press = button("button", text.of(label), move || maker.make(to));
        press.live_off(off)
    };
    let buttons = div("shots__add")
        .child(act(T::FilmPlay, Use::Play))
        .child(act(T::FilmExport, Use::Save))
        .live(move || works.get().then(|| working(maker)));
    div("shots__film")
        .child(buttons)
        .child(told("status", "note", move || missing.get()))
        .child(told("alert", "note note--danger", failed))
        .child(whole)
        .children(players)
}

fn working(maker: Maker) -> El {
    let text = maker.context.text;
    let bar = el("progress")
        .attr("max", "100")
        .live_attr("value", move || Some(((maker.share.get() * 100.0) as u32).to_string()))
        .attr("aria-label", text.of(T::FilmJoining));
    let cancel = move || {
        maker.cancel();
        maker.context.said.set(text.of(T::FilmCancelled).to_owned());
        focus(".shots__film button");
    };
    let cancel = button("button button--quiet", text.of(T::Cancel), cancel);
    div("shots__working").child(bar).child(cancel)
}

fn player(text: Text) -> El {
    el("video")
        .class("shots__player")
        .attr("controls", "")
        .attr("playsinline", "")
        .attr("aria-label", text.of(T::FilmAsWhole))
}

impl Maker {
    fn cancel(self) {
        if let Some(stop) = self.stop.try_get_value().flatten() {
            stop.abort();
        }
    }

    /// Makes the film unless it is there already, and uses it.
    fn make(self, to: Use) {
        if self.making.with_untracked(|making| matches!(making, Making::Working)) {
            return;
        }
        let shots = untrack(|| self.context.board.videos());
        let shots: Vec<(usize, IntentId)> =
            shots.into_iter().enumerate().filter_map(|(place, video)| Some((place, video?))).collect();
        if shots.is_empty() {
            return;
        }
        let videos: Vec<IntentId> = shots.iter().map(|(_, video)| video.clone()).collect();
        // WebKit lets a player with sound begin later by itself only where it was touched under a press: a film takes
        // longer to make than a press counts.
        if to == Use::Play {
            self.turns.set_value(None);
            self.players.with_value(|players| players.iter().for_each(|player| player.load()));
        }
        if let Making::Made(film) = self.making.get_untracked()
            && film.of == videos
        {
            return self.use_film(&film, to);
        }
        let Ok(stop) = AbortController::new() else { return };
        self.stop.set_value(Some(stop.clone()));
        self.turns.set_value(None);
        self.playing.set(None);
        self.share.set(0.0);
        self.making.set(Making::Working);
        self.context.said.set(self.context.text.of(T::FilmJoining).to_owned());
        self.context.studio.spawn(async move {
            let made = match self.join(&shots, &stop, to).await {
                Ok((whole, clips)) => {
                    let film = Film { whole, clips, of: videos };
                    self.use_film(&film, to);
                    self.context.said.try_set(self.context.text.of(T::FilmMade).to_owned());
                    Making::Made(film)
                }
                Err(None) => Making::Nothing,
                Err(Some(why)) => Making::Failed(why),
            };
            self.making.try_set(made);
        });
    }

    /// The error is what to say; `None` after a cancel.
    async fn join(
        self,
        shots: &[(usize, IntentId)],
        stop: &AbortController,
        to: Use,
    ) -> Result<(Blob, Vec<Blob>), Option<String>> {
        let text = self.context.text;
        let mut clips = Vec::new();
        for (place, id) in shots {
            let clip = self.context.board.bytes(id).await;
            let n = (place + 1).to_string();
            clips.push(clip.map_err(|_| Some(text.with(T::FilmNoBytes, &[("n", &n)])))?);
            if stop.signal().aborted() {
                return Err(None);
            }
        }
        let tell = move |share| _ = self.share.try_set(share);
        let error = match film::join(&clips, tell, &stop.signal()).await {
            Ok(film) => return Ok((film, clips)),
            Err(FilmError { reason: Reason::Cancelled, .. }) => return Err(None),
            Err(error) => error,
        };
        let n = error.clip.and_then(|clip| shots.get(clip)).map(|(place, _)| (place + 1).to_string());
        let mut why = why(text, &error, &n.unwrap_or_default());
        let cannot_join =
            matches!(error.reason, Reason::Size | Reason::Codec | Reason::Settings | Reason::Audio);
        if to == Use::Play && cannot_join && self.play_in_turn(&clips).await {
            why.push(' ');
            why.push_str(text.of(T::FilmInTurn));
        }
        Err(Some(why))
    }

    async fn play_in_turn(self, clips: &[Blob]) -> bool {
        let Some([_, one, other]) = self.players.try_get_value() else { return false };
        let turns = film::play_in_turn(&[one, other], clips).await.ok();
        let plays = turns.is_some();
        // Handed back where the storyboard was closed meanwhile, and so ended.
        drop(self.turns.try_set_value(turns));
        plays
    }

    /// A player may not manage the film as a whole: WebKitGTK 2.50 garbles what it reads of a blob of megabytes. The clips
    /// are as good to look at.
    fn play_in_turn_instead(self) {
        let Some(Making::Made(film)) = self.making.try_get_untracked() else { return };
        if self.playing.with_untracked(Option::is_none) {
            return;
        }
        self.playing.set(None);
        self.context.studio.spawn(async move { _ = self.play_in_turn(&film.clips).await });
    }

    fn play_whole(self, film: &Blob) {
        let Some(url) = BlobUrl::new(film).map(Rc::new) else { return };
        if self.playing.try_set(Some(Rc::clone(&url))).is_some() {
            return;
        }
        self.context.studio.spawn(async move {
            TimeoutFuture::new(PATIENCE_MS).await;
            let is_it = self.playing.try_get_untracked().flatten().is_some_and(|now| Rc::ptr_eq(&now, &url));
            let stands =
                |[player, ..]: &[HtmlVideoElement; 3]| !player.paused() && player.current_time() == 0.0;
            if is_it && self.players.try_with_value(stands) == Some(true) {
                self.play_in_turn_instead();
            }
        });
    }

    fn use_film(self, film: &Film, to: Use) {
        match to {
            Use::Play => self.play_whole(&film.whole),
            Use::Save => {
                let title = self.context.board.film.with_untracked(|board| {
                    let id = board.shots.first()?.take()?.clone();
                    Some(self.context.studio.engine().intent(&id)?.order.prompt().to_owned())
                });
                let date = clock::iso_date(clock::now_ms());
                save::hand_over(
                    &film.whole,
                    &names::download_name(&date, &title.unwrap_or_default(), "", "film"),
                );
            }
        }
    }
}

/// Why the film could not be made; `n` is the number of the shot that is to blame.
fn why(text: Text, error: &FilmError, n: &str) -> String {
    let key = match error.reason {
        Reason::Size => T::FilmSize,
        Reason::Codec => T::FilmCodec,
        Reason::Settings => T::FilmSettings,
        Reason::Audio => T::FilmAudio,
        Reason::Unreadable => T::FilmUnreadable,
        Reason::NotLoaded => T::FilmNotLoaded,
        _ => T::FilmFailed,
    };
    text.with(key, &[("n", n), ("have", &error.have), ("want", &error.want)])
}
