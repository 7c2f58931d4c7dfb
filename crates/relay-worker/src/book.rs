//! A caller's tasks: for each intent its latest state under a number that only grows, and when to look next. Pure.
//!
//! Who listens names the last number it has seen and is told what is newer, so nothing is missing after a break.

use crate::message::Told;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use veo_api::{Model, Record, TaskId};
use vireo_core::schedule::{Distribution, Schedule};
use vireo_relay_core::intent::{Follow, Intent, Verdict};
use vireo_relay_core::order::Kind;

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
    pub(crate) intent: Intent,
    /// When to look next.
    due_ms: Option<u64>,
    /// When a callback last made us look.
    called_ms: u64,
    is_archived: bool,
    /// How often the copy into the archive has failed.
    failed_copies: u32,
}

impl Task {
    /// Its name in the book.
    pub(crate) fn key(&self) -> &str {
        &self.intent.id.key
    }

    /// As an event of the stream.
    pub(crate) fn event(&self) -> String {
        let Intent { id, task_id, event, .. } = &self.intent;
        let data = json!({ "taskId": task_id, "intentId": id.key, "state": self.intent.state() });
        format!("id: {event}\nevent: task\ndata: {data}\n\n")
    }

    /// Whether its videos are still to be copied into the archive. A 4K version that goes under its original's name has
    /// no record that names them.
    pub(crate) fn is_to_archive(&self) -> bool {
        let is_done = self.intent.verdict == Some(Verdict::Succeeded);
        let has_record = self.intent.task_id != self.intent.original;
        is_done && has_record && !self.is_archived && self.failed_copies < COPIES
    }

    fn has_verdict(&self) -> bool {
        matches!(self.intent.verdict, Some(Verdict::Succeeded | Verdict::Failed))
    }

