//! A caller's tasks: for each intent its latest state under a number that only grows, and when to look next. Pure.
//!
//! Who listens names the last number it has seen and is told what is newer, so nothing is missing after a break.

use crate::message::Told;
use crate::order::Kind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use veo_api::{Model, Record, Status, TaskId};
use vireo_core::machine::EMPTY_LOOKS;
use vireo_core::schedule::{Distribution, STALE_AFTER_S, Schedule};

/// Intents that are remembered; older ones are asked for one by one.
const REMEMBERED: usize = 500;
/// How long an ended task is told to those who come without a number.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Between two looks that callbacks ask for at one task.
const BETWEEN_CALLS_MS: u64 = 10_000;
/// Attempts to copy a video into the archive, after 1, 2, 4, … minutes: a day and a half in all.
const COPIES: u32 = 12;
const MINUTE_MS: u64 = 60_000;
/// After a look that found nothing, or a result without an address.
const SOON_MS: u64 = 5_000;

/// One intent as its caller is told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) intent: String,
    pub(crate) task: Option<TaskId>,
    kind: Kind,
    model: Model,
    original: Option<TaskId>,
    pub(crate) state: String,
    /// The number of the event that told this state.
    pub(crate) number: u64,
    sent_ms: u64,
    changed_ms: u64,
    /// When to look next.
    due_ms: Option<u64>,
    /// When a callback last made us look.
    called_ms: u64,
    empty_looks: u32,
    is_archived: bool,
    /// How often the copy into the archive has failed.
    failed_copies: u32,
}

impl Task {
    /// As an event of the stream.
    pub(crate) fn event(&self) -> String {
        let data = json!({ "taskId": self.task, "intentId": self.intent, "state": self.state });
        format!("id: {}\nevent: task\ndata: {data}\n\n", self.number)
    }

    /// Whether its videos are still to be copied into the archive.
    pub(crate) fn is_to_archive(&self) -> bool {
        self.state == "succeeded" && !self.is_archived && self.failed_copies < COPIES
    }

    fn has_verdict(&self) -> bool {
        matches!(self.state.as_str(), "succeeded" | "failed")
    }

    fn age_s(&self, now_ms: u64) -> f64 {
        now_ms.saturating_sub(self.sent_ms) as f64 / 1000.0
    }

    /// The planned time of the next look. A 4K upgrade that goes under its original's name has no record of its own.
    fn next_look(&self, now_ms: u64) -> Option<u64> {
        if !matches!(self.state.as_str(), "generating" | "stale")
            || self.task.is_none()
            || self.task == self.original
        {
            return None;
        }
        let median_s = match (self.kind, &self.model) {
            // Extensions and upgrades take their time, whatever the model.
            (Kind::Extend | Kind::Upgrade4k, _) | (_, Model::Quality) => 150.0,
            (_, Model::Lite) => 60.0,
            _ => 75.0,
        };
        let age = self.age_s(now_ms);
        let wait = Schedule::solve(&Distribution::from_prior(median_s)).next_look(age) - age;
        Some(now_ms + (wait.max(1.0) * 1000.0) as u64)
    }
}

/// All of a caller's tasks.
#[derive(Debug, Default)]
pub(crate) struct Book {
    tasks: BTreeMap<String, Task>,
    newest: u64,
}

impl Book {
    /// The book of stored tasks.
    pub(crate) fn new(tasks: impl IntoIterator<Item = Task>) -> Book {
        let tasks: BTreeMap<_, _> = tasks.into_iter().map(|task| (task.intent.clone(), task)).collect();
        let newest = tasks.values().map(|task| task.number).max().unwrap_or_default();
        Book { tasks, newest }
    }

    pub(crate) fn get(&self, intent: &str) -> Option<&Task> {
        self.tasks.get(intent)
    }

    /// A paid request went somehow; true if there is something new to tell.
    pub(crate) fn told(&mut self, told: Told, now_ms: u64) -> bool {
        let is_known = self.tasks.contains_key(&told.intent);
        let task = self.tasks.entry(told.intent.clone()).or_insert_with(|| Task {
            intent: told.intent,
            task: None,
            kind: told.kind,
            model: told.model,
            original: told.original,
            state: told.state.clone(),
            number: 0,
            sent_ms: told.sent_ms,
            changed_ms: now_ms,
            due_ms: None,
            called_ms: 0,
            empty_looks: 0,
            is_archived: false,
            failed_copies: 0,
        });
        let is_new =
            !is_known || (task.task != told.task) || (task.state != told.state && !task.has_verdict());
        if is_new {
            task.task = told.task;
            task.state = told.state;
            task.sent_ms = told.sent_ms;
            task.changed_ms = now_ms;
            task.due_ms = task.next_look(now_ms);
            self.newest += 1;
            task.number = self.newest;
        }
        if told.look && task.due_ms.is_some() {
            let due = now_ms.max(task.called_ms + BETWEEN_CALLS_MS);
            task.due_ms = task.due_ms.min(Some(due));
        }
        is_new
    }

