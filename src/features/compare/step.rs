//! Several players that keep step: the longest leads, the others follow.

use crate::browser::player::play;
use leptos::prelude::*;
use vireo_core::intent::IntentId;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlVideoElement};

/// A player that is off by more than this is put right, in seconds: two pictures.
const OFF: f64 = 0.084;

/// A player of the group, and what hears it.
struct Member {
    id: IntentId,
    player: HtmlVideoElement,
    _heard: Closure<dyn FnMut(Event)>,
}

/// The group. Cheap to copy; it ends with the owner it was made under.
#[derive(Clone, Copy)]
pub struct Step {
    members: StoredValue<Vec<Member>, LocalStorage>,
    /// True while they play.
    pub plays: RwSignal<bool>,
    /// Where they stand, in seconds.
    pub position: RwSignal<f64>,
    /// How long the longest is, in seconds.
    pub length: RwSignal<f64>,
    /// The one that is heard.
    pub sound: RwSignal<Option<IntentId>>,
}

impl Step {
    pub fn new() -> Self {
        Step {
            members: StoredValue::new_local(Vec::new()),
            plays: RwSignal::new(false),
            position: RwSignal::new(0.0),
            length: RwSignal::new(0.0),
            sound: RwSignal::new(None),
        }
    }

    /// Takes a player in until the current owner goes. The first one is heard.
    pub fn join(self, id: IntentId, player: HtmlVideoElement) {
        let late = player.clone();
        let heard = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // Whoever comes when the others play already plays along.
            if event.type_() == "loadedmetadata" && self.plays.get_untracked() {
                play(&late);
            }
            self.keep_step();
        });
        for event in ["timeupdate", "loadedmetadata", "ended", "seeked"] {
            let callback = heard.as_ref().unchecked_ref();
            player.add_event_listener_with_callback(event, callback).unwrap_or_default();
        }
        let leaving = id.clone();
        self.members.update_value(|members| members.push(Member { id: id.clone(), player, _heard: heard }));
        if self.sound.get_untracked().is_none() {
            self.hear(&id);
        } else {
            self.share_sound();
        }
        on_cleanup(move || {
            _ = self.members.try_update_value(|members| {
                members.iter().filter(|member| member.id == leaving).for_each(|member| {
                    member.player.pause().unwrap_or_default();
                    member.player.set_src("");
                });
                members.retain(|member| member.id != leaving);
            });
        });
    }

    fn each(self, act: impl Fn(&HtmlVideoElement)) {
        _ = self.members.try_with_value(|members| members.iter().for_each(|member| act(&member.player)));
    }

    /// The longest one; the first of several.
    fn leader(self) -> Option<HtmlVideoElement> {
        self.members.try_with_value(|members| {
            let known = members.iter().map(|member| &member.player).filter(|one| one.duration() > 0.0);
            known.reduce(|a, b| if b.duration() > a.duration() { b } else { a }).cloned()
        })?
    }

    fn keep_step(self) {
        let Some(leader) = self.leader() else { return };
        let (now, length) = (leader.current_time(), leader.duration());
        if self.length.get_untracked() != length {
            self.length.set(length);
        }
        self.position.set(now);
        if leader.ended() && self.plays.get_untracked() {
            self.plays.set(false);
            self.each(|player| player.pause().unwrap_or_default());
        }
        self.each(|player| {
            // One that is shorter shows its last picture.
            let wanted = now.min(player.duration());
            if *player != leader && !player.seeking() && (player.current_time() - wanted).abs() > OFF {
                player.set_current_time(wanted);
            }
        });
    }

    /// Plays them all, from the beginning where they are at the end; or pauses them.
    pub fn toggle(self) {
        let plays = !self.plays.get_untracked();
        self.plays.set(plays);
        if !plays {
            return self.each(|player| player.pause().unwrap_or_default());
        }
        if self.leader().is_some_and(|leader| leader.ended()) {
            self.seek(0.0);
        }
        self.each(play);
    }

    /// Shows all at this moment.
    pub fn seek(self, seconds: f64) {
        self.position.set(seconds);
        self.each(|player| player.set_current_time(seconds.min(player.duration())));
    }

    /// Lets one of them be heard.
    pub fn hear(self, id: &IntentId) {
        self.sound.set(Some(id.clone()));
        self.share_sound();
    }

    fn share_sound(self) {
        let sound = self.sound.get_untracked();
        _ = self.members.try_with_value(|members| {
            members.iter().for_each(|member| member.player.set_muted(sound.as_ref() != Some(&member.id)));
        });
    }
}
