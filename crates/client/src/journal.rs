//! Durable storage for intents, and its stand-in where there is no database.

use std::cell::RefCell;
use std::rc::Rc;
use vireo_core::intent::{Intent, IntentId, State};
use vireo_core::machine::{Event, apply};
use vireo_core::retry::wait_for_slot;

/// Why the journal did not take a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Storage is off, blocked or does not answer.
    #[error("this browser's storage is not available: {0}")]
    Unavailable(String),
    /// There is no room.
    #[error("this browser's storage is full")]
    Full,
}

/// What became of a new record.
#[derive(Clone, Debug, PartialEq)]
pub enum Added {
    /// It is stored.
    New,
    /// This intent was there already, perhaps by another tab.
    Existing(Box<Intent>),
}

/// What became of an attempt to start a queued intent.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// It is stored as `Sending`: the caller, and nobody else, sends it now.
    Now(Box<Intent>),
    /// The shared budget is used up; try again after so many milliseconds.
    Wait(u64),
    /// It is not waiting any more.
    Taken(Option<Box<Intent>>),
}

/// Durable storage, shared by all engines of one profile. Each call is one transaction.
#[allow(async_fn_in_trait, reason = "everything here runs on one thread")]
pub trait Journal: 'static {
    /// Reads everything and hands it over in portions, the newest first; each is sorted by id and older than those before
    /// it. Returns how many records could not be read; they are kept aside.
    async fn load(&self, take: &mut dyn FnMut(Vec<Intent>)) -> Result<usize, JournalError>;

    /// Reads one record.
    async fn get(&self, id: &IntentId) -> Result<Option<Intent>, JournalError>;

    /// Stores a new record, surviving a crash of the machine once it returns. Changes nothing where the id is taken.
    async fn add(&self, intent: &Intent) -> Result<Added, JournalError>;

    /// Stores records as they are, all or none: for imports, and to write memory back after the storage was cleared.
    async fn put(&self, intents: &[Intent]) -> Result<(), JournalError>;

    /// Reads a record, lets `change` alter it, stores it if that returned true. Returns what is stored afterwards, `None`
    /// where the record is gone.
    async fn update(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent) -> bool,
    ) -> Result<Option<Intent>, JournalError>;

    /// Starts a queued intent if the budget shared by all engines allows it, surviving a crash once it returns.
    async fn start(&self, id: &IntentId, now_ms: u64) -> Result<Start, JournalError>;

    /// Deletes a record if `may` says so of what is stored. Returns what was deleted.
    async fn remove(
        &self,
        id: &IntentId,
        may: &dyn Fn(&Intent) -> bool,
    ) -> Result<Option<Intent>, JournalError>;

    /// Reads a small note kept beside the intents.
    async fn note(&self, name: &str) -> Option<String>;

    /// Keeps a small note.
    async fn keep_note(&self, name: &str, text: &str);
}

/// What [`Journal::start`] decides, given the record and when the latest creations left.
pub fn decide_start(intent: Option<Intent>, recent_sent_ms: &[u64], now_ms: u64) -> Start {
    match intent {
        Some(mut intent) if intent.state == State::Queued => match wait_for_slot(recent_sent_ms, now_ms) {
            Some(wait) => Start::Wait(wait),
            None => {
                apply(&mut intent, Event::Started, now_ms);
                Start::Now(Box::new(intent))
            }
        },
        other => Start::Taken(other.map(Box::new)),
    }
}

/// Where a [`ShelfJournal`] keeps its records, all of which fit into memory. Nothing else runs between two calls.
pub trait Shelf: std::fmt::Debug {
    /// Every record, in any order.
    fn all(&self) -> Vec<Intent>;
    /// One record.
    fn one(&self, id: &IntentId) -> Option<Intent>;
    /// Stores a record in place of the one with its id.
    fn store(&self, intent: &Intent) -> Result<(), JournalError>;
    /// Deletes a record.
    fn delete(&self, id: &IntentId);
    /// Reads a note.
    fn note(&self, name: &str) -> Option<String>;
    /// Keeps a note; losing it is no harm.
    fn keep_note(&self, name: &str, text: &str);
}