    /// A record was read; true if there is something new to tell.
    pub(crate) fn looked(&mut self, intent: &str, record: Option<&Record>, now_ms: u64) -> bool {
        let Some(task) = self.tasks.get_mut(intent) else { return false };
        let state = match record.map(|record| (record.status, record)) {
            Some((Status::Succeeded, record))
                if !record.videos.is_empty() || !record.full_videos.is_empty() =>
            {
                "succeeded"
            }
            // Success without an address may be a record that is still being written.
            Some((Status::Succeeded, _)) if task.empty_looks + 1 < EMPTY_LOOKS => {
                task.empty_looks += 1;
                task.due_ms = Some(now_ms + SOON_MS);
                return false;
            }
            Some((Status::Succeeded | Status::Failed(_), _)) => "failed",
            _ if task.age_s(now_ms) >= STALE_AFTER_S => "stale",
            _ => "generating",
        };
        let is_new = task.state != state && !task.has_verdict();
        if is_new {
            state.clone_into(&mut task.state);
            task.changed_ms = now_ms;
            self.newest += 1;
            task.number = self.newest;
        }
        task.due_ms = task.next_look(now_ms);
        if record.is_none() {
            task.due_ms = task.due_ms.map(|due| due.min(now_ms + SOON_MS));
        }
        is_new
    }

    /// The copy into the archive went well, or is to be tried again.
    pub(crate) fn archived(&mut self, intent: &str, is_done: bool, now_ms: u64) {
        if let Some(task) = self.tasks.get_mut(intent) {
            task.is_archived = is_done;
            if !is_done {
                task.due_ms = Some(now_ms + (MINUTE_MS << task.failed_copies));
                task.failed_copies += 1;
            }
        }
    }

    /// The tasks to look at now. Each is taken: its next look is planned before this one ends.
    pub(crate) fn take_due(&mut self, now_ms: u64) -> Vec<(String, TaskId)> {
        let mut due = Vec::new();
        for task in self.tasks.values_mut().filter(|task| task.due_ms.is_some_and(|due| due <= now_ms)) {
            task.called_ms = now_ms;
            task.due_ms = task.next_look(now_ms);
            due.extend(task.task.clone().map(|id| (task.intent.clone(), id)));
        }
        due
    }

    /// When somebody must look again.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.tasks.values().filter_map(|task| task.due_ms).min()
    }

    /// What is newer than the event `after`; what is open or ended within a day if there is no such event.
    pub(crate) fn since(&self, after: Option<u64>, now_ms: u64) -> Vec<&Task> {
        let after = after.filter(|after| *after <= self.newest);
        let is_wanted = |task: &&Task| match after {
            Some(after) => task.number > after,
            None => !task.has_verdict() || task.changed_ms + DAY_MS > now_ms,
        };
        let mut tasks: Vec<&Task> = self.tasks.values().filter(is_wanted).collect();
        tasks.sort_unstable_by_key(|task| task.number);
        tasks
    }

    /// Forgets what is beyond the limit, oldest first; their names.
    pub(crate) fn forget(&mut self) -> Vec<String> {
        let mut ended: Vec<(u64, String)> = self
            .tasks
            .values()
            .filter(|task| task.due_ms.is_none())
            .map(|task| (task.number, task.intent.clone()))
            .collect();
        ended.sort_unstable();
        let surplus = self.tasks.len().saturating_sub(REMEMBERED);
        let names: Vec<String> = ended.into_iter().take(surplus).map(|(_, name)| name).collect();
        for name in &names {
            self.tasks.remove(name);
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(intent: &str, state: &str, look: bool) -> Told {
        Told {
            intent: intent.to_owned(),
            task: TaskId::parse(&format!("task-{intent}")),
            kind: Kind::Generate,
            model: Model::Fast,
            original: None,
            state: state.to_owned(),
            sent_ms: 0,
            look,
        }
    }

    fn numbers(tasks: &[&Task]) -> Vec<(u64, String)> {
        tasks.iter().map(|task| (task.number, task.state.clone())).collect()
    }

    #[test]
    fn a_listener_is_told_the_latest_state_of_what_is_newer() {
        let mut book = Book::default();
        assert!(book.told(told("a", "generating", false), 0));
        assert!(book.told(told("b", "unknown", false), 0));
        assert!(book.told(told("b", "generating", false), 0));
        assert!(!book.told(told("b", "generating", false), 0));
        assert_eq!(numbers(&book.since(Some(1), 0)), [(3, "generating".to_owned())]);
        assert_eq!(book.since(None, 0).len(), 2);
        assert_eq!(book.since(Some(99), 0).len(), 2, "a number from another book");
    }

    #[test]
    fn callbacks_make_one_look_in_ten_seconds() {
        let mut book = Book::default();
        book.told(told("a", "generating", false), 0);
        assert!(book.take_due(100).is_empty());
        book.told(told("a", "generating", true), 20_000);
        assert_eq!(book.take_due(20_000).len(), 1);
        for _ in 0..100 {
            book.told(told("a", "generating", true), 20_001);
        }
        assert!(book.take_due(29_999).is_empty());
        assert_eq!(book.take_due(30_000).len(), 1);
    }

    #[test]
    fn without_a_record_it_goes_on_and_after_a_day_it_is_stale_and_followed_still() {
        let mut book = Book::default();
        book.told(told("a", "generating", false), 0);
        assert!(!book.looked("a", None, 60_000));
        assert!(book.next_due().is_some_and(|due| (60_001..=65_000).contains(&due)));
        assert!(book.looked("a", None, DAY_MS + 1));
        assert_eq!(book.get("a").unwrap().state, "stale");
        assert!(book.next_due().is_some());
    }

    #[test]
    fn a_copy_that_failed_is_tried_again_but_not_for_ever() {
        let mut book = Book::default();
        book.told(told("a", "succeeded", false), 0);
        let mut now = 0;
        while book.get("a").unwrap().is_to_archive() {
            book.archived("a", false, now);
            now = book.next_due().unwrap();
            assert_eq!(book.take_due(now).len(), 1);
        }
        assert!(now > DAY_MS && book.next_due().is_none());
        book.archived("a", true, now);
        assert_eq!(book.next_due(), None);
    }
}
