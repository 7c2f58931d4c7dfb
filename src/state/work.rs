//! The way from the form, which every visit loads, to everything that is needed only once there is work: the engine, its
//! journal, the relay's stream. Whatever the form wants of them goes through [`Studio::ask`].

use super::studio::Studio;
use crate::lazy;
use crate::lazy::Missing;
use leptos::prelude::*;
use vireo_client::Connection;
use vireo_core::intent::Intent;

/// What the form asks for.
#[derive(Debug)]
pub enum Job {
    /// To be there: records are read, open tasks followed, the balance asked for.
    Begin,
    /// To hand in what a person wants to buy.
    HandIn(Box<Intent>),
    /// To do what is due by now.
    Tick,
    /// To go on after a change of the connection; true where the relay should remember this browser.
    Connected(bool),
    /// To go on where a key was missing.
    Resume,
    /// To go on with the queue.
    ContinueQueue,
    /// To upload the images of the form that wait for it.
    Upload,
    /// To delete the key that is remembered here.
    ForgetKey,
    /// To watch the balance anew from here on.
    ForgetSpending,
}

lazy! {
    /// Does a job; the first one begins everything.
    work => fn work(studio: Studio, job: Job) -> () {
        studio.begin_once();
        match job {
            Job::Begin => {}
            Job::HandIn(intent) => studio.hand_in(*intent),
            Job::Tick => studio.tick(),
            Job::Connected(session) => studio.go_on_connected(session),
            Job::Resume => studio.engine().resume(),
            Job::ContinueQueue => studio.engine().continue_queue(),
            Job::Upload => studio.go_on_with_images(),
            Job::ForgetKey => studio.spawn(studio.forget_key()),
            Job::ForgetSpending => studio.watch_anew(),
        }
    }
}

impl Studio {
    /// Runs what lies in another part. Where that is not to be had nothing was done, and the page says so.
    pub fn run(self, part: impl Future<Output = Result<(), Missing>> + 'static) {
        self.spawn(async move {
            if part.await.is_err() {
                self.missing.set(true);
            }
        });
    }

    /// Has a job done as soon as the engine is here. Where it is not to be had nothing was sent, and the page says so.
    pub fn ask(self, job: Job) {
        let wish = match &job {
            Job::HandIn(intent) => Some(intent.id.clone()),
            _ => None,
        };
        self.spawn(async move {
            let missing = work(self, job).await.is_err();
            if self.missing.try_get_untracked() == Some(!missing) {
                self.missing.set(missing);
            }
            if missing {
                self.note_opened();
            }
            if let Some(id) = wish.filter(|_| missing) {
                self.not_handed_in(&id);
            }
        });
    }

    /// Fetches what the next click will need. Asked for at the first touch of the page.
    pub fn get_ready(self) {
        if !self.local().prepared.replace(true) {
            self.ask(Job::Begin);
        }
    }

    /// Begins at once where something is going on already: records of this browser, or a connection.
    pub(super) fn begin_if_needed(self) {
        let direct = self.net().connection() == Connection::Direct;
        self.spawn(async move {
            if (self.ready.get_untracked() && !direct) || self.has_journal().await {
                self.get_ready();
            } else {
                self.note_opened();
            }
        });
    }
}
