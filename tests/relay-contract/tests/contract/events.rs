//! What browsers are told, as they are told it.

use std::time::{Duration, Instant};
use vireo_relay_contract::{Events, create, fresh, task_of};

#[tokio::test]
async fn a_video_s_states_are_told_with_growing_ids() {
    let key = fresh("key");
    let mut events = Events::open(None).await;
    let task = task_of(&create(&format!("{} [sim:fast]", fresh("boat")), &key).await);
    let begun = events.state_of(&key, "generating").await;
    let done = events.state_of(&key, "succeeded").await;
    assert_eq!((begun.task(), done.task()), (task.clone(), task));
    let number = |id: &str| id.parse::<u64>().unwrap_or_else(|_| panic!("no number: {id:?}"));
    assert!(number(&done.id) > number(&begun.id));
}

#[tokio::test]
async fn a_refused_video_is_told_as_failed() {
    let key = fresh("key");
    let mut events = Events::open(None).await;
    create(&format!("{} [sim:policy]", fresh("boat")), &key).await;
    events.state_of(&key, "failed").await;
}

#[tokio::test]
async fn what_was_missed_is_told_after_the_last_event_id() {
    let key = fresh("key");
    let mut events = Events::open(None).await;
    create(&format!("{} [sim:fast]", fresh("boat")), &key).await;
    let begun = events.state_of(&key, "generating").await;
    drop(events);
    let mut other = Events::open(None).await;
    let done = other.state_of(&key, "succeeded").await;
    let mut replayed = Events::open(Some(&begun.id)).await;
    assert_eq!(replayed.next_of(&key).await, done);
}

#[tokio::test]
async fn who_comes_late_is_told_the_end() {
    let key = fresh("key");
    let mut events = Events::open(None).await;
    create(&format!("{} [sim:fast]", fresh("boat")), &key).await;
    events.state_of(&key, "succeeded").await;
    let mut late = Events::open(None).await;
    assert_eq!(late.next_of(&key).await.state(), "succeeded");
}

#[tokio::test]
async fn a_lost_answer_is_told_as_unknown_and_then_healed() {
    let key = fresh("key");
    let mut events = Events::open(None).await;
    create(&format!("{} [sim:drop-answer][sim:fast]", fresh("boat")), &key).await;
    events.state_of(&key, "unknown").await;
    assert_ne!(events.state_of(&key, "succeeded").await.task(), "");
}

#[tokio::test]
async fn a_silent_stream_has_heartbeats_that_scripts_can_see() {
    let mut events = Events::open(None).await;
    let opened = Instant::now();
    loop {
        let event = events.next().await;
        if event.name != "task" && opened.elapsed() > Duration::from_secs(5) {
            break;
        }
        assert!(opened.elapsed() < Duration::from_secs(30), "no heartbeat in 30 s");
    }
}
