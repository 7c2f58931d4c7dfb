//! More than the provider takes at once waits, visibly and free of charge.

use tokio::task::JoinSet;
use vireo_core::intent::{Intent, IntentId, State};
use vireo_it::{Kind, Lab, MINUTE, SECOND, Tab, in_lab, in_lab_with};

/// Hands in `count` intents within one tick.
async fn burst(lab: &Lab, tab: &Tab, words: &str, count: usize) -> Vec<IntentId> {
    let mut submits = JoinSet::new();
    let mut ids = Vec::new();
    for _ in 0..count {
        let intent = lab.intent(words);
        ids.push(intent.id.clone());
        let engine = tab.engine.clone();
        submits.spawn_local(async move { engine.submit(intent).await });
    }
    for submitted in submits.join_all().await {
        submitted.expect("the journal works");
    }
    ids
}

/// Most requests in any ten seconds, by the time at which their records say they left.
fn most_in_ten_seconds(tab: &Tab) -> usize {
    let sent: Vec<u64> = tab.engine.intents().iter().filter_map(|intent| intent.sent_ms).collect();
    let window = |end: &u64| sent.iter().filter(|at| **at <= *end && **at + 10 * SECOND > *end).count();
    sent.iter().map(window).max().unwrap_or_default()
}

fn count(tab: &Tab, state: State) -> usize {
    tab.engine.intents().iter().filter(|intent| intent.state == state).count()
}

fn states(tab: &Tab) -> Vec<State> {
    tab.engine.intents().iter().map(|intent| intent.state).collect()
}

#[test]
fn thirty_at_once_keep_to_the_rate() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let ids = burst(&lab, &tab, "one of thirty", 30).await;
        lab.pass(2 * SECOND).await;
        assert_eq!(lab.calls(Kind::Create).len(), 18);
        assert_eq!(count(&tab, State::Queued), 12);
        let last = ids.iter().max().expect("there are thirty");
        assert_eq!(tab.shows(last).state, State::Queued);
        lab.remove(&tab, last).await;
        assert!(lab.until(MINUTE, || lab.calls(Kind::Create).len() == 29).await);
        assert!(lab.until(20 * MINUTE, || count(&tab, State::Succeeded) == 29).await);
        assert_eq!(most_in_ten_seconds(&tab), 18);
        assert_eq!(
            lab.ledger().charges,
            29,
            "what was removed in time cost nothing, and nothing was refused"
        );
    });
}

#[test]
fn tabs_share_the_rate() {
    in_lab(2, false, async |lab| {
        let tabs = [lab.open().await, lab.open().await, lab.open().await];
        for tab in &tabs {
            burst(&lab, tab, "one of forty-five", 15).await;
        }
        lab.pass(2 * SECOND).await;
        assert_eq!(lab.calls(Kind::Create).len(), 18);
        let all = || count(&tabs[0], State::Succeeded) == 45;
        assert!(lab.until(20 * MINUTE, all).await, "{:?}", states(&tabs[0]));
        assert_eq!(most_in_ten_seconds(&tabs[0]), 18);
        assert_eq!(lab.ledger().charges, 45);
    });
}

#[test]
fn after_three_refusals_a_person_decides() {
    in_lab(3, false, async |lab| {
        let tab = lab.open().await;
        burst(&lab, &tab, "[sim:no-credits]", 25).await;
        assert!(lab.until(5 * SECOND, || tab.engine.notice().queue_paused).await);
        lab.pass(10 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 18);
        assert_eq!(count(&tab, State::Queued), 7);
        tab.engine.continue_queue();
        assert!(!tab.engine.notice().queue_paused);
        assert!(lab.until(MINUTE, || count(&tab, State::Rejected) == 25).await);
    });
}

#[test]
fn credits_that_run_out_leave_the_rest_in_the_queue() {
    in_lab_with(5, false, 200.0, async |lab| {
        let tab = lab.open().await;
        assert_eq!(tab.engine.balance().await.expect("a reading"), 200.0);
        for _ in 0..8 {
            let intent = Intent { estimate: Some(60.0), ..lab.intent("one of eight") };
            tab.engine.submit(intent).await.expect("the journal works");
        }
        assert!(lab.until(MINUTE, || tab.engine.notice().out_of_credits).await, "{:?}", states(&tab));
        lab.pass(10 * MINUTE).await;
        let counts = [State::Succeeded, State::Rejected, State::Queued].map(|state| count(&tab, state));
        assert_eq!(counts, [3, 1, 4], "one was tried, for prices are estimates; the others wait");
        assert_eq!(lab.ledger().charges, 3);
    });
}

#[test]
fn the_queue_of_a_tab_that_is_gone_waits_for_a_person() {
    in_lab(4, false, async |lab| {
        let doomed = lab.open().await;
        burst(&lab, &doomed, "one of twenty", 20).await;
        lab.pass(2 * SECOND).await;
        doomed.crash();
        let tab = lab.open().await;
        lab.pass(10 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 18);
        let waiting: Vec<_> =
            tab.engine.intents().into_iter().filter(|intent| intent.state == State::Queued).collect();
        assert_eq!(waiting.len(), 2);
        tab.engine.send_queued(&waiting[0].id).await;
        lab.reach(&tab, &waiting[0].id, State::Succeeded, 20 * MINUTE).await;
        assert_eq!(tab.shows(&waiting[1].id).state, State::Queued, "only the one that was asked for");
    });
}