/// The shelf that is forgotten at the end of the visit.
#[derive(Debug, Default)]
struct Memory {
    records: RefCell<Vec<Intent>>,
    notes: RefCell<Vec<(String, String)>>,
}

impl Shelf for Memory {
    fn all(&self) -> Vec<Intent> {
        self.records.borrow().clone()
    }

    fn one(&self, id: &IntentId) -> Option<Intent> {
        self.records.borrow().iter().find(|intent| intent.id == *id).cloned()
    }

    fn store(&self, intent: &Intent) -> Result<(), JournalError> {
        let mut records = self.records.borrow_mut();
        match records.iter_mut().find(|other| other.id == intent.id) {
            Some(there) => there.clone_from(intent),
            None => records.push(intent.clone()),
        }
        Ok(())
    }

    fn delete(&self, id: &IntentId) {
        self.records.borrow_mut().retain(|intent| intent.id != *id);
    }

    fn note(&self, name: &str) -> Option<String> {
        self.notes.borrow().iter().find(|(known, _)| known == name).map(|(_, text)| text.clone())
    }

    fn keep_note(&self, name: &str, text: &str) {
        self.notes.borrow_mut().retain(|(known, _)| known != name);
        self.notes.borrow_mut().push((name.to_owned(), text.to_owned()));
    }
}

/// A journal without a database: in memory by default, or on another shelf. Clones share their records.
#[derive(Clone, Debug)]
pub struct ShelfJournal {
    shelf: Rc<dyn Shelf>,
}

impl Default for ShelfJournal {
    fn default() -> Self {
        ShelfJournal::on(Memory::default())
    }
}

impl ShelfJournal {
    /// The journal that keeps its records there.
    pub fn on(shelf: impl Shelf + 'static) -> Self {
        ShelfJournal { shelf: Rc::new(shelf) }
    }
}

impl Journal for ShelfJournal {
    async fn load(&self, take: &mut dyn FnMut(Vec<Intent>)) -> Result<usize, JournalError> {
        let mut all = self.shelf.all();
        all.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        take(all);
        Ok(0)
    }

    async fn get(&self, id: &IntentId) -> Result<Option<Intent>, JournalError> {
        Ok(self.shelf.one(id))
    }

    async fn add(&self, intent: &Intent) -> Result<Added, JournalError> {
        if let Some(there) = self.shelf.one(&intent.id) {
            return Ok(Added::Existing(Box::new(there)));
        }
        self.shelf.store(intent)?;
        Ok(Added::New)
    }

    async fn put(&self, intents: &[Intent]) -> Result<(), JournalError> {
        intents.iter().try_for_each(|intent| self.shelf.store(intent))
    }

    async fn update(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent) -> bool,
    ) -> Result<Option<Intent>, JournalError> {
        let Some(mut intent) = self.shelf.one(id) else { return Ok(None) };
        if change(&mut intent) {
            self.shelf.store(&intent)?;
        }
        Ok(Some(intent))
    }

    async fn start(&self, id: &IntentId, now_ms: u64) -> Result<Start, JournalError> {
        let recent: Vec<u64> = self.shelf.all().iter().filter_map(|intent| intent.sent_ms).collect();
        let start = decide_start(self.shelf.one(id), &recent, now_ms);
        if let Start::Now(intent) = &start {
            self.shelf.store(intent)?;
        }
        Ok(start)
    }

    async fn remove(
        &self,
        id: &IntentId,
        may: &dyn Fn(&Intent) -> bool,
    ) -> Result<Option<Intent>, JournalError> {
        let there = self.shelf.one(id).filter(|intent| may(intent));
        if there.is_some() {
            self.shelf.delete(id);
        }
        Ok(there)
    }

    async fn note(&self, name: &str) -> Option<String> {
        self.shelf.note(name)
    }

    async fn keep_note(&self, name: &str, text: &str) {
        self.shelf.keep_note(name, text);
    }
}
