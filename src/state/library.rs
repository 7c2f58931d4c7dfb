//! Which videos the page lists, and what was just removed.

use super::studio::Studio;
use crate::browser::media;
use crate::browser::task::spawn_local;
use leptos::prelude::*;
use vireo_core::intent::{Intent, IntentId, State};
use vireo_core::library::search::{Query, Show};

/// What a person looks for among their videos. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Library {
    /// Words to find.
    pub query: RwSignal<String>,
    /// States to show: a value of [`Show`].
    pub show: RwSignal<String>,
    /// Notifies whenever a video comes, goes or changes its state; its value means nothing.
    pub changed: RwSignal<()>,
    /// How many videos there are.
    pub count: RwSignal<u64>,
    /// Those that fit, newest first.
    pub shown: RwSignal<Vec<IntentId>>,
    /// What was removed and can be brought back.
    pub removed: RwSignal<Vec<Intent>>,
    /// True when the focus was lost with what was removed, and belongs to the way back.
    pub focus_undo: RwSignal<bool>,
}

impl Library {
    pub(super) fn new() -> Self {
        Library {
            query: RwSignal::default(),
            show: RwSignal::new(Show::All.as_str().to_owned()),
            changed: RwSignal::default(),
            count: RwSignal::default(),
            shown: RwSignal::default(),
            removed: RwSignal::default(),
            focus_undo: RwSignal::default(),
        }
    }

    /// True while something is looked for.
    pub fn is_filtered(self) -> bool {
        !self.query.get().trim().is_empty() || self.show.get() != Show::All.as_str()
    }
}

impl Studio {
    /// Lists the videos that have these words, of the states that were chosen.
    pub fn search(self, words: String) {
        self.library.query.set(words);
        self.refilter();
    }

    /// Lists the videos of these states: a value of [`Show`].
    pub fn show_states(self, show: String) {
        self.library.show.set(show);
        self.refilter();
    }

    /// Takes note of the state of a video; returns the one it had.
    pub(super) fn note_state(self, id: &IntentId, state: State) -> Option<State> {
        let local = self.local();
        let was = {
            let mut states = local.states.borrow_mut();
            match states.binary_search_by(|(known, _)| id.cmp(known)) {
                Ok(place) => Some(std::mem::replace(&mut states[place].1, state)),
                Err(place) => {
                    states.insert(place, (id.clone(), state));
                    None
                }
            }
        };
        if was != Some(state) {
            self.library.changed.set(());
            self.refilter();
        }
        was
    }

    /// A video is gone.
    pub(super) fn forget_state(self, id: &IntentId) {
        self.local().states.borrow_mut().retain(|(known, _)| known != id);
        self.library.changed.set(());
        self.refilter();
    }

    /// Finds out anew which videos fit, once for all changes of this turn.
    fn refilter(self) {
        if self.local().refiltering.replace(true) {
            return;
        }
        spawn_local(async move {
            let local = self.local();
            local.refiltering.set(false);
            let query = Query::new(&self.library.query.get_untracked());
            let show = Show::parse(&self.library.show.get_untracked());
            let found = (!query.is_empty()).then(|| self.engine().ids_where(|intent| query.finds(intent)));
            let fits = |(id, state): &&(IntentId, State)| {
                show.admits(*state) && found.as_ref().is_none_or(|found| found.binary_search(id).is_ok())
            };
            let states = local.states.borrow();
            let shown: Vec<IntentId> = states.iter().filter(fits).map(|(id, _)| id.clone()).collect();
            let count = states.len() as u64;
            drop(states);
            if self.library.count.get_untracked() != count {
                self.library.count.set(count);
            }
            if self.library.shown.with_untracked(|before| *before != shown) {
                self.library.shown.set(shown);
            }
        });
    }

    /// Takes a video out of the list. It can be brought back until [`Studio::forget_removed`].
    pub fn remove(self, id: IntentId) {
        let engine = self.engine();
        spawn_local(async move {
            if let Ok(removed) = engine.remove(&id).await
                && !removed.is_empty()
            {
                self.note_removed_costs(&removed, 1.0);
                self.library.removed.try_update(|before| before.extend(removed));
            }
        });
    }

    /// Brings back what was removed.
    pub fn undo_removal(self) {
        let removed = self.library.removed.get_untracked();
        self.library.removed.set(Vec::new());
        let engine = self.engine();
        // What cannot be written is offered again.
        spawn_local(async move {
            match engine.restore(removed.clone()).await {
                Ok(()) => self.note_removed_costs(&removed, -1.0),
                Err(_) => _ = self.library.removed.try_set(removed),
            }
        });
    }

    /// What was removed stays so; its bytes go too.
    pub fn forget_removed(self) {
        let removed = self.library.removed.get_untracked();
        self.library.removed.set(Vec::new());
        let engine = self.engine();
        spawn_local(async move {
            for intent in removed {
                media::forget(engine.journal(), &intent.id).await;
            }
        });
    }
}
