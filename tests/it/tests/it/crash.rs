//! A tab can end at any moment; what was paid for is found again.

use rstest::rstest;
use std::rc::Rc;
use vireo_core::intent::State;
use vireo_it::{Crash, Fault, Kind, Lab, MINUTE, Moment, SECOND, in_lab};

const SEEDS: u64 = 20;

/// Submits in a tab that crashes, and opens another. False where the tab came to the end without crashing.
async fn submit_and_crash(lab: &Rc<Lab>, relay: bool, words: &str, crash: Crash) -> bool {
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
    let goes_on = lab.calls(Kind::Create).len() > sent;
    assert!(!goes_on || relay, "nothing is sent by opening a page, but for a relay to know again");
    match tab.engine.intent(&id).map(|intent| intent.state) {
        None => assert_eq!(lab.ledger().charges, 0),
        Some(State::Queued) => {
            assert_eq!(lab.ledger().charges, 0);
            tab.engine.send_queued(&id).await;
            lab.reach(&tab, &id, State::Succeeded, 20 * MINUTE).await;
        }
        Some(State::Unknown) => assert!(!relay),
        Some(_) => {
            lab.reach(&tab, &id, State::Succeeded, 20 * MINUTE).await;
            assert_eq!(lab.ledger().charges, 1);
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
            in_lab(seed, relay, async |lab| {
                crashed = submit_and_crash(&lab, relay, words, (number, moment)).await
            });
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

/// How long ago a tab ended, and what the relay says of its keys.
#[rstest]
#[case::it_knows(SECOND, None, true)]
#[case::it_does_not_tell(SECOND, Some(503), true)]
#[case::it_never_heard_of_it(SECOND, Some(404), true)]
#[case::it_does_not_tell_of_yesterday(24 * 60 * MINUTE, Some(503), false)]
fn towards_a_relay_what_was_sent_a_moment_ago_goes_on(
    #[case] away_ms: u64,
    #[case] says: Option<u16>,
    #[case] by_itself: bool,
) {
    in_lab(1, true, async |lab| {
        let doomed = lab.open().await;
        let id = lab.submit(&doomed, "crash").await;
        lab.until(MINUTE, || !lab.calls(Kind::Create).is_empty()).await;
        doomed.crash();
        lab.pass(away_ms).await;
        lab.faults(move |call| {
            let status = says.filter(|_| call.path.contains("relay/intents"))?;
            Some(Fault::Answer(status, String::new()))
        });
        let tab = lab.open().await;
        if !by_itself {
            lab.pass(20 * MINUTE).await;
            assert_eq!(tab.shows(&id).state, State::Unknown);
            assert!(tab.engine.check(&id).await);
        }
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(lab.ledger().charges, 1);
    });
}

#[test]
fn whoever_is_locked_out_meanwhile_learns_no_verdict() {
    in_lab(1, true, async |lab| {
        let doomed = lab.open().await;
        let id = lab.submit(&doomed, "crash").await;
        lab.until(MINUTE, || lab.ledger().charges == 1).await;
        doomed.crash();
        let refused = r#"{"code":401,"msg":"no access","data":null}"#;
        lab.faults(move |_| Some(Fault::Answer(401, refused.to_owned())));
        let tab = lab.open().await;
        lab.pass(MINUTE).await;
        assert_eq!(tab.shows(&id).state, State::Unknown);
        lab.faults(|_| None);
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(lab.ledger().charges, 1);
    });
}

#[test]
fn what_is_taken_away_is_not_asked_for_any_more() {
    in_lab(1, true, async |lab| {
        let doomed = lab.open().await;
        let id = lab.submit(&doomed, "crash").await;
        lab.until(MINUTE, || !lab.calls(Kind::Create).is_empty()).await;
        doomed.crash();
        lab.faults(|_| Some(Fault::Answer(503, String::new())));
        let tab = lab.open().await;
        let asked = lab.calls(Kind::Create).len();
        assert!(lab.until(MINUTE, || lab.calls(Kind::Create).len() > asked + 1).await);
        lab.remove(&tab, &id).await;
        lab.pass(30 * SECOND).await;
        let asked = lab.calls(Kind::Create).len();
        lab.pass(5 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), asked);
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
