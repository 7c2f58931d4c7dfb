//! Who the page speaks to, and what the relay tells by itself.

use super::screen::Screen;
use super::studio::Studio;
use super::work::Job;
use crate::browser::clock;
use crate::browser::events::{Events, Heard};
use crate::browser::net::{self, Secret};
use crate::browser::prefs;
use crate::browser::task::spawn_local;
use leptos::prelude::*;
use std::rc::Rc;
use vireo_client::{Connection, News};

/// What tabs tell each other while one of them hears from the relay.
pub(super) const PUSHED: &str = "pushed";
/// Without such a word for this long, nobody hears from the relay.
pub(super) const SILENCE_MS: u64 = 50_000;

impl Studio {
    /// Finds out whether a simulator answers, and asks how to connect, unless the person is busy already. Not before: a
    /// dialog that grows moves what a finger is about to press.
    pub fn greet(self, busy: bool) {
        self.spawn(async move {
            if let Some(url) = self.net().demo_probe() {
                self.demo.set(net::read(&url).await.is_some());
            }
            if !busy && !self.ready.get_untracked() && self.screen.with_untracked(Option::is_none) {
                self.ask_to_connect(false);
            }
        });
    }

    /// Asks how to connect, where the person decides that; an element's page does.
    pub fn ask_to_connect(self, by_submit: bool) {
        if self.host().is_some() {
            return;
        }
        match untrack(|| self.is_locked()) {
            // The field for it stands in the page already.
            true => self.unlock_first.set(by_submit),
            false => self.screen.set(Some(Screen::Welcome(by_submit))),
        }
    }

    /// Takes a key or chooses the relay, and goes on with what waited.
    pub fn connect(self, connection: Connection, secret: Option<Secret>) {
        let net = self.net();
        net.set_connection(connection);
        self.prefs().set(prefs::CONNECTION, if connection == Connection::Relay { "relay" } else { "direct" });
        let session = secret.is_some() && connection == Connection::Relay;
        if secret.is_some() {
            net.set_secret(secret);
        }
        self.ready.set(net.is_ready());
        self.balance.set(None);
        self.unexplained.set(None);
        self.local().prepared.set(true);
        self.ask(Job::Connected(session));
    }

    pub(super) fn go_on_connected(self, session: bool) {
        let net = self.net();
        if session {
            let net = Rc::clone(&net);
            spawn_local(async move { net.begin_session().await });
        }
        self.open_events();
        self.local().spending.borrow_mut().forget();
        self.local().meter.borrow_mut().give_up();
        if net.is_ready() {
            let trying = Rc::clone(&net);
            self.spawn(async move {
                trying.try_streams().await;
                self.sent_once.set(trying.is_sent_once());
            });
            self.engine().resume();
            self.refresh_balance();
            self.go_on_with_images();
        }
    }

    /// Hears of tasks from the relay, where there is one.
    pub(super) fn open_events(self) {
        let local = self.local();
        local.events.take();
        if !(local.net.is_ready() && local.net.connection() == Connection::Relay) {
            return;
        }
        let told = Rc::clone(&local.told);
        let hear = move |heard| {
            let studio = *told.borrow();
            if let Some(studio) = studio {
                studio.heard_from_relay(heard);
            }
        };
        let events = Events::open(Rc::clone(&local.net), hear);
        *local.events.borrow_mut() = events;
    }

    fn heard_from_relay(self, heard: Heard) {
        let engine = self.engine();
        match heard {
            Heard::Alive => {
                if let Some(channel) = self.local().channel.borrow().as_ref() {
                    channel.tell(PUSHED);
                }
                self.pushed();
            }
            Heard::Broken => spawn_local(async move { engine.set_pushed(false).await }),
            Heard::Task(data) => {
                if let Some(news) = News::parse(&data) {
                    spawn_local(async move { engine.hear(&news).await });
                }
            }
        }
    }

    /// News come by themselves, in this tab or another.
    pub(super) fn pushed(self) {
        self.local().pushed_ms.set(clock::now_ms());
        let engine = self.engine();
        spawn_local(async move { engine.set_pushed(true).await });
    }
}
