//! What the engine tells: into the signals, aloud, to other tabs, and to the page around an element.

use super::bytes::keep_made;
use super::studio::Studio;
use super::task;
use super::verdict;
use crate::browser::runtime::Told;
use crate::browser::{attention, title};
use crate::i18n::T;
use futures_channel::oneshot;
use leptos::prelude::*;
use vireo_core::intent::{Intent, IntentId, Order, State};

impl Studio {
    pub(super) fn heard(self, what: Told) {
        match what {
            Told::Changed(intent, ours) => self.show(*intent, ours),
            Told::Removed(id, ours) => {
                self.tell_others(&id, ours);
                let local = self.local();
                local.cards.borrow_mut().retain(|(known, _)| *known != id);
                // What it cost is not explained any more.
                local.spending.borrow_mut().forget();
                self.refresh_balance();
                self.forget_state(&id);
            }
            Told::Noticed => self.notice.set(self.engine().notice()),
            Told::Wake => self.tick(),
        }
    }

    fn tell_others(self, id: &IntentId, ours: bool) {
        if ours && let Some(channel) = self.local().channel.borrow().as_ref() {
            channel.tell(id.as_str());
        }
    }

    fn show(self, intent: Intent, ours: bool) {
        self.tell_others(&intent.id, ours);
        self.tell_outside(&intent);
        self.meter_record(&intent);
        self.note_lost_images(&intent);
        if let (Order::Upgrade { .. }, Some(parent)) = (&intent.order, &intent.parent) {
            self.show_upgrade(parent.clone(), intent);
            return;
        }
        if let Some(was) = self.note_state(&intent.id, intent.state) {
            self.announce(was, &intent);
        }
        if let Some(card) = self.known_card(&intent.id) {
            card.intent.set(intent);
        }
    }

    fn show_upgrade(self, parent: IntentId, upgrade: Intent) {
        let Some(card) = self.known_card(&parent) else { return };
        let now = upgrade.clone();
        let mut was = None;
        card.upgrades.update(|upgrades| match upgrades.iter_mut().find(|other| other.id == upgrade.id) {
            Some(slot) => was = Some(std::mem::replace(slot, upgrade).state),
            None => upgrades.push(upgrade),
        });
        if let Some(was) = was {
            self.announce(was, &now);
        }
    }

    /// Tells the page around the element, and whoever waits for an answer.
    fn tell_outside(self, intent: &Intent) {
        let local = self.local();
        if let Some(host) = &local.place.host {
            let mut told = local.told_states.borrow_mut();
            let was = match told.iter_mut().find(|(id, _)| *id == intent.id) {
                Some((_, state)) => Some(std::mem::replace(state, intent.state)),
                None => {
                    told.push((intent.id.clone(), intent.state));
                    None
                }
            };
            drop(told);
            task::tell(host, was, intent);
        }
        if matches!(intent.state, State::Queued | State::Sending) {
            return;
        }
        let place = local.waiting.borrow().iter().position(|(id, _)| *id == intent.id);
        if let Some(place) = place {
            let (_, answer) = local.waiting.borrow_mut().swap_remove(place);
            answer.send(intent.clone()).unwrap_or_default();
        }
    }

    /// Waits until an intent has left the queue and its request is answered.
    pub fn answered(self, id: IntentId) -> oneshot::Receiver<Intent> {
        let (sender, receiver) = oneshot::channel();
        self.local().waiting.borrow_mut().push((id, sender));
        receiver
    }

    /// Says aloud that something is being made, or a verdict; then asks for the balance that this left.
    fn announce(self, was: State, intent: &Intent) {
        if was == intent.state {
            return;
        }
        let key = match intent.state {
            State::Generating => T::SaidMaking,
            State::Succeeded => T::SaidReady,
            State::Failed | State::Rejected => T::SaidFailed,
            State::Unknown => T::SaidUnknown,
            _ => return,
        };
        let words = self.text().with(key, &[("prompt", &self.called(intent))]);
        if intent.state == State::Generating {
            return self.say(words);
        }
        if intent.state == State::Succeeded {
            self.run(keep_made(self, intent.clone()));
        }
        if self.host().is_none() {
            let good = intent.state == State::Succeeded;
            attention::call(&self.prefs(), &intent.id, good, &words, title::is_seen());
        }
        let why = verdict::reason(self.text(), intent);
        self.say([words, why.unwrap_or_default()].join("\u{a0}"));
        if self.host().is_none() && !title::is_seen() {
            let unseen = self.local().unseen.get() + 1;
            self.local().unseen.set(unseen);
            title::show(unseen);
        }
        self.refresh_balance();
    }

    /// What a video is called: its prompt; a larger rendition of one also its height.
    fn called(self, intent: &Intent) -> String {
        let Order::Upgrade { height, .. } = &intent.order else { return intent.order.prompt().to_owned() };
        let parent = intent.parent.as_ref().and_then(|parent| self.engine().intent(parent));
        let prompt = parent.as_ref().map(|parent| parent.order.prompt()).unwrap_or_default();
        [prompt, " · ", height.as_str()].concat()
    }

    /// Says something to those who listen to the page. The same words once more are news as well.
    pub fn say(self, mut words: String) {
        if self.said.try_with_untracked(|said| *said == words).unwrap_or_default() {
            words.push('\u{a0}');
        }
        _ = self.said.try_set(words);
    }

    /// Somebody looks at the page again.
    pub fn seen(self) {
        if self.host().is_none() && self.local().unseen.replace(0) > 0 {
            title::show(0);
        }
    }
}
