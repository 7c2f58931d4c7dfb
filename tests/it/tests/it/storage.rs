//! Without a journal nothing is bought; with one that fails later nothing is dropped.

use rstest::rstest;
use vireo_client::{JournalError, SubmitError};
use vireo_core::intent::State;
use vireo_it::{Kind, MINUTE, SECOND, in_lab};

fn errors() -> [JournalError; 2] {
    [JournalError::Full, JournalError::Unavailable("off".into())]
}

#[rstest]
fn what_cannot_be_written_down_is_not_sent(#[values(0, 1)] which: usize) {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let error = errors()[which].clone();
        let said = error.clone();
        tab.engine.journal().fail(move |operation| (operation == "add").then(|| said.clone()));
        let intent = lab.intent("nowhere to write");
        let id = intent.id.clone();
        assert_eq!(tab.engine.submit(intent).await, Err(SubmitError::Journal(error)));
        lab.pass(10 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 0);
        assert!(tab.engine.intent(&id).is_none());
    });
}

#[test]
fn a_start_that_cannot_be_written_down_waits_for_a_person() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        tab.engine.journal().fail(|operation| (operation == "start").then_some(JournalError::Full));
        let id = lab.submit(&tab, "full in between").await;
        lab.pass(10 * MINUTE).await;
        assert_eq!(lab.calls(Kind::Create).len(), 0);
        assert_eq!(tab.engine.notice().storage, Some(JournalError::Full));
        assert!(tab.engine.notice().queue_paused);
        tab.engine.journal().fail(|_| None);
        tab.engine.continue_queue();
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
    });
}

#[test]
fn a_disk_that_fails_later_does_not_drop_a_paid_task() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        tab.engine.journal().fail(|operation| (operation == "update").then_some(JournalError::Full));
        let id = lab.submit(&tab, "full afterwards").await;
        lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(tab.engine.notice().storage, Some(JournalError::Full));
        tab.engine.journal().fail(|_| None);
        tab.engine.write_back().await;
        tab.crash();
        let again = lab.open().await;
        assert_eq!(again.shows(&id).state, State::Succeeded);
    });
}

#[test]
fn a_journal_that_cannot_be_read_is_said() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        tab.engine.journal().fail(|_| Some(JournalError::Unavailable("off".into())));
        tab.engine.open().await;
        assert_eq!(tab.engine.notice().storage, Some(JournalError::Unavailable("off".into())));
    });
}

#[test]
fn a_second_click_that_cannot_be_written_down_does_not_hide_the_first() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let intent = lab.intent("clicked twice");
        tab.engine.submit(intent.clone()).await.expect("the journal works");
        lab.reach(&tab, &intent.id, State::Generating, MINUTE).await;
        tab.engine.journal().fail(|operation| (operation == "add").then_some(JournalError::Full));
        let _ = tab.engine.submit(intent.clone()).await;
        lab.pass(SECOND).await;
        assert_eq!(tab.shows(&intent.id).state, State::Generating);
    });
}
