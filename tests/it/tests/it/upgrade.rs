//! Larger renditions and extensions are paid for too, and go through the same machine.

use rstest::rstest;
use std::rc::Rc;
use veo_api::{Class, Extend, Model, TaskId};
use vireo_core::intent::{Cause, Height, IntentId, Order, State};
use vireo_it::{Fault, HOUR, Kind, Lab, MINUTE, SECOND, Tab, in_lab};

async fn finished(lab: &Rc<Lab>, tab: &Tab) -> TaskId {
    let id = lab.submit(tab, "the original").await;
    let intent = lab.reach(tab, &id, State::Succeeded, 10 * MINUTE).await;
    intent.task_id.expect("an accepted task has a name")
}

async fn extend(lab: &Lab, tab: &Tab, task_id: TaskId) -> IntentId {
    let prompt = "what happens next".to_owned();
    let model = Model::Fast;
    let intent = lab.order(Order::Extend(Extend {
        task_id,
        prompt,
        model,
        seed: None,
        watermark: None,
        callback_url: None,
    }));
    let id = intent.id.clone();
    tab.engine.submit(intent).await.expect("the journal works");
    id
}

/// Charges for anything but the original.
fn upgrades(lab: &Lab) -> usize {
    lab.ledger().jobs.iter().filter(|job| job.prompt.is_none()).count()
}

#[rstest]
fn an_upgrade_is_charged_once(#[values(Height::P1080, Height::P4k)] height: Height) {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let task = finished(&lab, &tab).await;
        let id = lab.upgrade(&tab, &task, height).await.expect("the journal works");
        lab.reach(&tab, &id, State::Generating, 5 * SECOND).await;
        let intent = lab.reach(&tab, &id, State::Succeeded, 15 * MINUTE).await;
        assert_eq!(intent.outcome.expect("an outcome").urls.len(), 1);
        assert_eq!(upgrades(&lab), 1);
    });
}

#[rstest]
#[case::lost(Fault::LostAfter)]
#[case::server_error(Fault::Answer(500, "err".into()))]
#[case::nothing(Fault::Answer(200, String::new()))]
#[case::hangs(Fault::Hang)]
fn a_lost_answer_heals_by_looking_again(
    #[values(Height::P1080, Height::P4k)] height: Height,
    #[case] fault: Fault,
) {
    in_lab(2, false, async |lab| {
        let tab = lab.open().await;
        let task = finished(&lab, &tab).await;
        lab.faults(move |call| (call.kind == Kind::Create).then(|| fault.clone()));
        let id = lab.upgrade(&tab, &task, height).await.expect("the journal works");
        lab.reach(&tab, &id, State::Unknown, 2 * MINUTE).await;
        lab.pass(30 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 2, "the original and the upgrade, each once");
        lab.faults(|_| None);
        assert!(tab.engine.check(&id).await);
        lab.reach(&tab, &id, State::Succeeded, 15 * MINUTE).await;
        assert_eq!(upgrades(&lab), 1);
    });
}

#[test]
fn a_finished_upgrade_is_there_at_once_when_asked_for_again() {
    in_lab(3, false, async |lab| {
        let tab = lab.open().await;
        let task = finished(&lab, &tab).await;
        let first = lab.upgrade(&tab, &task, Height::P1080).await.expect("the journal works");
        lab.reach(&tab, &first, State::Succeeded, 10 * MINUTE).await;
        let second = lab.upgrade(&tab, &task, Height::P1080).await.expect("the journal works");
        lab.reach(&tab, &second, State::Succeeded, 5 * SECOND).await;
        assert_eq!(upgrades(&lab), 1);
    });
}

#[test]
fn a_size_that_cannot_be_had_is_a_verdict() {
    in_lab(41, false, async |lab| {
        let tab = lab.open().await;
        let video = lab.submit(&tab, "a face [sim:no-4k]").await;
        lab.reach(&tab, &video, State::Succeeded, 10 * MINUTE).await;
        let task = tab.shows(&video).task_id.expect("it was accepted");
        let id = lab.upgrade(&tab, &task, Height::P4k).await.expect("the journal works");
        lab.reach(&tab, &id, State::Failed, HOUR).await;
        let trouble = tab.shows(&id).trouble.expect("a reason");
        assert_eq!(trouble.cause, Cause::Provider(Class::Unavailable));
    });
}

#[test]
fn an_upgrade_of_something_unknown_is_rejected() {
    in_lab(4, false, async |lab| {
        let tab = lab.open().await;
        let task = TaskId::parse("00000000000000000000000000000000").expect("it has the shape of one");
        let id = lab.upgrade(&tab, &task, Height::P1080).await.expect("the journal works");
        lab.reach(&tab, &id, State::Rejected, 5 * SECOND).await;
    });
}

#[test]
fn a_crash_in_the_middle_of_an_upgrade_heals() {
    in_lab(5, false, async |lab| {
        let doomed = lab.open().await;
        let task = finished(&lab, &doomed).await;
        let id = lab.upgrade(&doomed, &task, Height::P1080).await.expect("the journal works");
        lab.until(MINUTE, || lab.calls(Kind::Create).len() == 2).await;
        doomed.crash();
        let tab = lab.open().await;
        lab.reach(&tab, &id, State::Unknown, SECOND).await;
        assert!(tab.engine.check(&id).await);
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(upgrades(&lab), 1);
    });
}

#[test]
fn an_extension_is_followed_to_the_stitched_video() {
    in_lab(6, false, async |lab| {
        let tab = lab.open().await;
        let task = finished(&lab, &tab).await;
        let id = extend(&lab, &tab, task).await;
        let intent = lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        let url = intent.outcome.expect("an outcome").urls.remove(0);
        assert!(url.ends_with("_full.mp4"), "{url}");
    });
}

#[test]
fn an_extension_whose_answer_was_lost_is_not_sent_again_and_heals_by_task_id() {
    in_lab(7, false, async |lab| {
        let tab = lab.open().await;
        let task = finished(&lab, &tab).await;
        lab.faults(|call| (call.kind == Kind::Create).then_some(Fault::LostAfter));
        let id = extend(&lab, &tab, task).await;
        let intent = lab.reach(&tab, &id, State::Unknown, MINUTE).await;
        lab.pass(30 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 2, "the original and the extension, each once");
        lab.faults(|_| None);
        let task = lab.task_of(&intent).expect("it was accepted");
        tab.engine.enter_task_id(&id, &task).await.expect("the provider knows the task");
        lab.reach(&tab, &id, State::Succeeded, MINUTE).await;
    });
}

/// A look at an upgrade is the paid request itself: towards a provider that has never heard of it, it buys.
#[test]
fn checking_an_upgrade_whose_request_was_lost_buys_it_once() {
    in_lab(8, false, async |lab| {
        let tab = lab.open().await;
        let task = finished(&lab, &tab).await;
        lab.faults(|call| (call.kind == Kind::Create).then_some(Fault::LostBefore));
        let id = lab.upgrade(&tab, &task, Height::P1080).await.expect("the journal works");
        lab.reach(&tab, &id, State::Unknown, MINUTE).await;
        assert_eq!(upgrades(&lab), 0);
        lab.faults(|_| None);
        assert!(tab.engine.check(&id).await);
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(upgrades(&lab), 1);
    });
}
