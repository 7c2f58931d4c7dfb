//! One poller for everybody: looks at every open task by the schedule of `vireo-core`, and at once where a callback
//! says that there is something to see.

use crate::book::Book;
use crate::clock::now_ms;
use crate::intent::{Follow, Intent, IntentId, Verdict};
use crate::media::Renditions;
use crate::metrics::Metrics;
use crate::order::Kind;
use crate::purse::Purse;
use crate::store::StoreError;
use crate::upstream::Upstream;
use percent_encoding::percent_decode_str;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tracing::{debug, info, warn};
use veo_api::{
    ApiError, Model, Record, Reply, Status, TaskId, Upgrade, Upgrade4k, read_4k, read_record, record_info,
};
use vireo_core::schedule::{Distribution, Schedule};

/// Between two planned looks: the account's share of requests is for the people.
const BETWEEN_LOOKS_MS: u64 = 250;
/// Between two looks that callbacks ask for at one task.
const BETWEEN_CALLS_MS: u64 = 10_000;
/// Looks that are under way at once.
const AT_ONCE: usize = 16;

/// Prior medians of the generation time in seconds, by model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Typical {
    /// For `veo3`.
    pub quality: f64,
    /// For `veo3_fast`, and for models that this build does not know.
    pub fast: f64,
    /// For `veo3_lite`.
    pub lite: f64,
}

/// Follows open tasks.
pub(crate) struct Follower {
    upstream: Arc<dyn Upstream>,
    book: Book,
    schedules: Schedules,
    renditions: Arc<Renditions>,
    metrics: Arc<Metrics>,
    purse: Arc<Purse>,
    open: Mutex<HashMap<IntentId, Open>>,
    /// Tasks that ended without a video. The provider's own timeout may be followed by success all the same (client).
    given_up: Mutex<HashMap<TaskId, IntentId>>,
    woken: Notify,
    at_once: Arc<Semaphore>,
}

#[derive(Clone, Debug)]
struct Open {
    follow: Follow,
    /// When to look next.
    due_ms: u64,
    /// Whether a callback asks for that look.
    called: bool,
    /// When a callback last made us look.
    last_called_ms: Option<u64>,
    looking: bool,
}

/// What comes first is the least of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    is_later: bool,
    is_planned: bool,
    due_ms: u64,
}

impl Open {
    /// Planned looks wait until `rested_ms`; those that callbacks ask for do not, and go first among what is due.
    fn turn(&self, now_ms: u64, rested_ms: u64) -> Turn {
        let due_ms = if self.called { self.due_ms } else { self.due_ms.max(rested_ms) };
        Turn { is_later: due_ms > now_ms, is_planned: !self.called, due_ms }
    }
}

/// Solved when they are first needed: that takes a while, and few relays see every model.
struct Schedules {
    typical: Typical,
    quality: OnceLock<Schedule>,
    fast: OnceLock<Schedule>,
    lite: OnceLock<Schedule>,
}

impl Schedules {
    fn new(typical: Typical) -> Self {
        Schedules { typical, quality: OnceLock::new(), fast: OnceLock::new(), lite: OnceLock::new() }
    }

    fn of(&self, intent: &Intent) -> &Schedule {
        let (solved, median) = match (intent.kind, &intent.model) {
            // Extensions and upgrades take their time, whatever the model.
            (Kind::Extend | Kind::Upgrade4k, _) | (_, Model::Quality) => {
                (&self.quality, self.typical.quality)
            }
            (_, Model::Lite) => (&self.lite, self.typical.lite),
            _ => (&self.fast, self.typical.fast),
        };
        solved.get_or_init(|| Schedule::solve(&Distribution::from_prior(median)))
    }

    fn next_ms(&self, intent: &Intent, now_ms: u64) -> u64 {
        let age = intent.age_s(now_ms);
        let wait = (self.of(intent).next_look(age) - age).max(0.0);
        now_ms + (wait * 1000.0) as u64
    }
}

