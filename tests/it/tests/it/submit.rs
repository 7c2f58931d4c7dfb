//! One intent, at most one charge, whatever becomes of the answer.

use rstest::rstest;
use std::cell::Cell;
use tokio::task::JoinSet;
use veo_api::{Spent, TaskId};
use vireo_client::TaskError;
use vireo_core::intent::State;
use vireo_it::{Fault, Kind, MINUTE, SECOND, in_lab};

/// What the first paid request suffers; later ones get through.
fn first_create(fault: Fault) -> impl FnMut(&vireo_it::Call) -> Option<Fault> {
    move |call| (call.kind == Kind::Create && call.number == 0).then(|| fault.clone())
}

fn page() -> String {
    "<!doctype html><title>One moment</title>".into()
}

#[test]
fn a_prompt_becomes_a_video() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "a paper boat").await;
        let intent = lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(intent.outcome.expect("an outcome").urls.len(), 1);
        assert_eq!(lab.ledger().charges, 1);
        assert_eq!(lab.calls(Kind::Create).len(), 1);
    });
}

#[test]
fn fifty_clicks_are_one_intent() {
    in_lab(2, false, async |lab| {
        let tab = lab.open().await;
        let intent = lab.intent("clicked fifty times");
        let mut clicks = JoinSet::new();
        for _ in 0..50 {
            let (engine, intent) = (tab.engine.clone(), intent.clone());
            clicks.spawn_local(async move { engine.submit(intent).await });
        }
        for click in clicks.join_all().await {
            click.expect("the journal works");
        }
        lab.reach(&tab, &intent.id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 1);
        assert_eq!(lab.ledger().charges, 1);
    });
}

#[rstest]
#[case::request_lost(Fault::LostBefore, 0)]
#[case::answer_lost(Fault::LostAfter, 1)]
#[case::server_error(Fault::Answer(500, r#"{"code":500,"msg":"Internal Error","data":null}"#.into()), 1)]
#[case::server_error_inside(Fault::Answer(200, r#"{"code":500,"msg":"err"}"#.into()), 1)]
#[case::bad_gateway(Fault::Answer(502, page()), 1)]
#[case::gateway_timeout(Fault::Answer(504, "error code: 504".into()), 1)]
#[case::web_page(Fault::Answer(200, page()), 1)]
#[case::nothing(Fault::Answer(200, String::new()), 1)]
#[case::torn(Fault::Answer(200, r#"{"code":200,"msg":"success","da"#.into()), 1)]
#[case::no_task(Fault::Answer(200, r#"{"code":200,"msg":"success","data":null}"#.into()), 1)]
#[case::unknown_code(Fault::Answer(200, r#"{"code":999,"msg":"?"}"#.into()), 1)]
#[case::hangs(Fault::Hang, 1)]
fn without_a_clear_answer_nothing_is_sent_again(#[case] fault: Fault, #[case] charges: usize) {
    in_lab(3, false, async |lab| {
        let tab = lab.open().await;
        lab.faults(first_create(fault));
        let id = lab.submit(&tab, "a lost answer").await;
        let intent = lab.reach(&tab, &id, State::Unknown, 2 * MINUTE).await;
        assert_eq!(intent.spent(), Spent::Unknown);
        assert!(!tab.engine.check(&id).await, "only a person can tell");
        lab.pass(30 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 1);
        assert_eq!(lab.ledger().charges, charges);
        if let Some(task) = lab.task_of(&intent) {
            tab.engine.enter_task_id(&id, &task).await.expect("the provider knows the task");
            lab.reach(&tab, &id, State::Succeeded, MINUTE).await;
        }
    });
}

#[rstest]
#[case::request_lost(Fault::LostBefore)]
#[case::answer_lost(Fault::LostAfter)]
#[case::bad_gateway(Fault::Answer(502, page()))]
#[case::gateway_timeout(Fault::Answer(504, "error code: 504".into()))]
#[case::web_page(Fault::Answer(200, page()))]
#[case::nothing(Fault::Answer(200, String::new()))]
#[case::hangs(Fault::Hang)]
fn towards_a_relay_a_lost_answer_heals_by_itself(#[case] fault: Fault) {
    in_lab(4, true, async |lab| {
        let tab = lab.open().await;
        lab.faults(first_create(fault));
        let id = lab.submit(&tab, "a lost answer").await;
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 2);
        assert_eq!(lab.ledger().charges, 1);
    });
}

#[test]
fn towards_a_relay_what_the_provider_loses_heals_by_itself() {
    in_lab(4, true, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "[sim:drop-answer]").await;
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(lab.ledger().charges, 1);
    });
}

#[test]
fn a_relay_that_is_away_for_minutes_is_asked_again_without_haste() {
    in_lab(5, true, async |lab| {
        let tab = lab.open().await;
        let begin = lab.true_ms();
        lab.faults(move |call| (call.at_ms < begin + 5 * MINUTE).then_some(Fault::LostAfter));
        let id = lab.submit(&tab, "patience").await;
        lab.reach(&tab, &id, State::Succeeded, 15 * MINUTE).await;
        assert_eq!(lab.ledger().charges, 1);
        assert!(lab.calls(Kind::Create).len() < 80, "{}", lab.calls(Kind::Create).len());
    });
}

