//! A journal whose every operation can be the last thing a tab does, or fail.

use crate::lab::Lab;
use crate::tab::Life;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use vireo_client::{Added, Journal, JournalError, ShelfJournal, Start};
use vireo_core::intent::{Intent, IntentId};

/// When a tab crashes, relative to an operation of its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The operation never happens.
    Before,
    /// It happens, and nobody hears of it.
    After,
}

/// Crash of a tab at the operation with this number, from 0.
pub type Crash = (usize, Moment);

/// What a failing journal says to a write, by the operation's name.
type Failing = Box<dyn Fn(&str) -> Option<JournalError>>;

/// One tab's access to the shared journal.
pub struct Disk {
    shared: ShelfJournal,
    lab: Weak<Lab>,
    life: Rc<Life>,
    operations: Rc<Cell<usize>>,
    crash: Option<Crash>,
    failing: RefCell<Failing>,
}

impl Disk {
    pub(crate) fn new(shared: ShelfJournal, lab: &Rc<Lab>, life: Rc<Life>, crash: Option<Crash>) -> Self {
        Disk {
            shared,
            lab: Rc::downgrade(lab),
            life,
            operations: Rc::default(),
            crash,
            failing: RefCell::new(Box::new(|_| None)),
        }
    }

    /// Operations this tab has begun.
    pub fn operations(&self) -> usize {
        self.operations.get()
    }

    /// From now on operations fail as `failing` says.
    pub fn fail(&self, failing: impl Fn(&str) -> Option<JournalError> + 'static) {
        *self.failing.borrow_mut() = Box::new(failing);
    }

    async fn crash_if(&self, number: usize, moment: Moment) {
        if self.crash == Some((number, moment)) {
            self.life.end();
            std::future::pending::<()>().await;
        }
    }

    async fn operation<T>(
        &self,
        name: &str,
        act: impl AsyncFnOnce(&ShelfJournal) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let number = self.operations.get();
        self.operations.set(number + 1);
        let Some(lab) = self.lab.upgrade() else { return std::future::pending().await };
        // As in IndexedDB, transactions that write happen in the order in which they were asked for.
        let turn = lab.disk_turn.lock().await;
        tokio::time::sleep(lab.disk_latency()).await;
        self.crash_if(number, Moment::Before).await;
        let failure = (self.failing.borrow())(name);
        let result = match failure {
            Some(error) => Err(error),
            None => act(&self.shared).await,
        };
        drop(turn);
        self.crash_if(number, Moment::After).await;
        tokio::time::sleep(lab.disk_latency()).await;
        result
    }
}

impl Journal for Disk {
    async fn load(&self, take: &mut dyn FnMut(Vec<Intent>)) -> Result<usize, JournalError> {
        self.operation("load", async |journal| journal.load(take).await).await
    }

    async fn get(&self, id: &IntentId) -> Result<Option<Intent>, JournalError> {
        self.operation("get", async |journal| journal.get(id).await).await
    }

    async fn add(&self, intent: &Intent) -> Result<Added, JournalError> {
        self.operation("add", async |journal| journal.add(intent).await).await
    }

    async fn put(&self, intents: &[Intent]) -> Result<(), JournalError> {
        self.operation("put", async |journal| journal.put(intents).await).await
    }

    async fn update(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent) -> bool,
    ) -> Result<Option<Intent>, JournalError> {
        self.operation("update", async |journal| journal.update(id, change).await).await
    }

    async fn start(&self, id: &IntentId, now_ms: u64) -> Result<Start, JournalError> {
        self.operation("start", async |journal| journal.start(id, now_ms).await).await
    }

    async fn remove(
        &self,
        id: &IntentId,
        may: &dyn Fn(&Intent) -> bool,
    ) -> Result<Option<Intent>, JournalError> {
        self.operation("remove", async |journal| journal.remove(id, may).await).await
    }

    async fn note(&self, name: &str) -> Option<String> {
        let read = self.operation("note", async |journal| Ok(journal.note(name).await)).await;
        read.unwrap_or_default()
    }

    async fn keep_note(&self, name: &str, text: &str) {
        let keep = async |journal: &ShelfJournal| {
            journal.keep_note(name, text).await;
            Ok(())
        };
        // A note is a convenience: that it could not be kept is nobody's concern.
        let _ = self.operation("keep_note", keep).await;
    }
}
