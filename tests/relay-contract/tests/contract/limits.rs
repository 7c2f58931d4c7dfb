//! What a caller may spend, and what nobody may while the provider fails. The limited relay is new for each run.

use futures_util::future::{join, join_all};
use serde_json::json;
use std::time::Duration;
use tokio::sync::Mutex;
use vireo_relay_contract::{
    AT_ONCE, Answer, Ask, LIMITS, code_of, film, fresh, get_limited, post_limited, post_narrow, stage,
    task_of, turn, until,
};

/// The breaker is everybody's.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A creation by one of the three callers, in turn.
async fn generate(caller: usize, model: &str, prompt: &str) -> Answer {
    turn().await;
    let body = json!({ "prompt": prompt, "model": model });
    let ask = post_limited("/api/v1/veo/generate", body).key(&fresh("key"));
    ask.by(&stage().tokens[caller]).send().await
}

fn reason(answer: &Answer) -> String {
    answer.json()["data"]["reason"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_day_s_credits_end_for_one_caller_alone() {
    let _alone = ALONE.lock().await;
    let prompt = fresh("dear boat");
    task_of(&generate(0, "veo3", &prompt).await);
    let second = fresh("second dear boat");
    let over = generate(0, "veo3", &second).await;
    assert_eq!(
        (over.status, code_of(&over), reason(&over).as_str()),
        (402, 402, "daily-credits"),
        "{over:?}"
    );
    assert!(stage().provider.seen(&second).is_empty(), "nothing left");
    task_of(&generate(0, "veo3_lite", &fresh("cheap boat")).await);
    task_of(&generate(1, "veo3", &fresh("bob's dear boat")).await);
}

#[tokio::test]
async fn a_burst_ends_at_the_rate() {
    let _alone = ALONE.lock().await;
    // There is no such video, which costs nothing, and counts.
    let extend = || {
        let body = json!({ "taskId": "0".repeat(32), "prompt": fresh("boat") });
        post_limited("/api/v1/veo/extend", body).key(&fresh("key")).by(&stage().tokens[1]).send()
    };
    for _ in 0..LIMITS.1 {
        let answer = extend().await;
        assert_eq!(reason(&answer), "", "{answer:?}");
    }
    let over = extend().await;
    assert_eq!((over.status, reason(&over).as_str()), (429, "rate"), "{over:?}");
    let wait: u64 = over.header("retry-after").parse().unwrap();
    tokio::time::sleep(Duration::from_secs(wait)).await;
    assert_eq!(reason(&extend().await), "");
}

#[tokio::test]
async fn a_caller_has_so_many_videos_in_the_making_and_no_more() {
    let generate = async |caller: usize, prompt: &str| {
        let body = json!({ "prompt": prompt, "model": "veo3_lite" });
        let ask = post_narrow("/api/v1/veo/generate", body).key(&fresh("key"));
        ask.by(&stage().tokens[caller]).send().await
    };
    let endless = || format!("{} [sim:never]", fresh("boat"));
    for _ in 1..AT_ONCE {
        turn().await;
        task_of(&generate(0, &endless()).await);
    }
    // What is refused takes no place.
    assert_eq!(reason(&generate(0, &format!("{} [sim:no-credits]", fresh("boat"))).await), "");

    turn().await;
    let last = format!("{} [sim:fast]", fresh("boat"));
    let answer_is_held = stage().provider.hold(&last);
    let meanwhile = async {
        until("the last one has left", async || (!stage().provider.seen(&last).is_empty()).then_some(()))
            .await;
        let prompt = endless();
        let over = generate(0, &prompt).await;
        let told = (over.status, code_of(&over), reason(&over));
        assert_eq!(told, (429, 429, "concurrency".to_owned()), "{over:?}");
        assert!(over.header("retry-after").parse::<u64>().is_ok(), "{over:?}");
        assert!(stage().provider.seen(&prompt).is_empty(), "nothing left");
        turn().await;
        task_of(&generate(1, &endless()).await);
        drop(answer_is_held);
    };
    task_of(&join(generate(0, &last), meanwhile).await.0);
    // The relay sees that it has ended without anybody asking.
    turn().await;
    let room = until("a place is free", async || {
        let next = generate(0, &endless()).await;
        (reason(&next) != "concurrency").then_some(next)
    });
    task_of(&room.await);
    assert_eq!(reason(&generate(0, &endless()).await), "concurrency");
}

#[tokio::test]
async fn a_larger_version_is_paid_for_once() {
    let _alone = ALONE.lock().await;
    let task = film("boat").await;
    let upgrade = || -> Ask { get_limited(&format!("/api/v1/veo/get-1080p-video?taskId={task}&index=0")) };
    // Of 400 credits each would take 5.
    for _ in 0..100 {
        let answer = upgrade().send().await;
        assert_ne!(reason(&answer), "daily-credits", "{answer:?}");
    }
}

#[tokio::test]
async fn a_failing_provider_gets_no_more_paid_requests_for_a_while() {
    let _alone = ALONE.lock().await;
    const FAILURES: usize = 10;
    let failing = (0..FAILURES).map(|_| async {
        let prompt = format!("{} [sim:error-500]", fresh("failing boat"));
        generate(2, "veo3_lite", &prompt).await
    });
    for answer in join_all(failing).await {
        assert!(answer.status >= 500 && reason(&answer).is_empty(), "{answer:?}");
    }
    // Who has room in its budget is held back too, and is told until when.
    let prompt = fresh("held boat");
    let held = generate(0, "veo3_lite", &prompt).await;
    assert_eq!((held.status, reason(&held).as_str()), (503, "breaker"), "{held:?}");
    assert!(stage().provider.seen(&prompt).is_empty(), "nothing left");
    let wait: u64 = held.header("retry-after").parse().unwrap();
    assert!((1..=15).contains(&wait), "{wait}");
    tokio::time::sleep(Duration::from_secs(wait)).await;
    task_of(&generate(0, "veo3_lite", &fresh("trying boat")).await);
    task_of(&generate(1, "veo3_lite", &fresh("free boat")).await);
}
