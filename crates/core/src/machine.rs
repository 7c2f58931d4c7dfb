//! How an intent changes: every event in every state, without a clock, a network or a browser.
//!
//! The rules the rest of the program may rely on:
//! - the paid request leaves only on [`Event::Started`], which only a `Queued` intent takes, once;
//! - nothing but the provider's own words makes a task `Failed` or `Rejected`;
//! - a verdict sticks, except that a late success mends a `Failed` one.

use crate::intent::{Cause, Intent, Outcome, State, Trouble};
use veo_api::TaskId;

/// Looks that may find "success without a link" before that is the verdict.
pub const EMPTY_LOOKS: u32 = 4;

/// Looks past the 24 hours before an intent is called stale: one look alone may be a clock that was set wrong.
pub const LATE_LOOKS: u32 = 3;

/// What can happen to an intent.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The paid request is about to leave. Stored before it does.
    Started,
    /// The provider accepted it under this id.
    Accepted(TaskId),
    /// The provider said a definite no; nothing was charged.
    Refused(Trouble),
    /// No clear answer came; it may have been accepted.
    Lost(Trouble),
    /// The request could not leave this browser at all.
    NotSent(Trouble),
    /// The tab that was sending it is gone.
    Orphaned,
    /// A person, a callback or a relay named the task of an intent whose answer was lost.
    Identified(TaskId),
    /// A look found it still generating.
    StillGenerating,
    /// A look found it finished.
    Finished(Outcome),
    /// A look found that the provider gave up.
    GaveUp(Trouble),
    /// A look was not answered, or with an error about the look and not the task.
    LookFailed(Trouble),
}

/// Applies `event` at `now_ms`. Returns false, leaving the intent as it was, where the event means nothing in its state.
pub fn apply(intent: &mut Intent, event: Event, now_ms: u64) -> bool {
    use State::*;
    match (intent.state, event) {
        (Queued, Event::Started) => {
            intent.state = Sending;
            intent.sent_ms = Some(now_ms);
            intent.trouble = None;
        }
        (Queued, Event::Orphaned) => intent.tab.clear(),

        (Sending, Event::Accepted(task)) | (Sending | Unknown, Event::Identified(task)) => {
            accept(intent, task, now_ms);
        }
        // An answer may still arrive after another tab called this one lost.
        (Unknown, Event::Accepted(task)) => accept(intent, task, now_ms),
        (Sending | Unknown, Event::Refused(trouble)) => end(intent, Rejected, Some(trouble), now_ms),
        (Sending, Event::NotSent(trouble)) => end(intent, Rejected, Some(trouble), now_ms),
        (Sending, Event::Lost(trouble)) => {
            intent.state = Unknown;
            intent.trouble = Some(trouble);
        }
        (Sending, Event::Orphaned) => {
            intent.state = Unknown;
            intent.trouble = Some(Trouble::new(Cause::PageClosed));
        }

        (Generating | Stale | Failed, Event::Finished(outcome)) => return finish(intent, outcome, now_ms),
        // Asked again by a person: the verdict stays, its links are renewed.
        (Succeeded, Event::Finished(outcome)) if !outcome.urls.is_empty() => intent.outcome = Some(outcome),
        // An upgrade that is already there is answered with its link at once.
        (Sending | Unknown, Event::Finished(outcome)) => {
            intent.accepted_ms = Some(now_ms);
            return finish(intent, outcome, now_ms);
        }
        // An upgrade that cannot be made may be told so at once.
        (Sending | Unknown | Generating | Stale, Event::GaveUp(trouble)) => {
            looked(intent, now_ms);
            end(intent, Failed, Some(trouble), now_ms);
        }
        (Generating, Event::StillGenerating) => {
            looked(intent, now_ms);
            if intent.age_s(now_ms) >= crate::schedule::STALE_AFTER_S {
                intent.follow.late += 1;
                if intent.follow.late >= LATE_LOOKS {
                    intent.state = Stale;
                }
            }
        }
        (Stale, Event::StillGenerating) => looked(intent, now_ms),
        (Generating | Stale, Event::LookFailed(trouble)) => {
            intent.follow.errors += 1;
            intent.follow.last_ms = Some(now_ms);
            intent.follow.trouble = Some(trouble);
        }
        _ => return false,
    }
    true
}

