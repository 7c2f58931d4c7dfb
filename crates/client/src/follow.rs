//! Following: which accepted task is looked at when, by the wall clock.

use crate::answer::{look_request, looked};
use crate::engine::{Engine, is_key_trouble};
use crate::journal::Journal;
use crate::platform::{Platform, SendError};
use crate::relay::pushed_gap_s;
use vireo_core::intent::{Cause, Intent, IntentId, Order, State};
use vireo_core::machine::{Event, apply};
use vireo_core::retry::after_poll_error;

/// Looks under way at once; a browser opens six connections to one host.
const MAX_IN_FLIGHT: usize = 6;

/// Between looks at a task older than a day that is not called stale yet, in seconds: where only the clock was set, most
/// tasks are done by the last of them.
const LATE_GAP_S: f64 = 200.0;

/// Between looks at whether the tab that sends something is still alive.
const ORPHAN_CHECK_MS: u64 = 15_000;

impl<P: Platform, J: Journal> Engine<P, J> {
    /// Looks at a task now, whatever the plan: a person asked for it.
    pub async fn fetch_again(&self, id: &IntentId) {
        let free = !self.0.in_flight.borrow().contains(id);
        if free {
            self.0.in_flight.borrow_mut().push(id.clone());
            self.look(id.clone(), true).await;
        }
    }

    pub(crate) fn look_at_due(&self) {
        if self.0.stopped.get() || self.0.notice.borrow().key_needed {
            return;
        }
        let now = self.0.platform.now_ms();
        let room = MAX_IN_FLIGHT.saturating_sub(self.0.in_flight.borrow().len());
        let mut due: Vec<(u64, IntentId)> = self
            .0
            .intents
            .borrow()
            .iter()
            .filter(|intent| is_due(intent, now) && !self.0.in_flight.borrow().contains(&intent.id))
            .map(|intent| (intent.follow.next_ms, intent.id.clone()))
            .collect();
        due.sort();
        for (_, id) in due.into_iter().take(room) {
            self.0.in_flight.borrow_mut().push(id.clone());
            let engine = self.clone();
            self.0.platform.spawn(Box::pin(async move {
                engine.look(id, false).await;
                engine.tick();
            }));
        }
    }

    pub(crate) fn arm(&self) {
        let now = self.0.platform.now_ms();
        let asleep = self.0.notice.borrow().key_needed;
        let in_flight = self.0.in_flight.borrow();
        let next = self
            .0
            .intents
            .borrow()
            .iter()
            .filter(|intent| !asleep && is_followed(intent) && !in_flight.contains(&intent.id))
            .map(|intent| if is_due(intent, now) { now + 1_000 } else { intent.follow.next_ms })
            .min();
        let elsewhere = self.0.intents.borrow().iter().any(|intent| self.is_elsewhere(intent));
        let next = next.into_iter().chain(elsewhere.then_some(now + ORPHAN_CHECK_MS)).min();
        if let Some(at) = next {
            self.0.platform.wake_at(at);
        }
    }

    /// Sets when the task is looked at next, from its age alone.
    pub(crate) fn plan(&self, intent: &mut Intent, now_ms: u64) {
        let scale = self.0.settings.typical.of(&intent.order) / crate::Typical::default().of(&intent.order);
        let gap = |seconds: f64| (seconds * scale.clamp(0.04, 1.0) * 1000.0) as u64;
        let follow = &intent.follow;
        intent.follow.next_ms = match intent.state {
            State::Generating if follow.late > 0 => now_ms + gap(LATE_GAP_S),
            State::Generating if follow.empty > 0 => now_ms + gap(15.0),
            State::Generating | State::Stale => {
                let age = intent.age_s(now_ms);
                let (expected, schedule) = &*self.expectation(&intent.order);
                let mut next = schedule.next_look(age);
                if self.0.pushed.get() {
                    next = next.max(age + pushed_gap_s(expected.median(), age));
                }
                let planned = now_ms + ((next - age) * 1000.0) as u64;
                match intent.order {
                    Order::Upgrade { .. } => planned.max(now_ms + gap(20.0)),
                    _ => planned,
                }
            }
            State::Failed if follow.recheck => now_ms + gap(75.0),
            _ => 0,
        };
    }

