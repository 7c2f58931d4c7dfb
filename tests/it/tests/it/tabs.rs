//! Several tabs, one profile.

use rstest::rstest;
use vireo_core::intent::State;
use vireo_it::{Kind, MINUTE, SECOND, Tab, in_lab};

#[test]
fn one_draft_submitted_in_two_tabs_is_charged_once() {
    for seed in 0..20 {
        in_lab(seed, false, async |lab| {
            let (a, b) = (lab.open().await, lab.open().await);
            let intent = lab.intent("the same draft");
            let (one, two) = tokio::join!(a.engine.submit(intent.clone()), b.engine.submit(intent.clone()));
            assert!(one.is_ok() && two.is_ok());
            lab.reach(&a, &intent.id, State::Succeeded, 10 * MINUTE).await;
            lab.reach(&b, &intent.id, State::Succeeded, SECOND).await;
            assert_eq!(lab.calls(Kind::Create).len(), 1);
            assert_eq!(lab.ledger().charges, 1);
        });
    }
}

/// Looks that `tabs` tabs take at one task, over some seeds.
fn looks(tabs: usize, broadcasts: bool) -> usize {
    let mut looks = 0;
    for seed in 0..10 {
        in_lab(seed, false, async |lab| {
            lab.broadcasts.set(broadcasts);
            let submitter = lab.open().await;
            let id = lab.submit(&submitter, "watched").await;
            lab.reach(&submitter, &id, State::Generating, MINUTE).await;
            for _ in 1..tabs {
                lab.open().await;
            }
            let all = || lab.live().iter().all(|tab| tab.shows(&id).state == State::Succeeded);
            assert!(lab.until(20 * MINUTE, all).await);
            looks += lab.calls(Kind::Look).len();
        });
    }
    looks
}

#[rstest]
#[case(2, true)]
#[case(5, true)]
#[case(5, false)]
fn many_tabs_look_hardly_more_often_than_one(#[case] tabs: usize, #[case] broadcasts: bool) {
    let (single, many) = (looks(1, true), looks(tabs, broadcasts));
    assert!(many as f64 <= 1.2 * single as f64, "{many} looks, {single} by one tab");
}

/// Waits until a tab has a look under way.
async fn look_of(lab: &vireo_it::Lab, tab: &Tab) {
    let looking = || lab.calls(Kind::Look).last().is_some_and(|call| call.tab == tab.name);
    assert!(lab.until(5 * MINUTE, looking).await);
}

#[test]
fn a_tab_that_crashes_in_the_middle_of_a_look_holds_nothing_back() {
    for seed in 0..10 {
        in_lab(seed, false, async |lab| {
            lab.net_latency(2 * SECOND);
            let doomed = lab.open().await;
            let id = lab.submit(&doomed, "taken over").await;
            lab.reach(&doomed, &id, State::Generating, MINUTE).await;
            look_of(&lab, &doomed).await;
            let heir = lab.open().await;
            doomed.crash();
            let (crashed_at, looks) = (lab.true_ms(), lab.calls(Kind::Look).len());
            assert!(lab.until(MINUTE, || lab.calls(Kind::Look).len() > looks).await);
            assert!(lab.true_ms() - crashed_at <= 30 * SECOND, "{} ms", lab.true_ms() - crashed_at);
            lab.reach(&heir, &id, State::Succeeded, 10 * MINUTE).await;
        });
    }
}

#[test]
fn a_frozen_tab_holds_nothing_back() {
    in_lab(1, false, async |lab| {
        // A frozen tab is in the list of those that live, and does nothing.
        let frozen = lab.open().await;
        let id = lab.submit(&frozen, "frozen").await;
        let intent = lab.reach(&frozen, &id, State::Generating, MINUTE).await;
        let other = lab.open().await;
        lab.faults(|call| (call.tab == "tab-1").then_some(vireo_it::Fault::Hang));
        lab.reach(&other, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(other.shows(&id).task_id, intent.task_id);
    });
}

#[test]
fn deleted_in_one_tab_while_another_looks_it_stays_gone() {
    for seed in 0..10 {
        in_lab(seed, false, async |lab| {
            lab.net_latency(2 * SECOND);
            let (a, b) = (lab.open().await, lab.open().await);
            let id = lab.submit(&b, "deleted").await;
            lab.reach(&b, &id, State::Generating, MINUTE).await;
            lab.until(5 * MINUTE, || !lab.calls(Kind::Look).is_empty()).await;
            lab.remove(&a, &id).await;
            lab.pass(10 * MINUTE).await;
            assert!(a.engine.intent(&id).is_none() && b.engine.intent(&id).is_none());
            assert!(lab.calls(Kind::Look).len() <= 2, "nobody looks for a deleted one");
        });
    }
}

#[test]
fn what_is_being_sent_is_not_deleted_so_that_what_it_buys_is_found() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "too late").await;
        lab.reach(&tab, &id, State::Sending, SECOND).await;
        assert_eq!(tab.engine.remove(&id).await.expect("the journal works"), []);
        lab.reach(&tab, &id, State::Succeeded, 30 * MINUTE).await;
    });
}

#[test]
fn a_deleted_one_comes_back_as_it_was_and_unsent_it_waits_for_a_person() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let done = lab.submit(&tab, "done").await;
        lab.reach(&tab, &done, State::Succeeded, 30 * MINUTE).await;
        let before = tab.engine.intent(&done);
        let removed = tab.engine.remove(&done).await.expect("the journal works");
        assert!(tab.engine.intent(&done).is_none());
        tab.engine.restore(removed).await.expect("the journal works");
        assert_eq!(tab.engine.intent(&done), before);

        let mut ids = Vec::new();
        for _ in 0..20 {
            ids.push(lab.submit(&tab, "many").await);
        }
        let last = ids.last().expect("twenty").clone();
        let removed = tab.engine.remove(&last).await.expect("the journal works");
        assert_eq!(removed.len(), 1, "still queued: the rate allows 18");
        tab.engine.restore(removed).await.expect("the journal works");
        lab.pass(MINUTE).await;
        assert_eq!(tab.engine.intent(&last).map(|intent| intent.state), Some(State::Queued));
        tab.engine.send_queued(&last).await;
        lab.reach(&tab, &last, State::Succeeded, 30 * MINUTE).await;
    });
}

#[test]
fn what_a_crashed_tab_was_sending_is_unknown_in_the_tab_that_is_left() {
    in_lab(1, false, async |lab| {
        let (doomed, left) = (lab.open().await, lab.open().await);
        let id = lab.submit(&doomed, "crash").await;
        lab.until(MINUTE, || !lab.calls(Kind::Create).is_empty()).await;
        doomed.crash();
        lab.reach(&left, &id, State::Unknown, 5 * MINUTE).await;
    });
}
