//! What a relay tells by itself.

use vireo_client::News;
use vireo_core::intent::State;
use vireo_it::{Kind, MINUTE, SECOND, in_lab};

#[test]
fn what_a_crash_left_is_healed_by_the_next_visit() {
    in_lab(1, true, async |lab| {
        let doomed = lab.open().await;
        let id = lab.submit(&doomed, "crash").await;
        assert!(lab.until(SECOND, || lab.ledger().charges == 1).await);
        doomed.crash();
        let tab = lab.open().await;
        lab.reach(&tab, &id, State::Succeeded, 20 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 1, "nothing is sent by opening a page");
    });
}

#[test]
fn news_make_looks_a_safety_net() {
    in_lab(2, true, async |lab| {
        let tab = lab.open().await;
        tab.engine.set_pushed(true).await;
        let id = lab.submit(&tab, "told").await;
        let intent = lab.reach(&tab, &id, State::Generating, MINUTE).await;
        let news = News { intent: None, task: intent.task_id };
        lab.pass(10 * MINUTE).await;
        tab.run(tab.engine.hear(&news)).await;
        assert_eq!(tab.shows(&id).state, State::Succeeded);
        assert!(lab.calls(Kind::Look).len() <= 3, "{} looks", lab.calls(Kind::Look).len());
    });
}

#[test]
fn without_the_stream_the_usual_looks_come_back() {
    in_lab(3, true, async |lab| {
        let tab = lab.open().await;
        tab.engine.set_pushed(true).await;
        let id = lab.submit(&tab, "silence").await;
        lab.reach(&tab, &id, State::Generating, MINUTE).await;
        let relaxed = tab.shows(&id).follow.next_ms;
        tab.run(tab.engine.set_pushed(false)).await;
        assert!(tab.shows(&id).follow.next_ms < relaxed);
        lab.reach(&tab, &id, State::Succeeded, 20 * MINUTE).await;
    });
}

#[test]
fn news_name_the_task_of_a_lost_answer() {
    in_lab(4, true, async |lab| {
        let doomed = lab.open().await;
        let id = lab.submit(&doomed, "named").await;
        assert!(lab.until(SECOND, || lab.ledger().charges == 1).await);
        doomed.crash();
        // The relay does not say what became of the key, but its news do.
        lab.faults(|call| {
            call.path.contains("relay/intents").then(|| vireo_it::Fault::Answer(503, String::new()))
        });
        let tab = lab.open().await;
        lab.reach(&tab, &id, State::Unknown, MINUTE).await;
        let task = lab.task_of(&tab.shows(&id));
        tab.run(tab.engine.hear(&News { intent: Some(id.clone()), task })).await;
        lab.reach(&tab, &id, State::Succeeded, 20 * MINUTE).await;
        assert_eq!(lab.ledger().charges, 1);
    });
}