impl Follower {
    pub(crate) fn new(
        upstream: Arc<dyn Upstream>,
        book: Book,
        renditions: Arc<Renditions>,
        typical: Typical,
        metrics: Arc<Metrics>,
        purse: Arc<Purse>,
    ) -> Self {
        Follower {
            upstream,
            book,
            renditions,
            schedules: Schedules::new(typical),
            metrics,
            purse,
            open: Mutex::default(),
            given_up: Mutex::default(),
            woken: Notify::new(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// How many tasks are open.
    pub(crate) fn open_tasks(&self) -> usize {
        lock(&self.open).len()
    }

    /// Takes up an intent, or drops it if there is nothing more to see.
    pub(crate) fn follow(&self, intent: &Intent) {
        let mut open = lock(&self.open);
        match intent.to_follow() {
            Some(follow) => {
                let due_ms = self.schedules.next_ms(intent, now_ms());
                let entry = open.entry(intent.id.clone()).or_insert_with(|| Open {
                    follow: follow.clone(),
                    due_ms,
                    called: false,
                    last_called_ms: None,
                    looking: false,
                });
                entry.follow = follow;
            }
            None => {
                open.remove(&intent.id);
                self.purse.over(&intent.id.caller, &intent.id.key);
            }
        }
        drop(open);
        if let Some(task) = &intent.task_id {
            match intent.verdict {
                Some(Verdict::Failed | Verdict::Stale) => {
                    lock(&self.given_up).insert(task.clone(), intent.id.clone());
                }
                Some(Verdict::Succeeded) | None => {
                    lock(&self.given_up).remove(task);
                }
            }
        }
        self.woken.notify_one();
    }

    /// Looks at an intent's task as soon as that is polite.
    pub(crate) fn called_back(&self, intent: &Intent) {
        self.follow(intent);
        let mut open = lock(&self.open);
        if let Some(entry) = open.get_mut(&intent.id) {
            let now = now_ms();
            let due = entry.last_called_ms.map_or(now, |last| now.max(last + BETWEEN_CALLS_MS));
            entry.due_ms = entry.due_ms.min(due);
            entry.called = true;
        }
        drop(open);
        self.woken.notify_one();
    }

    /// Whether a task's record is waited for, or would be news.
    pub(crate) fn follows(&self, task: &TaskId) -> bool {
        self.following_record(task).is_some() || lock(&self.given_up).contains_key(task)
    }

    /// A browser has asked for a record that is of use here too.
    pub(crate) async fn seen(&self, task: &TaskId, record: &Record) {
        let late = || lock(&self.given_up).get(task).filter(|_| record.status == Status::Succeeded).cloned();
        if let Some(id) = self.following_record(task).or_else(late) {
            self.record(&id, task, record).await;
        }
    }

    fn following_record(&self, task: &TaskId) -> Option<IntentId> {
        self.following(|follow| matches!(follow, Follow::Record(own) if own == task))
    }

    /// A browser has asked again for a 4K version.
    pub(crate) async fn seen_4k(&self, task: &TaskId, index: u32, answer: &Result<Upgrade, ApiError>) {
        if let Some(id) = self
            .following(|follow| matches!(follow, Follow::Upgrade4k(own, at) if own == task && *at == index))
        {
            self.upgrade(&id, answer.clone()).await;
        }
    }

    fn following(&self, is_it: impl Fn(&Follow) -> bool) -> Option<IntentId> {
        lock(&self.open).iter().find(|(_, open)| is_it(&open.follow)).map(|(id, _)| id.clone())
    }

    /// Follows until the process ends.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut rested_ms = 0;
        loop {
            let now = now_ms();
            let Some((id, due_ms)) = self.next(now, rested_ms) else {
                self.woken.notified().await;
                continue;
            };
            if due_ms > now {
                let wait = Duration::from_millis(due_ms - now);
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.woken.notified() => {}
                }
                continue;
            }
            let Ok(permit) = Arc::clone(&self.at_once).acquire_owned().await else { return };
            let Some((follow, called)) = self.begin(&id) else { continue };
            let follower = Arc::clone(&self);
            tokio::spawn(async move {
                follower.look(&id, &follow).await;
                follower.plan(&id, called).await;
                drop(permit);
            });
            if !called {
                rested_ms = now + BETWEEN_LOOKS_MS;
            }
        }
    }

    /// Whose turn is next, and when.
    fn next(&self, now_ms: u64, rested_ms: u64) -> Option<(IntentId, u64)> {
        let open = lock(&self.open);
        let waiting = open.iter().filter(|(_, open)| !open.looking);
        let (id, next) = waiting.min_by_key(|(_, open)| open.turn(now_ms, rested_ms))?;
        Some((id.clone(), next.turn(now_ms, rested_ms).due_ms))
    }

    fn begin(&self, id: &IntentId) -> Option<(Follow, bool)> {
        let mut open = lock(&self.open);
        let entry = open.get_mut(id).filter(|entry| !entry.looking)?;
        entry.looking = true;
        let called = std::mem::take(&mut entry.called);
        if called {
            entry.last_called_ms = Some(now_ms());
        }
        Some((entry.follow.clone(), called))
    }

    async fn look(&self, id: &IntentId, follow: &Follow) {
        self.metrics.looks.up();
        match follow {
            Follow::Record(task) => self.look_at_record(id, task).await,
            Follow::Upgrade4k(task, index) => self.look_at_upgrade(id, task, *index).await,
        }
    }

    async fn look_at_upgrade(&self, id: &IntentId, task: &TaskId, index: u32) {
        let request = Upgrade4k { task_id: task.clone(), index, callback_url: None }.request();
        match self.upstream.send(request.into()).await.map(|reply| read_4k(&reply)) {
            Ok(answer) => {
                if let Ok(Upgrade::Ready { urls, .. }) = &answer {
                    self.renditions.remember(task, "4k", urls).await;
                }
                self.upgrade(id, answer).await;
            }
            Err(error) => debug!(intent = id.key, "a look: {error}"),
        }
    }

    async fn look_at_record(&self, id: &IntentId, task: &TaskId) {
        let answer = self.upstream.send(record_info(task).into()).await;
        match answer.map(|reply| (names_another(&reply, id), read_record(&reply))) {
            Ok((true, _)) => warn!(intent = id.key, "a record was made for another intent"),
            Ok((false, Ok(record))) => self.record(id, task, &record).await,
            Ok((false, Err(error))) => debug!(intent = id.key, "a look: {error}"),
            Err(error) => debug!(intent = id.key, "a look: {error}"),
        }
    }

    /// What a record says about an intent.
    async fn record(&self, id: &IntentId, task: &TaskId, record: &Record) {
        let (task, record) = (task.clone(), record.clone());
        let is_another = record.task_id.as_ref().is_some_and(|named| *named != task);
        if is_another {
            return warn!(intent = id.key, "a record names another task than the one it was asked for");
        }
        let changed = self.book.change(id, move |intent| {
            if intent.called_back.as_ref() == Some(&task) {
                intent.identified(&task, now_ms());
            }
            if intent.task_id.as_ref() == Some(&task) {
                intent.looked(&record, now_ms());
            }
        });
        self.settle(changed.await);
    }

    /// What asking for a 4K version again says about an intent.
    async fn upgrade(&self, id: &IntentId, answer: Result<Upgrade, ApiError>) {
        let changed = self.book.change(id, move |intent| intent.looked_4k(&answer, now_ms()));
        self.settle(changed.await);
    }

    fn settle(&self, changed: Result<Option<Intent>, StoreError>) {
        match changed {
            Ok(Some(after)) => {
                if let Some(state) = after.state().filter(|_| after.to_follow().is_none()) {
                    info!(intent = after.id.key, state, "a task has ended");
                }
                self.follow(&after);
            }
            Ok(None) => {}
            Err(error) => warn!("what a look says could not be stored: {error}"),
        }
    }

    async fn plan(&self, id: &IntentId, called: bool) {
        let now = now_ms();
        let planned = match self.book.get(id.clone()).await {
            Ok(Some(intent)) => self.schedules.next_ms(&intent, now),
            Ok(None) | Err(_) => now + BETWEEN_CALLS_MS,
        };
        if let Some(entry) = lock(&self.open).get_mut(id) {
            // A callback that was faster than the record is worth another look soon.
            entry.due_ms = if called || entry.called { planned.min(now + BETWEEN_CALLS_MS) } else { planned };
            entry.looking = false;
        }
        self.woken.notify_one();
    }
}

/// Whether a record shows a callback address of ours that belongs to another intent: the provider echoes what a task was
/// made with.
fn names_another(reply: &Reply, id: &IntentId) -> bool {
    // The echo is JSON within JSON, so its slashes may be escaped more than once.
    let plain = reply.body.replace('\\', "");
    let mut named = plain.split("/relay/callback/").skip(1).peekable();
    let own = |rest: &str| {
        let key = rest.split('/').next().unwrap_or_default();
        percent_decode_str(key).decode_utf8().is_ok_and(|key| key == id.key)
    };
    named.peek().is_some() && !named.any(own)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(due_ms: u64, called: bool) -> Open {
        let follow = Follow::Record(TaskId::parse("a").unwrap());
        Open { follow, due_ms, called, last_called_ms: None, looking: false }
    }

    #[test]
    fn a_callback_waits_for_no_planned_look() {
        let turn = |due_ms, called| open(due_ms, called).turn(1000, 1250);
        let called = turn(1000, true);
        assert!(called < turn(0, false), "while planned looks rest");
        assert!(!called.is_later && turn(0, false).is_later);
        assert!(called < open(0, false).turn(1000, 0), "among what is due");
        assert!(open(0, false).turn(1000, 0) < turn(1001, true), "not before it is due itself");
    }
}
