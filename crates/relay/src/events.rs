//! What browsers are told about their tasks: for each intent its latest state, under a number that only grows.
//!
//! There are no queues. Whoever listens remembers the last number it has told and takes what is newer, so a slow reader
//! costs nothing, a late one begins with the present, and after a break nothing is missing.

use crate::intent::Intent;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use veo_api::TaskId;

/// Intents per caller that are remembered; older ones are asked for one by one.
const REMEMBERED: usize = 500;
/// How long an ended task is told to those who come later.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The data of a `task` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskEvent {
    task_id: Option<TaskId>,
    intent_id: String,
    state: &'static str,
    #[serde(skip)]
    at_ms: u64,
}

/// All callers' topics.
#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<HashMap<String, Arc<Topic>>>);

#[derive(Debug, Default)]
struct Topic {
    told: Mutex<Told>,
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Told {
    by_number: BTreeMap<u64, TaskEvent>,
    number_of: HashMap<String, u64>,
}

impl Hub {
    /// Tells an intent's state to its caller. Numbers must come in their order.
    pub(crate) fn publish(&self, intent: &Intent) {
        let Some(state) = intent.state().filter(|_| intent.event > 0) else { return };
        let topic = self.topic(&intent.id.caller);
        let mut told = lock(&topic.told);
        let intent_id = intent.id.key.clone();
        match told.number_of.insert(intent_id.clone(), intent.event) {
            Some(number) if number == intent.event => return,
            Some(number) => drop(told.by_number.remove(&number)),
            None => {}
        }
        let event = TaskEvent { task_id: intent.task_id.clone(), intent_id, state, at_ms: intent.changed_ms };
        told.by_number.insert(intent.event, event);
        if told.by_number.len() > REMEMBERED
            && let Some((_, oldest)) = told.by_number.pop_first()
        {
            told.number_of.remove(&oldest.intent_id);
        }
        drop(told);
        topic.newest.send_modify(|newest| *newest = (*newest).max(intent.event));
    }

    /// Listens to a caller's tasks after the event `after`; to all of the last day without it.
    pub(crate) fn subscribe(&self, caller: &str, after: Option<u64>) -> Subscription {
        let topic = self.topic(caller);
        let newest = topic.newest.subscribe();
        // A number from a store that is gone: begin anew.
        let after = after.filter(|after| *after <= *newest.borrow());
        Subscription { topic, newest, last: after.unwrap_or(0), all: after.is_some() }
    }

    fn topic(&self, caller: &str) -> Arc<Topic> {
        Arc::clone(lock(&self.0).entry(caller.to_owned()).or_default())
    }
}

/// One listener.
#[derive(Debug)]
pub(crate) struct Subscription {
    topic: Arc<Topic>,
    newest: watch::Receiver<u64>,
    last: u64,
    /// Whether what ended long ago is told too.
    all: bool,
}

impl Subscription {
    /// What is new since the last call, in order.
    pub(crate) fn take(&mut self, now_ms: u64) -> Vec<(u64, TaskEvent)> {
        self.newest.mark_unchanged();
        let told = lock(&self.topic.told);
        let fresh = told.by_number.range(self.last + 1..);
        let events: Vec<_> = fresh.map(|(number, event)| (*number, event.clone())).collect();
        drop(told);
        self.last = events.last().map_or(self.last, |(number, _)| *number);
        let is_open = |event: &TaskEvent| matches!(event.state, "generating" | "unknown");
        let tell = |event: &TaskEvent| self.all || is_open(event) || event.at_ms + DAY_MS > now_ms;
        let events = events.into_iter().filter(|(_, event)| tell(event)).collect();
        self.all = true;
        events
    }

    /// Ready once there is something new.
    pub(crate) async fn changed(&mut self) {
        if self.newest.changed().await.is_err() {
            // The hub is gone, and the process with it.
            std::future::pending().await
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