    /// The planned time of the next look.
    fn next_look(&self, now_ms: u64) -> Option<u64> {
        self.intent.to_follow()?;
        let median_s = match (self.intent.kind, &self.intent.model) {
            // Extensions and upgrades take their time, whatever the model.
            (Kind::Extend | Kind::Upgrade4k, _) | (_, Model::Quality) => 150.0,
            (_, Model::Lite) => 60.0,
            _ => 75.0,
        };
        let age = self.intent.age_s(now_ms);
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
        let tasks: BTreeMap<_, _> = tasks.into_iter().map(|task| (task.key().to_owned(), task)).collect();
        let newest = tasks.values().map(|task| task.intent.event).max().unwrap_or_default();
        Book { tasks, newest }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Task> {
        self.tasks.get(key)
    }

    /// A paid request went somehow; true if there is something new to tell.
    pub(crate) fn told(&mut self, told: Told, now_ms: u64) -> bool {
        let Told { intent, look } = told;
        let key = intent.id.key.clone();
        let known = self.tasks.get(&key).map(|task| &task.intent);
        // What its looks have found, the intent's object does not know.
        let is_new = known.is_none_or(|known| known.stage != intent.stage || known.task_id != intent.task_id);
        let task = self.tasks.entry(key).or_insert_with(|| Task {
            intent: intent.clone(),
            due_ms: None,
            called_ms: 0,
            is_archived: false,
            failed_copies: 0,
        });
        if is_new {
            self.newest += 1;
            task.intent = intent;
            task.intent.event = self.newest;
            task.intent.changed_ms = now_ms;
            task.due_ms = task.next_look(now_ms);
        }
        if look && task.due_ms.is_some() {
            let due = now_ms.max(task.called_ms + BETWEEN_CALLS_MS);
            task.due_ms = task.due_ms.min(Some(due));
        }
        is_new
    }

    /// Somebody has looked, and maybe `found` something, which changes the intent; true if there is something new to
    /// tell.
    pub(crate) fn looked(&mut self, key: &str, found: Option<impl FnOnce(&mut Intent)>, now_ms: u64) -> bool {
        let Some(task) = self.tasks.get_mut(key) else { return false };
        let before = (task.intent.state(), task.intent.task_id.clone(), task.intent.clone());
        let has_found = found.is_some();
        match found {
            Some(change) => change(&mut task.intent),
            None => task.intent.age(now_ms),
        }
        let is_new = (task.intent.state(), &task.intent.task_id) != (before.0, &before.1);
        // A success without an address may be a record that is still being written.
        let is_empty = !is_new && task.intent != before.2;
        if is_new {
            self.newest += 1;
            task.intent.event = self.newest;
            task.intent.changed_ms = now_ms;
        }
        task.due_ms = task.next_look(now_ms);
        if !has_found || is_empty {
            task.due_ms = task.due_ms.map(|due| due.min(now_ms + SOON_MS));
        }
        is_new
    }

    /// A client's own look has found a record; the name of the task that this is news of.
    pub(crate) fn seen(&mut self, id: &TaskId, record: &Record, now_ms: u64) -> Option<String> {
        let mut tasks = self.tasks.values();
        let key = tasks.find(|task| task.intent.task_id.as_ref() == Some(id))?.key().to_owned();
        let found = Some(|intent: &mut Intent| intent.looked(record, now_ms));
        if !self.looked(&key, found, now_ms) {
            return None;
        }
        // The copy into the archive is the alarm's work.
        if let Some(task) = self.tasks.get_mut(&key).filter(|task| task.is_to_archive()) {
            task.due_ms = Some(now_ms);
        }
        Some(key)
    }

    /// The copy into the archive went well, or is to be tried again.
    pub(crate) fn archived(&mut self, key: &str, is_done: bool, now_ms: u64) {
        if let Some(task) = self.tasks.get_mut(key) {
            task.is_archived = is_done;
            if !is_done {
                task.due_ms = Some(now_ms + (MINUTE_MS << task.failed_copies));
                task.failed_copies += 1;
            }
        }
    }

    /// The tasks to look at now. Each is taken: its next look is planned before this one ends.
    pub(crate) fn take_due(&mut self, now_ms: u64) -> Vec<(String, Option<Follow>)> {
        let mut due = Vec::new();
        for task in self.tasks.values_mut().filter(|task| task.due_ms.is_some_and(|due| due <= now_ms)) {
            task.called_ms = now_ms;
            task.due_ms = task.next_look(now_ms);
            due.push((task.key().to_owned(), task.intent.to_follow()));
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
            Some(after) => task.intent.event > after,
            None => !task.has_verdict() || task.intent.changed_ms + DAY_MS > now_ms,
        };
        let mut tasks: Vec<&Task> = self.tasks.values().filter(is_wanted).collect();
        tasks.sort_unstable_by_key(|task| task.intent.event);
        tasks
    }

    /// Forgets what is beyond the limit, oldest first; their names.
    pub(crate) fn forget(&mut self) -> Vec<String> {
        let mut ended: Vec<(u64, String)> = self
            .tasks
            .values()
            .filter(|task| task.due_ms.is_none())
            .map(|task| (task.intent.event, task.key().to_owned()))
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
    use veo_api::{Reply, read_record};
    use vireo_relay_core::intent::{IntentId, Stage};
    use vireo_relay_core::order::Order;

    const NOTHING: Option<fn(&mut Intent)> = None;

    fn told(key: &str, is_accepted: bool, look: bool) -> Told {
        let order = Order::read(Kind::Generate, br#"{"prompt":"a boat"}"#).unwrap();
        let id = IntentId { caller: "ann".to_owned(), key: key.to_owned() };
        let mut intent = Intent::new(id, &order, 0);
        intent.stage = Stage::Sent;
        match is_accepted {
            true => {
                let body = format!(r#"{{"code":200,"msg":"success","data":{{"taskId":"task-{key}"}}}}"#);
                intent.answered(&Reply { status: 200, body, ..Reply::default() }, 0);
            }
            false => intent.lost(),
        }
        Told { intent, look }
    }

    fn record(response: &str) -> Record {
        let body =
            format!(r#"{{"code":200,"data":{{"taskId":"task-a","successFlag":1,"response":{response}}}}}"#);
        read_record(&Reply { status: 200, body, ..Reply::default() }).unwrap()
    }

    fn numbers(tasks: &[&Task]) -> Vec<(u64, Option<&'static str>)> {
        tasks.iter().map(|task| (task.intent.event, task.intent.state())).collect()
    }

    #[test]
    fn a_listener_is_told_the_latest_state_of_what_is_newer() {
        let mut book = Book::default();
        assert!(book.told(told("a", true, false), 0));
        assert!(book.told(told("b", false, false), 0));
        assert!(book.told(told("b", true, false), 0));
        assert!(!book.told(told("b", true, false), 0));
        assert_eq!(numbers(&book.since(Some(1), 0)), [(3, Some("generating"))]);
        assert_eq!(book.since(None, 0).len(), 2);
        assert_eq!(book.since(Some(99), 0).len(), 2, "a number from another book");
    }

    #[test]
    fn callbacks_make_one_look_in_ten_seconds() {
        let mut book = Book::default();
        book.told(told("a", true, false), 0);
        assert!(book.take_due(100).is_empty());
        book.told(told("a", true, true), 20_000);
        assert_eq!(book.take_due(20_000).len(), 1);
        for _ in 0..100 {
            book.told(told("a", true, true), 20_001);
        }
        assert!(book.take_due(29_999).is_empty());
        assert_eq!(book.take_due(30_000).len(), 1);
    }

    #[test]
    fn without_a_record_it_goes_on_and_after_a_day_it_is_stale() {
        let mut book = Book::default();
        book.told(told("a", true, false), 0);
        assert!(!book.looked("a", NOTHING, 60_000));
        assert!(book.next_due().is_some_and(|due| (60_001..=65_000).contains(&due)));
        assert!(book.looked("a", NOTHING, DAY_MS + 1));
        assert_eq!(book.get("a").unwrap().intent.state(), Some("stale"));
        assert_eq!(book.next_due(), None);
    }

    #[test]
    fn a_success_without_an_address_is_looked_at_again_soon() {
        let mut book = Book::default();
        book.told(told("a", true, false), 0);
        assert!(!book.looked("a", Some(|intent: &mut Intent| intent.looked(&record("{}"), 10_000)), 10_000));
        assert_eq!(book.next_due(), Some(10_000 + SOON_MS));
        let full = || record(r#"{"resultUrls":["https://a.example/1.mp4"]}"#);
        assert!(book.looked("a", Some(|intent: &mut Intent| intent.looked(&full(), 15_000)), 15_000));
        assert!(!book.told(told("a", true, true), 16_000), "the verdict stays");
        assert_eq!(numbers(&book.since(None, 16_000)), [(2, Some("succeeded"))]);
    }

    #[test]
    fn a_late_success_mends_a_failure() {
        let mut book = Book::default();
        book.told(told("a", true, false), 0);
        let body = r#"{"code":200,"data":{"taskId":"task-a","successFlag":2}}"#.to_owned();
        let failed = read_record(&Reply { status: 200, body, ..Reply::default() }).unwrap();
        let task = TaskId::parse("task-a").unwrap();
        assert_eq!(book.seen(&task, &failed, 1).as_deref(), Some("a"));
        assert_eq!((book.get("a").unwrap().intent.state(), book.next_due()), (Some("failed"), None));
        let full = record(r#"{"resultUrls":["https://a.example/1.mp4"]}"#);
        assert_eq!(book.seen(&task, &full, 2).as_deref(), Some("a"));
        assert_eq!((book.get("a").unwrap().intent.state(), book.next_due()), (Some("succeeded"), Some(2)));
        assert_eq!(book.seen(&task, &full, 3), None);
    }

    #[test]
    fn a_copy_that_failed_is_tried_again_but_not_for_ever() {
        let mut book = Book::default();
        book.told(told("a", true, false), 0);
        let full = || record(r#"{"resultUrls":["https://a.example/1.mp4"]}"#);
        book.looked("a", Some(|intent: &mut Intent| intent.looked(&full(), 0)), 0);
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