    async fn look(&self, id: IntentId, by_hand: bool) {
        if let Some(intent) = self.claim(&id, by_hand).await {
            self.ask(intent).await;
        }
        self.0.in_flight.borrow_mut().retain(|other| *other != id);
    }

    /// Moves the due time on, so that no other tab takes the same look. `None` where another did already.
    async fn claim(&self, id: &IntentId, by_hand: bool) -> Option<Intent> {
        let seen = self.intent(id)?.follow.next_ms;
        let now = self.0.platform.now_ms();
        let mut claimed = false;
        let intent = self
            .change(id, &mut |intent| {
                let open = is_followed(intent) || (by_hand && intent.task_id.is_some());
                claimed = open && (by_hand || intent.follow.next_ms == seen);
                if claimed {
                    intent.follow.recheck = false;
                    intent.follow.last_ms = Some(now);
                    self.plan(intent, now);
                }
                claimed
            })
            .await?;
        claimed.then_some(intent)
    }

    async fn ask(&self, intent: Intent) {
        let Some(task) = &intent.task_id else { return };
        let answer = self.0.platform.send(&look_request(&intent.order, task), None).await;
        if answer == Err(SendError::NoKey) {
            return self.wait_for_key(&intent.id).await;
        }
        let retry_after = answer.as_ref().ok().and_then(|reply| reply.retry_after_s);
        let event = looked(&intent.order, answer, &self.0.settings.media_origins);
        if let Event::LookFailed(trouble) = &event
            && is_key_trouble(trouble)
        {
            return self.wait_for_key(&intent.id).await;
        }
        let now = self.0.platform.now_ms();
        let random = self.0.platform.random();
        let was = intent.state;
        let after = self
            .change(&intent.id, &mut |intent| {
                if !apply(intent, event.clone(), now) {
                    return false;
                }
                if let Event::LookFailed(_) = event {
                    let wait = after_poll_error(intent.follow.errors, retry_after, random);
                    intent.follow.next_ms = now + (wait * 1000.0) as u64;
                } else {
                    intent.follow.recheck =
                        intent.state == State::Failed && was != State::Failed && may_pass(intent);
                    self.plan(intent, now);
                }
                true
            })
            .await;
        if let Some(after) = after
            && after.state == State::Succeeded
            && was != State::Succeeded
            && let Some(seconds) = took_s(&after)
        {
            self.learn(&after.order, seconds).await;
        }
    }

    async fn wait_for_key(&self, id: &IntentId) {
        let now = self.0.platform.now_ms();
        self.change(id, &mut |intent| {
            intent.follow.next_ms = now;
            true
        })
        .await;
        self.set_notice(|notice| notice.key_needed = true);
    }
}

/// True for an intent that is looked at without being asked.
fn is_followed(intent: &Intent) -> bool {
    intent.task_id.is_some()
        && match intent.state {
            State::Generating => true,
            State::Failed => intent.follow.recheck,
            _ => false,
        }
}

/// A look that was planned by a clock that has been set back since is due at once.
fn is_due(intent: &Intent, now_ms: u64) -> bool {
    let planned_ms = intent.follow.last_ms.or(intent.accepted_ms);
    let is_from_the_future = planned_ms.is_some_and(|at| at > now_ms);
    is_followed(intent) && (now_ms >= intent.follow.next_ms || is_from_the_future)
}

/// Failures that were seen to turn into a success a minute later.
fn may_pass(intent: &Intent) -> bool {
    matches!(&intent.trouble, Some(trouble)
        if trouble.cause == Cause::Provider(veo_api::Class::Upstream)
            && trouble.words.to_ascii_lowercase().contains("timeout"))
}

/// How long the provider worked, in seconds; `None` where its times make no sense.
fn took_s(intent: &Intent) -> Option<f64> {
    let outcome = intent.outcome.as_ref()?;
    let ms = outcome.completed_ms?.checked_sub(outcome.started_ms?)?;
    (ms > 0).then(|| ms as f64 / 1000.0)
}
