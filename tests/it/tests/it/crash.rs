//! A tab can end at any moment; what was paid for is found again.

use rstest::rstest;
use std::rc::Rc;
use vireo_core::intent::State;
use vireo_it::{Crash, Fault, Kind, Lab, MINUTE, Moment, SECOND, in_lab};

const SEEDS: u64 = 20;

/// Submits in a tab that crashes, and opens another. False where the tab came to the end without crashing.
async fn submit_and_crash(lab: &Rc<Lab>, words: &str, crash: Crash) -> bool {
    let doomed = lab.open_to_crash(Some(crash)).await;
    let id = lab.submit(&doomed, words).await;
    let ended = || !doomed.is_alive() || doomed.engine.intents().iter().all(|intent| intent.state.is_final());
    assert!(lab.until(20 * MINUTE, ended).await);
    // What the verdict leaves to be written down.
    lab.pass(SECOND).await;
    if doomed.is_alive() {
        return false;
    }
    let sent = lab.calls(Kind::Create).len();
    let tab = lab.open().await;
    lab.pass(MINUTE).await;
    assert_eq!(lab.calls(Kind::Create).len(), sent, "nothing is sent by opening a page");
    match tab.engine.intent(&id).map(|intent| intent.state) {
        None => assert_eq!(lab.ledger().charges, 0),
        Some(State::Queued) => {
            assert_eq!(lab.ledger().charges, 0);
            tab.engine.send_queued(&id).await;
            lab.reach(&tab, &id, State::Succeeded, 20 * MINUTE).await;
        }
        Some(State::Unknown) => {}
        Some(_) => {
            lab.reach(&tab, &id, State::Succeeded, 20 * MINUTE).await;
        }
    }
    true
}

#[rstest]
fn at_every_operation_of_the_journal(
    #[values(false, true)] relay: bool,
    #[values(Moment::Before, Moment::After)] moment: Moment,
) {
    for seed in 0..SEEDS {
        // A task of usual length has many looks, all alike; a short one has one, and takes a third of the time here.
        let words = if seed % 4 == 0 { "crash" } else { "crash [sim:fast]" };
        let mut number = 0;
        let mut crashed = true;
        while crashed {
            in_lab(seed, relay, async |lab| crashed = submit_and_crash(&lab, words, (number, moment)).await);
            number += 1;
        }
        assert!(number > 8, "a run has more operations than {number}");
    }
}

#[test]
fn at_every_moment_of_the_paid_request() {
    for after_ms in (0..200).step_by(5) {
        in_lab(after_ms, false, async |lab| {
            let doomed = lab.open().await;
            let id = lab.submit(&doomed, "crash").await;
            lab.pass(after_ms).await;
            doomed.crash();
            let tab = lab.open().await;
            lab.pass(MINUTE).await;
            assert!(lab.calls(Kind::Create).len() <= 1);
            let state = tab.shows(&id).state;
            assert!(state != State::Queued || lab.calls(Kind::Create).is_empty());
            assert!(!matches!(state, State::Sending | State::Rejected | State::Failed), "{state:?}");
        });
    }
}

#[test]
fn towards_a_relay_a_check_heals_what_a_crash_left() {
    in_lab(1, true, async |lab| {
        let doomed = lab.open().await;
        let id = lab.submit(&doomed, "crash").await;
        lab.until(MINUTE, || !lab.calls(Kind::Create).is_empty()).await;
        doomed.crash();
        // The relay does not say what became of the key: the same request under it does.
        lab.faults(|call| call.path.contains("relay/intents").then(|| Fault::Answer(503, String::new())));
        let tab = lab.open().await;
        lab.reach(&tab, &id, State::Unknown, SECOND).await;
        assert!(tab.engine.check(&id).await);
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(lab.ledger().charges, 1);
    });
}

#[test]
fn where_tabs_cannot_be_known_age_decides() {
    in_lab(2, false, async |lab| {
        lab.knows_tabs.set(false);
        lab.net_latency(5 * SECOND);
        let busy = lab.open().await;
        let id = lab.submit(&busy, "slow network").await;
        lab.reach(&busy, &id, State::Sending, SECOND).await;
        let other = lab.open().await;
        assert_eq!(other.shows(&id).state, State::Sending, "it may still be under way");
        busy.crash();
        lab.pass(2 * MINUTE).await;
        let later = lab.open().await;
        assert_eq!(later.shows(&id).state, State::Unknown);
    });
}
