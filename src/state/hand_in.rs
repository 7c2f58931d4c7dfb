//! From a press to the engine: what is bought, and whether the page around an element lets it.

use super::screen::Screen;
use super::studio::Studio;
use super::task;
use super::work::Job;
use crate::browser::host::Answer;
use crate::browser::prefs::Keep;
use crate::browser::task::spawn_local;
use crate::browser::{clock, journal};
use crate::i18n::T;
use leptos::prelude::*;
use vireo_client::SubmitError;
use vireo_core::intent::{Intent, IntentId, Order};

impl Studio {
    /// A new intent id.
    pub fn new_id(self) -> IntentId {
        IntentId::new(clock::now_ms(), clock::random_bytes())
    }

    /// Hands in what a person has just asked for. Opens the first-run dialog instead where there is no connection yet.
    /// False where nothing was handed in.
    pub fn submit(self, id: IntentId, order: Order, parent: Option<IntentId>) -> bool {
        if !self.ready.get_untracked() {
            self.ask_to_connect(true);
            return false;
        }
        let estimate = self.prices.with_untracked(|prices| prices.order(&order));
        let mut intent = Intent::new(id, order, "", clock::now_ms());
        intent.parent = parent;
        intent.estimate = estimate;
        intent.balance_before = self.balance.get_untracked();
        self.under_way.update(|ids| ids.push(intent.id.clone()));
        match self.host().map(|host| host.ask("vireo-submit", &task::describe_wish(&intent))) {
            Some(Answer::No) => {
                self.declined(&intent.id);
                return false;
            }
            Some(Answer::Later(promise)) => self.spawn(async move {
                if Answer::later(promise).await {
                    self.ask(Job::HandIn(Box::new(intent)));
                } else {
                    self.declined(&intent.id);
                }
            }),
            Some(Answer::Yes) | None => self.ask(Job::HandIn(Box::new(intent))),
        }
        true
    }

    /// The page around the element stopped it.
    fn declined(self, id: &IntentId) {
        self.not_handed_in(id);
        self.said.set(self.text().of(T::HostDeclined).to_owned());
    }

    /// Nothing is kept and nothing sent; who waits for an answer hears that there is none.
    pub(super) fn not_handed_in(self, id: &IntentId) {
        self.local().waiting.borrow_mut().retain(|(waiting, _)| waiting != id);
        self.arrived(id);
    }

    /// The engine has it, or nobody ever will.
    fn arrived(self, id: &IntentId) {
        self.under_way.try_update(|ids| ids.retain(|other| other != id));
    }

    /// Hands in an intent that is ready to go, after uploads of it that the provider may have deleted went up again.
    pub fn hand_in(self, mut intent: Intent) {
        let stale = match &intent.order {
            Order::Generate(generate) => generate.image_urls.iter().any(|address| self.is_stale(address)),
            _ => false,
        };
        if !stale {
            return self.write_down(intent);
        }
        self.spawn(async move {
            if let Order::Generate(generate) = &mut intent.order {
                generate.image_urls = self.renewed(std::mem::take(&mut generate.image_urls)).await;
            }
            self.write_down(intent);
        });
    }

    fn write_down(self, intent: Intent) {
        if self.library.count.get_untracked() == 0 && self.local().place.keep == Keep::Device {
            journal::ask_to_persist();
        }
        self.now.set(clock::now_ms());
        let engine = self.engine();
        spawn_local(async move {
            let submitted = engine.submit(intent.clone()).await;
            self.arrived(&intent.id);
            if let Err(SubmitError::Journal(error)) = submitted {
                self.screen.try_set(Some(Screen::NoMemory(Box::new(intent), error.to_string())));
            }
        });
    }
}
