//! Wall clocks jump; tasks do not care.

use rstest::rstest;
use vireo_core::intent::State;
use vireo_it::{DAY, HOUR, Kind, MINUTE, SECOND, in_lab};

#[rstest]
fn a_clock_that_jumps_in_the_middle_fails_nothing(
    #[values(DAY as i64, -(DAY as i64), HOUR as i64, -(HOUR as i64), -(5 * MINUTE as i64))] jump: i64,
) {
    for seed in 1..=10 {
        in_lab(seed, false, async |lab| {
            let tab = lab.open().await;
            let id = lab.submit(&tab, "a jump").await;
            lab.reach(&tab, &id, State::Generating, MINUTE).await;
            lab.pass(20 * SECOND).await;
            lab.offset_ms.set(jump);
            let (jumped_at, looks) = (lab.true_ms(), lab.calls(Kind::Look).len());
            assert!(lab.until(MINUTE, || lab.calls(Kind::Look).len() > looks).await);
            assert!(lab.true_ms() - jumped_at <= 20 * SECOND, "{} ms", lab.true_ms() - jumped_at);
            let intent = lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
            assert!(lab.calls(Kind::Look).len() <= 40, "{}", intent.follow.looks);
        });
    }
}

#[rstest]
fn a_clock_that_is_wrong_from_the_start_does_no_harm(#[values(DAY as i64, -(DAY as i64))] offset: i64) {
    in_lab(1, false, async |lab| {
        lab.offset_ms.set(offset);
        let tab = lab.open().await;
        let id = lab.submit(&tab, "a wrong clock").await;
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
    });
}

#[test]
fn a_slow_task_that_a_jump_makes_stale_is_not_lost() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "[sim:slow]").await;
        lab.reach(&tab, &id, State::Generating, MINUTE).await;
        lab.pass(20 * SECOND).await;
        lab.offset_ms.set(DAY as i64);
        lab.reach(&tab, &id, State::Stale, HOUR).await;
        lab.pass(HOUR).await;
        tab.engine.fetch_again(&id).await;
        assert_eq!(tab.shows(&id).state, State::Succeeded);
    });
}

#[test]
fn a_queue_survives_a_clock_that_is_set_back() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        for _ in 0..20 {
            lab.submit(&tab, "queued").await;
        }
        lab.pass(SECOND).await;
        lab.offset_ms.set(-(DAY as i64));
        assert!(lab.until(MINUTE, || lab.calls(Kind::Create).len() == 20).await);
    });
}
