//! A tab: one engine, its clock, its alarm, and its sudden end.

use crate::disk::Disk;
use crate::lab::Lab;
use crate::net::Net;
use std::cell::RefCell;
use std::future::Future;
use std::rc::{Rc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use veo_api::{Reply, Request};
use vireo_client::{Engine, Link, LocalFuture, Platform, SendError};
use vireo_core::intent::{Intent, IntentId};

/// The browser's longest alarm: it looks at the wall clock at least this often.
const LONGEST_ALARM_MS: u64 = 60_000;

/// What ends when a tab dies.
pub(crate) struct Life {
    tasks: RefCell<Vec<AbortHandle>>,
    alarm: RefCell<Option<AbortHandle>>,
    dead: watch::Sender<bool>,
}

impl Life {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Life { tasks: RefCell::default(), alarm: RefCell::default(), dead: watch::channel(false).0 })
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.dead.borrow()
    }

    /// Drops everything that runs in the tab, as a killed process does.
    pub(crate) fn end(&self) {
        self.dead.send_replace(true);
        self.tasks.borrow_mut().drain(..).for_each(|task| task.abort());
        if let Some(alarm) = self.alarm.take() {
            alarm.abort();
        }
    }

    fn spawn(&self, future: impl Future<Output = ()> + 'static) -> Option<AbortHandle> {
        if self.is_over() {
            return None;
        }
        let task = tokio::task::spawn_local(future).abort_handle();
        let mut tasks = self.tasks.borrow_mut();
        tasks.retain(|task| !task.is_finished());
        tasks.push(task.clone());
        Some(task)
    }
}

/// A tab in the laboratory. Clones are the same tab.
#[derive(Clone)]
pub struct Tab {
    /// Its name, as in the list of live tabs.
    pub name: String,
    /// Its engine.
    pub engine: Engine<TabPlatform, Disk>,
    pub(crate) life: Rc<Life>,
}

impl Tab {
    /// Does something in the tab; `None` if the tab dies over it.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut dead = self.life.dead.subscribe();
        let ended = async { dead.wait_for(|dead| *dead).await.is_ok() };
        tokio::select! {
            biased;
            _ = ended => None,
            done = work => Some(done),
        }
    }

    /// Kills the tab.
    pub fn crash(&self) {
        self.life.end();
    }

    /// True until it crashed.
    pub fn is_alive(&self) -> bool {
        !self.life.is_over()
    }

    /// What it shows of an intent; the intent must be there.
    pub fn shows(&self, id: &IntentId) -> Intent {
        self.engine.intent(id).expect("the intent is shown")
    }
}

/// The place an engine of the laboratory runs in.
pub struct TabPlatform {
    pub(crate) name: String,
    pub(crate) lab: Weak<Lab>,
    pub(crate) life: Rc<Life>,
}

impl TabPlatform {
    fn lab(&self) -> Rc<Lab> {
        self.lab.upgrade().expect("the laboratory outlives its tabs")
    }

    /// Tells the other tabs, as a broadcast channel does.
    fn tell_others(&self, id: &IntentId) {
        let lab = self.lab();
        if !lab.broadcasts.get() {
            return;
        }
        for tab in lab.live().into_iter().filter(|tab| tab.name != self.name) {
            let (engine, id) = (tab.engine.clone(), id.clone());
            tab.life.spawn(async move { engine.refresh(&id).await });
        }
    }
}

impl Platform for TabPlatform {
    async fn send(&self, request: &Request, key: Option<&IntentId>) -> Result<Reply, SendError> {
        if self.life.is_over() {
            return std::future::pending().await;
        }
        Net::send(&self.lab(), &self.name, request, key).await
    }

    fn link(&self) -> Link {
        if self.lab().net.relay.is_some() { Link::Relay } else { Link::Direct }
    }

    fn now_ms(&self) -> u64 {
        self.lab().wall_ms()
    }

    fn random(&self) -> f64 {
        self.lab().random()
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn spawn(&self, future: LocalFuture) {
        self.life.spawn(future);
    }

    fn wake_at(&self, at_ms: u64) {
        let wait = at_ms.saturating_sub(self.now_ms()).min(LONGEST_ALARM_MS);
        let (lab, name) = (self.lab.clone(), self.name.clone());
        let alarm = self.life.spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            if let Some(tab) = lab.upgrade().and_then(|lab| lab.tab(&name)) {
                // It has gone off: arming the next one must not abort this task.
                tab.life.alarm.take();
                tab.engine.tick();
            }
        });
        if let Some(earlier) = self.life.alarm.replace(alarm) {
            earlier.abort();
        }
    }

    async fn live_tabs(&self) -> Option<Vec<String>> {
        let lab = self.lab();
        lab.knows_tabs.get().then(|| lab.live().into_iter().map(|tab| tab.name).collect())
    }

    fn changed(&self, intent: &Intent, ours: bool) {
        if ours {
            self.tell_others(&intent.id);
        }
    }

    fn removed(&self, id: &IntentId, ours: bool) {
        if ours {
            self.tell_others(id);
        }
    }

    fn noticed(&self) {}
}
