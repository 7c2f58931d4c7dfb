//! An accepted task is followed to its verdict.

use std::cell::Cell;
use vireo_core::intent::State;
use vireo_it::{DAY, Fault, HOUR, Kind, MINUTE, SECOND, in_lab};

#[test]
fn nine_looks_of_ten_failing_do_not_stop_it() {
    for seed in 1..=10 {
        in_lab(seed, false, async |lab| {
            let tab = lab.open().await;
            let id = lab.submit(&tab, "a bad line").await;
            let begin = lab.reach(&tab, &id, State::Generating, MINUTE).await.created_ms;
            let dice = Cell::new(seed);
            lab.faults(move |call| {
                dice.set(dice.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
                let bad = (dice.get() >> 32) % 10 != 0;
                (bad && call.at_ms < begin + 10 * MINUTE).then_some(Fault::LostAfter)
            });
            lab.reach(&tab, &id, State::Succeeded, 20 * MINUTE).await;
            assert!(lab.calls(Kind::Look).len() <= 80, "{}", lab.calls(Kind::Look).len());
        });
    }
}

#[test]
fn a_record_that_is_not_found_at_first_is_looked_for_again() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "[sim:not-found-at-first]").await;
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
    });
}

#[test]
fn a_server_that_trips_over_every_second_look_does_no_harm() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "[sim:error-poll]").await;
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
    });
}

#[test]
fn offline_for_two_hours_it_goes_on_afterwards() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "in the tunnel").await;
        lab.reach(&tab, &id, State::Generating, MINUTE).await;
        lab.faults(|_| Some(Fault::LostBefore));
        lab.pass(2 * HOUR).await;
        let shown = tab.shows(&id);
        assert_eq!(shown.state, State::Generating);
        assert!(shown.follow.errors > 0 && shown.follow.trouble.is_some(), "the trouble is shown");
        lab.faults(|_| None);
        tab.engine.tick();
        lab.reach(&tab, &id, State::Succeeded, MINUTE).await;
    });
}

#[test]
fn a_closed_lid_is_no_timeout() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "asleep").await;
        lab.reach(&tab, &id, State::Generating, MINUTE).await;
        tab.crash();
        lab.pass(HOUR).await;
        let again = lab.open().await;
        lab.reach(&again, &id, State::Succeeded, 2 * SECOND).await;
    });
}

#[test]
fn what_never_ends_is_stale_after_a_day_and_costs_few_looks() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "[sim:never]").await;
        lab.pass(DAY - MINUTE).await;
        assert_eq!(tab.shows(&id).state, State::Generating);
        lab.pass(HOUR).await;
        assert_eq!(tab.shows(&id).state, State::Stale);
        let looks = lab.calls(Kind::Look).len();
        assert!((50..=250).contains(&looks), "{looks} looks");
        lab.pass(HOUR).await;
        assert_eq!(lab.calls(Kind::Look).len(), looks, "nobody looks at a stale one by itself");
        tab.engine.fetch_again(&id).await;
        assert_eq!(lab.calls(Kind::Look).len(), looks + 1);
        assert_eq!(tab.shows(&id).state, State::Stale);
    });
}

#[test]
fn without_a_key_after_a_reload_it_waits_for_one() {
    in_lab(1, false, async |lab| {
        let before = lab.open().await;
        let id = lab.submit(&before, "forgotten key").await;
        lab.reach(&before, &id, State::Generating, MINUTE).await;
        before.crash();
        lab.set_key(false);
        let tab = lab.open().await;
        assert!(lab.until(2 * MINUTE, || tab.engine.notice().key_needed).await);
        lab.pass(10 * MINUTE).await;
        assert_eq!(tab.shows(&id).state, State::Generating);
        lab.set_key(true);
        tab.engine.resume();
        lab.reach(&tab, &id, State::Succeeded, 5 * SECOND).await;
        assert!(!tab.engine.notice().key_needed);
    });
}

#[test]
fn a_key_that_is_refused_is_told_before_anything_is_bought() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let unauthorized = r#"{"code":401,"msg":"Unauthorized","data":null}"#;
        lab.faults(|_| Some(Fault::Answer(200, unauthorized.into())));
        assert!(tab.engine.balance().await.is_err());
        assert!(tab.engine.notice().key_refused);
        lab.faults(|_| Some(Fault::Answer(500, "trouble".into())));
        tab.engine.resume();
        assert!(tab.engine.balance().await.is_err());
        assert!(!tab.engine.notice().key_refused, "the provider's trouble says nothing about the key");
    });
}

#[test]
fn a_key_that_is_refused_in_the_middle_stops_looking_and_loses_nothing() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "revoked key").await;
        lab.reach(&tab, &id, State::Generating, MINUTE).await;
        let unauthorized = r#"{"code":401,"msg":"Unauthorized","data":null}"#;
        lab.faults(|_| Some(Fault::Answer(200, unauthorized.into())));
        lab.pass(HOUR).await;
        assert!(tab.engine.notice().key_needed);
        assert!(lab.calls(Kind::Look).len() < 5, "{}", lab.calls(Kind::Look).len());
        lab.faults(|_| None);
        tab.engine.resume();
        lab.reach(&tab, &id, State::Succeeded, 5 * SECOND).await;
    });
}

#[test]
fn many_tasks_wake_together_without_a_storm() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        for _ in 0..36 {
            lab.submit(&tab, "many").await;
        }
        assert!(lab.until(30 * SECOND, || lab.ledger().charges == 36).await);
        tab.crash();
        lab.pass(HOUR).await;
        let again = lab.open().await;
        let looks = lab.calls(Kind::Look).len();
        let done = || again.engine.intents().iter().all(|intent| intent.state != State::Generating);
        assert!(!done());
        assert!(lab.until(10 * SECOND, done).await);
        assert!(lab.calls(Kind::Look).len() - looks <= 36, "one look each");
    });
}
