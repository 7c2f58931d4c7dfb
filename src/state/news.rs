//! What the engine tells: into the signals, aloud, to other tabs, and to the page around an element.

use super::studio::Studio;
use super::task;
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
        let ended = upgrade.state.is_final();
        card.upgrades.update(|upgrades| match upgrades.iter_mut().find(|other| other.id == upgrade.id) {
            Some(slot) => *slot = upgrade,
            None => upgrades.push(upgrade),
        });
        if ended {
            self.refresh_balance();
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

    /// Says a verdict aloud, and asks for the balance it left.
    fn announce(self, was: State, intent: &Intent) {
        if was == intent.state {
            return;
        }
        let key = match intent.state {
            State::Succeeded => T::SaidReady,
            State::Failed | State::Rejected => T::SaidFailed,
            State::Unknown => T::SaidUnknown,
            _ => return,
        };
        let words = self.text().with(key, &[("prompt", intent.order.prompt())]);
        if self.host().is_none() {
            let good = intent.state == State::Succeeded;
            attention::call(&self.prefs(), &intent.id, good, &words, title::is_seen());
        }
        self.said.set(words);
        if self.host().is_none() && !title::is_seen() {
            let unseen = self.local().unseen.get() + 1;
            self.local().unseen.set(unseen);
            title::show(unseen);
        }
        self.refresh_balance();
    }

    /// Somebody looks at the page again.
    pub fn seen(self) {
        if self.host().is_none() && self.local().unseen.replace(0) > 0 {
            title::show(0);
        }
    }
}