fn accept(intent: &mut Intent, task: TaskId, now_ms: u64) {
    intent.state = State::Generating;
    intent.task_id = Some(task);
    intent.accepted_ms = Some(now_ms);
    intent.trouble = None;
}

fn end(intent: &mut Intent, state: State, trouble: Option<Trouble>, now_ms: u64) {
    intent.state = state;
    intent.trouble = trouble;
    intent.ended_ms = Some(now_ms);
}

fn looked(intent: &mut Intent, now_ms: u64) {
    intent.follow.looks += 1;
    intent.follow.last_ms = Some(now_ms);
    intent.follow.errors = 0;
    intent.follow.trouble = None;
}

fn finish(intent: &mut Intent, outcome: Outcome, now_ms: u64) -> bool {
    if !outcome.urls.is_empty() {
        looked(intent, now_ms);
        end(intent, State::Succeeded, None, now_ms);
    } else if intent.state == State::Failed {
        return false;
    } else {
        looked(intent, now_ms);
        intent.follow.empty += 1;
        if intent.follow.empty >= EMPTY_LOOKS {
            let cause = if outcome.refused_urls.is_empty() { Cause::NoVideo } else { Cause::UnsafeLink };
            end(intent, State::Failed, Some(Trouble::new(cause)), now_ms);
        } else {
            intent.state = State::Generating;
        }
    }
    intent.outcome = Some(outcome);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{IntentId, Order};
    use proptest::prelude::*;
    use std::collections::HashSet;
    use veo_api::{Class, Generate, Spent};

    const DAY_MS: u64 = 86_400_000;

    fn task(name: &str) -> TaskId {
        TaskId::parse(name).expect("a task id")
    }

    fn trouble() -> Trouble {
        Trouble::new(Cause::Provider(Class::Policy))
    }

    fn outcome(urls: &[&str]) -> Outcome {
        Outcome { urls: urls.iter().map(|url| (*url).to_owned()).collect(), ..Outcome::default() }
    }

    fn events() -> Vec<Event> {
        vec![
            Event::Started,
            Event::Accepted(task("a")),
            Event::Refused(trouble()),
            Event::Lost(Trouble::new(Cause::AnswerLost)),
            Event::NotSent(Trouble::new(Cause::NotSent)),
            Event::Orphaned,
            Event::Identified(task("b")),
            Event::StillGenerating,
            Event::Finished(outcome(&["https://a.example/v.mp4"])),
            Event::Finished(outcome(&[])),
            Event::GaveUp(trouble()),
            Event::LookFailed(Trouble::new(Cause::Unreachable)),
        ]
    }

    fn fresh() -> Intent {
        Intent::new(IntentId::new(0, [0; 10]), Order::Generate(Generate::default()), "tab", 0)
    }

    /// One step, with everything that must hold whatever happens.
    fn step(before: &Intent, event: &Event, now_ms: u64) -> Intent {
        let mut after = before.clone();
        let taken = apply(&mut after, event.clone(), now_ms);
        assert!(taken || after == *before, "an event that means nothing changes nothing: {event:?}");

        // I1: the one paid request leaves from `Queued` and nowhere else, and nothing goes back there.
        if after.state == State::Sending && before.state != State::Sending {
            assert_eq!((before.state, event), (State::Queued, &Event::Started));
        }
        if after.state == State::Queued {
            assert_eq!(before.state, State::Queued);
        }
        // I2: what was accepted keeps its task id, and a verdict sticks; only a late success mends a failure.
        if let Some(id) = &before.task_id {
            assert_eq!(after.task_id.as_ref(), Some(id), "{event:?} took the task away");
        }
        match before.state {
            State::Rejected => assert_eq!(after, *before),
            State::Succeeded => {
                assert_eq!((after.state, after.ended_ms), (before.state, before.ended_ms));
                assert!(after.outcome.as_ref().is_some_and(|outcome| !outcome.urls.is_empty()));
            }
            State::Failed => assert!(matches!(after.state, State::Failed | State::Succeeded)),
            _ => {}
        }
        // I3: only the provider's own words make a failure or a refusal.
        if after.state == State::Failed && before.state != State::Failed {
            assert!(matches!(event, Event::GaveUp(_) | Event::Finished(_)), "{event:?}");
        }
        if after.state == State::Rejected && before.state != State::Rejected {
            assert!(matches!(event, Event::Refused(_) | Event::NotSent(_)), "{event:?}");
        }
        // I6: whatever is not simply fine says why, and what is known about money.
        if matches!(after.state, State::Unknown | State::Rejected | State::Failed) {
            assert!(after.trouble.is_some(), "{:?} after {event:?}", after.state);
        }
        match after.state {
            State::Queued | State::Rejected => assert_eq!(after.spent(), Spent::No),
            State::Succeeded => assert_eq!(after.spent(), Spent::Yes),
            State::Unknown | State::Sending => assert_eq!(after.spent(), Spent::Unknown),
            _ => {}
        }
        after
    }

    #[test]
    fn every_sequence_of_events_to_depth_8_keeps_the_invariants() {
        let events = events();
        let mut seen = HashSet::new();
        let mut frontier = vec![fresh()];
        for depth in 0..8u64 {
            let now = depth * DAY_MS / 3;
            let mut next = Vec::new();
            for intent in &frontier {
                for event in &events {
                    let after = step(intent, event, now);
                    // What the rules read, and nothing else; two records alike in it have the same future.
                    let essence = (
                        depth,
                        after.state,
                        after.task_id.clone(),
                        after.accepted_ms,
                        after.tab.clone(),
                        after.follow.empty,
                        after.follow.late,
                    );
                    if seen.insert(essence) {
                        next.push(after);
                    }
                }
            }
            frontier = next;
        }
        let states: HashSet<State> = frontier.iter().map(|intent| intent.state).collect();
        assert_eq!(states.len(), 8, "every state is reached: {states:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 2_000 } else { 100_000 }))]
        #[test]
        fn random_walks_keep_the_invariants(steps in prop::collection::vec((0usize..12, 0u64..DAY_MS), 1..60)) {
            let events = events();
            let (mut intent, mut now) = (fresh(), 0);
            for (index, wait) in steps {
                now += wait;
                intent = step(&intent, &events[index], now);
            }
        }
    }

    #[test]
    fn a_lost_answer_heals_by_its_task_id() {
        let mut intent = fresh();
        for event in [Event::Started, Event::Lost(Trouble::new(Cause::AnswerLost))] {
            assert!(apply(&mut intent, event, 5));
        }
        assert_eq!(intent.state, State::Unknown);
        assert!(apply(&mut intent, Event::Identified(task("found")), 9));
        assert_eq!((intent.state, intent.accepted_ms), (State::Generating, Some(9)));
        assert_eq!(intent.trouble, None);
    }

    #[test]
    fn a_record_found_in_sending_becomes_unknown_and_one_in_queue_waits() {
        let mut sending = fresh();
        apply(&mut sending, Event::Started, 1);
        apply(&mut sending, Event::Orphaned, 2);
        assert_eq!(sending.state, State::Unknown);
        let mut queued = fresh();
        apply(&mut queued, Event::Orphaned, 2);
        assert_eq!((queued.state, queued.tab.as_str()), (State::Queued, ""));
    }

    #[test]
    fn success_without_a_link_is_a_failure_only_after_more_looks() {
        let mut intent = fresh();
        apply(&mut intent, Event::Started, 1);
        apply(&mut intent, Event::Accepted(task("a")), 2);
        for _ in 1..EMPTY_LOOKS {
            apply(&mut intent, Event::Finished(outcome(&[])), 3);
            assert_eq!(intent.state, State::Generating);
        }
        apply(&mut intent, Event::Finished(outcome(&[])), 4);
        assert_eq!((intent.state, intent.spent()), (State::Failed, Spent::Yes));
    }

    #[test]
    fn a_clock_set_a_day_ahead_does_not_make_a_task_stale_at_once() {
        let mut intent = fresh();
        apply(&mut intent, Event::Started, 1);
        apply(&mut intent, Event::Accepted(task("a")), 2);
        apply(&mut intent, Event::StillGenerating, DAY_MS + 10);
        assert_eq!(intent.state, State::Generating);
        for _ in 1..LATE_LOOKS {
            apply(&mut intent, Event::StillGenerating, DAY_MS + 10);
        }
        assert_eq!(intent.state, State::Stale);
        apply(&mut intent, Event::Finished(outcome(&["https://a.example/v.mp4"])), DAY_MS + 20);
        assert_eq!(intent.state, State::Succeeded);
    }
}
