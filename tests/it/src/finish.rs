//! The end of every test: what must be true whatever happened.

use crate::lab::Lab;
use crate::net;
use crate::tab::Tab;
use crate::{HOUR, MINUTE, SECOND};
use std::collections::BTreeMap;
use std::rc::Rc;
use vireo_core::intent::{Cause, Height, Intent, Order, State, Trouble};
use vireo_simulator::{Job, Kind};

impl Lab {
    /// Stops all faults, lets a person name the tasks whose answers were lost, waits for the verdicts, and holds what
    /// the tabs show against the provider's ledger:
    ///
    /// - I1: no intent was charged twice, and in direct mode none was sent twice;
    /// - I2: every job the provider accepted is shown and has come to its end, unless a person removed it;
    /// - I3: a failure or a refusal is shown only where the provider said so;
    /// - I5: no task was looked at more often than every three seconds on average, nor more than 260 times in all.
    ///
    /// All tabs that are left show the same.
    pub async fn finish(self: &Rc<Self>) {
        self.faults(|_| None);
        self.set_key(true);
        let tab = self.open().await;
        for other in self.live() {
            other.engine.resume();
        }
        self.pass(15 * MINUTE).await;
        for intent in tab.engine.intents().into_iter().filter(|intent| intent.state == State::Unknown) {
            self.heal(&tab, &intent).await;
        }
        let settled = || {
            let ends = |intent: &Intent| intent.state != State::Generating && intent.state != State::Sending;
            tab.engine.intents().iter().all(|intent| ends(intent) || never_ends(intent))
        };
        assert!(self.until(2 * HOUR, settled).await, "I2: no verdict: {:#?}", tab.engine.intents());
        // Until all tabs have heard of it.
        self.pass(SECOND).await;
        self.hold_to_the_ledger(&tab);
        self.count_sends();
        self.count_looks();
    }

    /// A person looks an unknown intent up at the provider, or asks the page to check.
    async fn heal(&self, tab: &Tab, intent: &Intent) {
        if tab.engine.check(&intent.id).await {
            return;
        }
        if let Some(task) = self.task_of(intent) {
            tab.engine.enter_task_id(&intent.id, &task).await.expect("the provider knows its own task");
        }
    }

    fn hold_to_the_ledger(&self, tab: &Tab) {
        let jobs = self.ledger().jobs;
        let intents = tab.engine.intents();
        for intent in &intents {
            let of_intent: Vec<&Job> = jobs.iter().filter(|job| buys(intent, job)).collect();
            let said = || format!("{intent:#?} {of_intent:#?}");
            assert!(of_intent.len() <= 1, "I1: charged twice: {}", said());
            let returned = of_intent.iter().any(|job| job.returned);
            match intent.state {
                State::Succeeded => assert!(!of_intent.is_empty() && !returned, "{}", said()),
                State::Failed => {
                    let no_video = matches!(&intent.trouble, Some(Trouble { cause: Cause::NoVideo, .. }));
                    assert!(returned || no_video, "I3: failed without the provider's word: {}", said());
                }
                State::Rejected | State::Queued => {
                    assert!(of_intent.is_empty(), "I3: charged, but shown as not: {}", said());
                }
                State::Unknown => assert!(of_intent.is_empty(), "I2: does not heal: {}", said()),
                State::Generating | State::Stale => assert!(never_ends(intent), "I2: no verdict: {}", said()),
                State::Sending => panic!("I2: still sending: {}", said()),
            }
        }
        let removed = self.removed.borrow();
        for job in &jobs {
            let shown = intents.iter().any(|intent| buys(intent, job));
            let is_removed = removed.iter().any(|id| job.intent.as_deref() == Some(id.as_str()));
            assert!(shown || is_removed, "I2: paid and not shown: {job:#?}");
        }
        for other in self.live() {
            assert!(removed.iter().all(|id| other.engine.intent(id).is_none()), "removed, and back");
            if self.broadcasts.get() && other.engine.notice().storage.is_none() {
                assert_eq!(other.engine.intents(), intents, "{} shows something else", other.name);
            }
        }
    }

    fn count_sends(&self) {
        let mut sends = BTreeMap::<String, usize>::new();
        // Asking for an upgrade once more is the way to look at it.
        for call in self.calls(net::Kind::Create).into_iter().filter(|call| !call.path.contains("/get-")) {
            *sends.entry(call.key.expect("a paid request has a key")).or_default() += 1;
        }
        let twice = sends.iter().find(|(_, count)| **count > 1);
        assert!(self.net.relay.is_some() || twice.is_none(), "I1: sent twice: {twice:?}");
    }

    fn count_looks(&self) {
        let mut looks = BTreeMap::<String, Vec<u64>>::new();
        for call in self.calls(net::Kind::Look) {
            looks.entry(call.path).or_default().push(call.at_ms);
        }
        for (task, times) in looks {
            let seconds = (times[times.len() - 1] - times[0]) / 1000;
            // Ten more for failed looks in a row, for those a person asks for, and for two tabs at one moment.
            assert!(times.len() as u64 <= 10 + seconds / 3, "I5: {task} looked at {times:?}");
        }
        for job in self.ledger().jobs {
            assert!(job.polls <= 260, "I5: looked at {} times", job.polls);
        }
    }
}

fn never_ends(intent: &Intent) -> bool {
    intent.order.prompt().contains("[sim:never]")
}

/// Whether a job is what an intent bought. Generations are told apart by their prompts, 1080p by the original's task.
fn buys(intent: &Intent, job: &Job) -> bool {
    match &intent.order {
        Order::Upgrade { task_id, height: Height::P1080, .. } => {
            job.kind == Kind::FullHd && job.task_id == task_id.as_str()
        }
        Order::Upgrade { .. } => job.intent.as_deref() == Some(intent.id.as_str()),
        order => job.prompt.as_deref() == Some(order.prompt()),
    }
}
