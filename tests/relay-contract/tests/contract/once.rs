//! One key, at most one charge.

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use vireo_relay_contract::{Answer, code_of, create, fresh, get, intent, post, stage, task_of, turn, until};

fn generate(prompt: &str, key: &str) -> impl Future<Output = Answer> + 'static {
    post("/api/v1/veo/generate", json!({ "prompt": prompt, "model": "veo3_lite" })).key(key).send()
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer_again() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    let first = create(&prompt, &key).await;
    let again = create(&prompt, &key).await;
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, again.text()), (first.status, first.text()));
    assert_eq!(stage().provider.charges(&prompt), 1);
    let became = intent(&key).await;
    assert_eq!(
        (became["state"].as_str(), became["taskId"].as_str()),
        (Some("accepted"), Some(&*task_of(&first)))
    );
}

#[tokio::test]
async fn a_key_in_quotes_is_the_same_key() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    let first = create(&prompt, &format!("\"{key}\"")).await;
    for spelling in [key.clone(), format!("%22{key}%22")] {
        assert_eq!(intent(&spelling).await["taskId"], task_of(&first));
    }
    assert_eq!(task_of(&create(&prompt, &key).await), task_of(&first));
    assert_eq!(stage().provider.charges(&prompt), 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    create(&prompt, &key).await;
    let other = create(&format!("{prompt} at night"), &key).await;
    assert_eq!(other.status, 422, "{other:?}");
    let elsewhere =
        post("/api/v1/veo/extend", json!({ "taskId": "0", "prompt": prompt })).key(&key).send().await;
    assert_eq!(elsewhere.status, 422, "{elsewhere:?}");
    assert_eq!(stage().provider.seen(&prompt).len(), 1);
}

#[tokio::test]
async fn spelling_and_order_make_no_other_body() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    turn().await;
    let old = json!({ "aspectRatio": "9:16", "prompt": prompt }).to_string();
    let new = format!(r#" {{ "prompt": {}, "aspect_ratio": "9:16" }} "#, json!(prompt));
    let first = post("/api/v1/veo/generate", Value::Null).body(old).key(&key).send().await;
    let again = post("/api/v1/veo/generate", Value::Null).body(new).key(&key).send().await;
    assert_eq!(task_of(&first), task_of(&again));
    assert_eq!(stage().provider.charges(&prompt), 1);
}

#[tokio::test]
async fn the_same_key_in_flight_is_a_conflict() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    let held = stage().provider.hold(&prompt);
    turn().await;
    let first = tokio::spawn(generate(&prompt, &key));
    until("the request is at the provider", async || stage().provider.seen(&prompt).pop()).await;
    assert_eq!(intent(&key).await["state"], "sent");
    let second = generate(&prompt, &key).await;
    assert_eq!(second.status, 409, "{second:?}");
    drop(held);
    let first = first.await.unwrap();
    assert_eq!(task_of(&generate(&prompt, &key).await), task_of(&first));
    assert_eq!(stage().provider.seen(&prompt).len(), 1);
}

#[tokio::test]
async fn of_a_hundred_racers_one_is_charged() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    turn().await;
    let answers = join_all((0..100).map(|_| tokio::spawn(generate(&prompt, &key)))).await;
    let answers: Vec<Answer> = answers.into_iter().map(Result::unwrap).collect();
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 409), "{answer:?}");
    }
    let firsts = answers.iter().filter(|it| it.status == 200 && it.header("idempotency-replayed").is_empty());
    assert_eq!(firsts.count(), 1);
    let mut tasks: Vec<String> = answers.iter().filter(|it| it.status == 200).map(task_of).collect();
    tasks.dedup();
    assert_eq!(tasks.len(), 1);
    assert_eq!(stage().provider.seen(&prompt).len(), 1);
    assert_eq!(stage().provider.charges(&prompt), 1);
}

#[rstest]
#[case("[sim:drop-answer]")]
#[case("[sim:error-500]")]
#[case("[sim:html]")]
#[tokio::test]
async fn a_lost_answer_is_unknown_and_never_sent_again(#[case] scenario: &str) {
    let (prompt, key) = (format!("{} {scenario}[sim:never]", fresh("boat")), fresh("key"));
    for _ in 0..3 {
        let answer = create(&prompt, &key).await;
        assert_ne!(code_of(&answer), 200, "{answer:?}");
        assert!(answer.status >= 500, "{answer:?}");
        assert_eq!(intent(&key).await["state"], "unknown");
    }
    assert_eq!(stage().provider.seen(&prompt).len(), 1);
    assert_eq!(stage().provider.charges(&prompt), 1);
}

#[tokio::test]
async fn a_callback_heals_a_lost_answer_and_the_key_then_gives_the_task() {
    let (prompt, key) = (format!("{} [sim:drop-answer][sim:fast]", fresh("boat")), fresh("key"));
    create(&prompt, &key).await;
    let became = until("the callback names the task", async || {
        Some(intent(&key).await).filter(|became| became["state"] == "accepted")
    })
    .await;
    let again = create(&prompt, &key).await;
    assert_eq!((code_of(&again), again.header("idempotency-replayed")), (200, "true"), "{again:?}");
    assert_eq!(became["taskId"], task_of(&again));
    assert_eq!(stage().provider.charges(&prompt), 1);
}

#[tokio::test]
async fn a_definite_refusal_is_told_again() {
    let (prompt, key) = (format!("{} [sim:no-credits]", fresh("boat")), fresh("key"));
    let first = create(&prompt, &key).await;
    assert_eq!(intent(&key).await["state"], "rejected");
    let again = create(&prompt, &key).await;
    assert_eq!((code_of(&first), code_of(&again)), (402, 402));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(stage().provider.seen(&prompt).len(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_lose_its_video() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    let held = stage().provider.hold(&prompt);
    turn().await;
    let leaving = tokio::spawn(generate(&prompt, &key));
    until("the request is at the provider", async || stage().provider.seen(&prompt).pop()).await;
    leaving.abort();
    assert!(leaving.await.is_err());
    drop(held);
    until("the answer is stored", async || {
        Some(intent(&key).await).filter(|became| became["state"] == "accepted")
    })
    .await;
    assert_eq!(generate(&prompt, &key).await.header("idempotency-replayed"), "true");
    assert_eq!(stage().provider.charges(&prompt), 1);
}

#[tokio::test]
async fn another_caller_s_same_key_is_another_wish() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    let ann = create(&prompt, &key).await;
    turn().await;
    let body = json!({ "prompt": prompt, "model": "veo3_lite" });
    let bob = post("/api/v1/veo/generate", body).key(&key).by_bob().send().await;
    assert_ne!(task_of(&ann), task_of(&bob));
}

#[tokio::test]
async fn a_key_nobody_used_is_not_found_and_a_stranger_s_is_not_told() {
    assert_eq!(get(&format!("/relay/intents/{}", fresh("key"))).send().await.status, 404);
    let key = fresh("key");
    create(&fresh("boat"), &key).await;
    assert_eq!(get(&format!("/relay/intents/{key}")).by_bob().send().await.status, 404);
}