#[test]
fn a_relay_that_stays_away_leaves_an_unknown_that_a_check_heals() {
    in_lab(6, true, async |lab| {
        let tab = lab.open().await;
        lab.faults(|call| (call.kind == Kind::Create).then_some(Fault::LostAfter));
        let id = lab.submit(&tab, "patience").await;
        lab.reach(&tab, &id, State::Unknown, 20 * MINUTE).await;
        lab.faults(|_| None);
        assert!(tab.engine.check(&id).await);
        lab.reach(&tab, &id, State::Succeeded, 15 * MINUTE).await;
        assert_eq!(lab.ledger().charges, 1);
    });
}

#[rstest]
#[case("[sim:drop-answer]")]
#[case("[sim:error-500]")]
#[case("[sim:html]")]
fn the_provider_s_own_lost_answers_heal_by_task_id(#[case] words: &str) {
    in_lab(7, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, words).await;
        let intent = lab.reach(&tab, &id, State::Unknown, MINUTE).await;
        let task = lab.task_of(&intent).expect("it was accepted");
        tab.engine.enter_task_id(&id, &task).await.expect("the provider knows the task");
        let healed = lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(healed.order, intent.order, "rebuilt from the record");
    });
}

#[test]
fn a_task_ordered_elsewhere_is_taken_in_once_and_followed_without_a_charge() {
    in_lab(9, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "ordered elsewhere").await;
        let intent = lab.reach(&tab, &id, State::Generating, MINUTE).await;
        let task = intent.task_id.clone().expect("a task");
        assert_eq!(tab.engine.add_task(&task, [1; 10]).await, Ok(id.clone()), "it is here");
        tab.engine.remove(&id).await.expect("the journal works");
        let added = tab.engine.add_task(&task, [1; 10]).await.expect("the provider knows the task");
        let done = lab.reach(&tab, &added, State::Succeeded, 30 * MINUTE).await;
        assert_eq!(done.order, intent.order, "rebuilt from the record");
        assert_eq!(lab.ledger().charges, 1);
        let nobody = TaskId::parse("00000000000000000000000000000000").expect("it has the shape of one");
        assert!(tab.engine.add_task(&nobody, [2; 10]).await.is_err());
        assert_eq!(tab.engine.intents().len(), 1);
    });
}

#[test]
fn a_task_id_that_nobody_knows_changes_nothing() {
    in_lab(8, false, async |lab| {
        let tab = lab.open().await;
        lab.faults(first_create(Fault::LostBefore));
        let id = lab.submit(&tab, "never arrived").await;
        lab.reach(&tab, &id, State::Unknown, MINUTE).await;
        let task = TaskId::parse("00000000000000000000000000000000").expect("it has the shape of one");
        let answer = tab.engine.enter_task_id(&id, &task).await;
        assert!(matches!(answer, Err(TaskError::Api(_))), "{answer:?}");
        assert_eq!(tab.shows(&id).state, State::Unknown);
    });
}

#[rstest]
#[case("[sim:bad-key]", 401)]
#[case("[sim:no-credits]", 402)]
#[case("[sim:nobody-knows-this-one]", 422)]
#[case("[sim:rate-limit]", 429)]
#[case("[sim:maintenance]", 455)]
fn a_definite_no_is_rejected_and_cost_nothing(#[case] words: &str, #[case] code: i64) {
    in_lab(9, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, words).await;
        let intent = lab.reach(&tab, &id, State::Rejected, 5 * SECOND).await;
        assert_eq!(intent.trouble.as_ref().and_then(|trouble| trouble.code), Some(code));
        assert_eq!(intent.spent(), Spent::No);
        lab.pass(10 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 1);
        assert_eq!(lab.ledger().charges, 0);
    });
}

#[test]
fn without_a_key_nothing_leaves() {
    in_lab(10, false, async |lab| {
        let tab = lab.open().await;
        lab.set_key(false);
        let id = lab.submit(&tab, "no key").await;
        lab.reach(&tab, &id, State::Rejected, 5 * SECOND).await;
        assert_eq!(lab.calls(Kind::Create).len(), 0);
    });
}

/// A network that loses, mangles and delays at random, for many intents at once.
#[rstest]
fn chaos(#[values(false, true)] relay: bool, #[values(1, 2, 3, 4, 5, 6, 7, 8)] seed: u64) {
    in_lab(seed, relay, async |lab| {
        let tabs = [lab.open().await, lab.open().await];
        let dice = Cell::new(seed);
        lab.faults(move |_| {
            dice.set(
                dice.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407),
            );
            match dice.get() >> 60 {
                0 => Some(Fault::LostBefore),
                1 => Some(Fault::LostAfter),
                2 => Some(Fault::Answer(502, page())),
                3 => Some(Fault::Answer(200, String::new())),
                4 => Some(Fault::Hang),
                _ => None,
            }
        });
        for number in 0..12 {
            lab.submit(&tabs[number % 2], "chaos").await;
            lab.pass(SECOND).await;
        }
        lab.pass(10 * MINUTE).await;
    });
}
