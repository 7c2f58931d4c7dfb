//! The provider's callbacks: a hint, and only from who knows the address.

use rstest::rstest;
use serde_json::{Value, json};
use vireo_relay_contract::{Answer, create, fresh, get, intent, post, put, stage, task_of, until};

/// The path of the address that the relay gave the provider for a prompt.
fn callback_path(prompt: &str) -> String {
    let seen = stage().provider.seen(prompt);
    let body = seen[0].json();
    let address = body["callBackUrl"].as_str().unwrap_or_else(|| panic!("no callBackUrl in {body}"));
    address
        .strip_prefix(&stage().relay)
        .unwrap_or_else(|| panic!("not at the public address: {address}"))
        .to_owned()
}

async fn call(path: &str, task: &str) -> Answer {
    let lie = json!({ "code": 200, "msg": "Veo3.1 video generated successfully.", "data": {
        "taskId": task, "info": { "resultUrls": ["https://evil.example/evil.mp4"] }
    } });
    post(path, lie).anonymous().send().await
}

#[tokio::test]
async fn the_address_names_the_intent_and_stays_secret() {
    let (prompt, key) = (fresh("boat"), fresh("key"));
    let task = task_of(&create(&prompt, &key).await);
    let path = callback_path(&prompt);
    let token = path.rsplit('/').next().unwrap();
    assert!(path.starts_with(&format!("/relay/callback/{key}/")), "{path}");
    assert!(token.len() >= 22, "{token}");
    let record = get(&format!("/api/v1/veo/record-info?taskId={task}")).send().await;
    assert!(record.text().contains(&prompt) && !record.text().contains(token), "{record:?}");
}

#[tokio::test]
async fn the_client_s_own_address_is_kept() {
    let prompt = fresh("boat");
    let own = "https://own.example/done";
    vireo_relay_contract::turn().await;
    let answer = post("/api/v1/veo/generate", json!({ "prompt": prompt, "callBackUrl": own })).send().await;
    task_of(&answer);
    let body = stage().provider.seen(&prompt)[0].json();
    assert_eq!(body["callBackUrl"], own);
}

#[tokio::test]
async fn a_lie_makes_the_relay_look_and_changes_nothing() {
    let (prompt, key) = (format!("{} [sim:never]", fresh("boat")), fresh("key"));
    let task = task_of(&create(&prompt, &key).await);
    let path = callback_path(&prompt);
    let before = stage().provider.looks(&task);
    let answer = call(&path, &task).await;
    assert!((200..300).contains(&answer.status), "{answer:?}");
    until("the record is read again", async || (stage().provider.looks(&task) > before).then_some(())).await;
    let record = get(&format!("/api/v1/veo/record-info?taskId={task}")).send().await;
    assert!(!record.text().contains("evil.example"), "{record:?}");
    let media = get(&format!("/relay/media/{task}/720p/0")).send().await;
    assert_eq!(media.status, 404, "{media:?}");
}

#[tokio::test]
async fn a_hundred_repetitions_cost_few_looks() {
    let (prompt, key) = (format!("{} [sim:never]", fresh("boat")), fresh("key"));
    let task = task_of(&create(&prompt, &key).await);
    let path = callback_path(&prompt);
    for _ in 0..100 {
        call(&path, &task).await;
    }
    until("the record is read", async || (stage().provider.looks(&task) > 0).then_some(())).await;
    let looks = stage().provider.looks(&task);
    assert!(looks <= 3, "{looks} looks");
}

#[tokio::test]
async fn a_forged_address_is_refused() {
    let (prompt, key) = (format!("{} [sim:never]", fresh("boat")), fresh("key"));
    let task = task_of(&create(&prompt, &key).await);
    let path = callback_path(&prompt);
    let token = path.rsplit('/').next().unwrap();
    let forged = [
        format!("/relay/callback/{key}/{}", "A".repeat(token.len())),
        format!("/relay/callback/{key}/{}", &token[1..]),
        format!("/relay/callback/{key}/{token}x"),
        format!("/relay/callback/{}/{token}", fresh("key")),
        format!("/relay/callback/{key}/"),
    ];
    for path in forged {
        let answer = call(&path, &task).await;
        assert!((400..500).contains(&answer.status), "{path} {answer:?}");
    }
    assert_eq!(stage().provider.looks(&task), 0);
}

#[tokio::test]
async fn a_call_cannot_claim_another_intent_s_task() {
    let (lost, key) = (format!("{} [sim:drop-answer][sim:never]", fresh("boat")), fresh("key"));
    create(&lost, &key).await;
    let other = task_of(&create(&format!("{} [sim:never]", fresh("boat")), &fresh("key")).await);
    call(&callback_path(&lost), &other).await;
    until("the record is read", async || (stage().provider.looks(&other) > 0).then_some(())).await;
    assert_eq!(intent(&key).await["state"], "unknown", "{}", intent(&key).await);
}

#[rstest]
#[case(70_000, 413)]
#[case(200_000, 413)]
#[tokio::test]
async fn a_long_body_is_refused(#[case] bytes: usize, #[case] status: u16) {
    let (prompt, key) = (format!("{} [sim:never]", fresh("boat")), fresh("key"));
    create(&prompt, &key).await;
    let answer = post(&callback_path(&prompt), Value::Null).anonymous().body("x".repeat(bytes)).send().await;
    assert_eq!(answer.status, status, "{answer:?}");
}

#[tokio::test]
async fn other_methods_are_no_callbacks() {
    let (prompt, key) = (format!("{} [sim:never]", fresh("boat")), fresh("key"));
    create(&prompt, &key).await;
    let path = callback_path(&prompt);
    for ask in [get(&path), put(&path)] {
        assert_eq!(ask.anonymous().send().await.status, 405);
    }
}
