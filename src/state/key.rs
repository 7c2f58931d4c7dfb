//! The key that is remembered on this device, as the screen sees it.

use super::studio::Studio;
use crate::browser::remember::{self, Locked, Passphrase};
use crate::browser::{clock, prefs};
use crate::lazy;
use leptos::prelude::*;
use std::pin::Pin;
use vireo_client::Connection;

lazy! {
    /// Remembers the key that is in use. False where this browser cannot.
    work => pub fn keep_key(studio: Studio, passphrase: Passphrase) -> Pin<Box<dyn Future<Output = bool>>> {
        Box::pin(async move {
            let (engine, net) = (studio.engine(), studio.net());
            let until = remember::keep(engine.journal(), &net, &passphrase).await;
            if until.is_some() {
                studio.note_remembered(until);
            }
            until.is_some()
        })
    }
}

impl Studio {
    /// True where a key lies on this device and waits for its passphrase.
    pub fn is_locked(self) -> bool {
        self.remembered.get().is_some() && !self.ready.get()
    }

    /// Looks whether a remembered key is still there; one whose time is over goes.
    pub(super) async fn look_for_key(self) {
        let (engine, net) = (self.engine(), self.net());
        // Where the storage does not answer nothing is known.
        if let Ok(until) = remember::until(engine.journal(), &net).await {
            self.note_remembered(until);
        }
    }

    /// Deletes a remembered key whose time has ended under an open page.
    pub(super) fn end_key_in_time(self) {
        if self.remembered.get_untracked().is_some_and(|until| until <= clock::now_ms()) {
            self.spawn(self.look_for_key());
        }
    }

    /// Unlocks the remembered key and goes on with what waited for it.
    pub async fn unlock(self, passphrase: &Passphrase) -> Result<(), Locked> {
        let (engine, net) = (self.engine(), self.net());
        let unlocked = remember::unlock(engine.journal(), &net, passphrase).await;
        if unlocked == Err(Locked::Gone) {
            self.note_remembered(None);
        }
        self.connect(Connection::Direct, Some(unlocked?));
        Ok(())
    }

    pub(super) async fn forget_key(self) {
        let engine = self.engine();
        if remember::forget(engine.journal()).await.is_ok() {
            self.note_remembered(None);
        }
    }

    fn note_remembered(self, until: Option<u64>) {
        match until {
            Some(ms) => self.prefs().set(prefs::KEY_UNTIL, &ms.to_string()),
            None => self.prefs().remove(prefs::KEY_UNTIL),
        }
        if self.remembered.try_get_untracked() != Some(until) {
            self.remembered.try_set(until);
        }
    }
}
