//! The witness against double charges.

use super::Sim;
use super::sim::{AGES_MS, request, send, with_json};
use serde_json::json;
use vireo_simulator::Kind;

#[tokio::test]
async fn jobs_are_counted_by_prompt_and_intent() {
    let sim = Sim::new();
    let mut with_header = with_json("/api/v1/veo/generate", json!({ "prompt": "one" }));
    with_header.headers_mut().insert("idempotency-key", "intent-1".parse().unwrap());
    send(&sim.api, with_header).await;
    let callback = "https://relay.example.org/vireo/relay/callback/intent-2/t0ken";
    sim.generate(json!({ "prompt": "two", "callBackUrl": callback })).await;
    sim.generate(json!({ "prompt": "two" })).await;

    let ledger = sim.world.ledger();
    assert_eq!((ledger.by_prompt["one"], ledger.by_prompt["two"]), (1, 2));
    assert_eq!((ledger.by_intent["intent-1"], ledger.by_intent["intent-2"]), (1, 1));
    assert_eq!(ledger.jobs[2].intent, None);
    assert_eq!(ledger.charges, 3);
}

#[tokio::test]
async fn upgrades_are_jobs_without_a_prompt() {
    let sim = Sim::new();
    let id = sim.finished("p").await;
    sim.full_hd(&id).await;
    sim.four_k(&id).await;
    let ledger = sim.world.ledger();
    let kinds: Vec<_> = ledger.jobs.iter().map(|job| (job.kind, job.credits, job.prompt.is_some())).collect();
    let expected = [(Kind::Generate, 60.0, true), (Kind::FullHd, 5.0, false), (Kind::FourK, 120.0, false)];
    assert_eq!(kinds, expected);
    assert_eq!(ledger.by_prompt["p"], 1);
}

#[tokio::test]
async fn a_failed_job_stays_with_its_credits_returned() {
    let sim = Sim::new();
    sim.task("p [sim:busy]").await;
    assert!(!sim.world.ledger().jobs[0].returned);
    sim.clock.advance(AGES_MS);
    let ledger = sim.world.ledger();
    assert!(ledger.jobs[0].returned);
    assert_eq!((ledger.charges, ledger.credits), (1, 5_916.25));
}

#[tokio::test]
async fn looks_are_counted() {
    let sim = Sim::new();
    let id = sim.task("p").await;
    for _ in 0..3 {
        sim.look(&id).await;
    }
    sim.clock.advance(AGES_MS);
    for _ in 0..3 {
        sim.full_hd(&id).await;
    }
    let polls: Vec<_> = sim.world.ledger().jobs.iter().map(|job| job.polls).collect();
    assert_eq!(polls, [3, 2], "the call that starts an upgrade is no look");
}

#[tokio::test]
async fn the_ledger_needs_no_key_and_is_not_counted() {
    let sim = Sim::new();
    let id = sim.task("p").await;
    let mut ask = request("GET", "/sim/ledger");
    ask.headers_mut().clear();
    ask.headers_mut().insert("origin", "https://example.org".parse().unwrap());
    let answer = send(&sim.api, ask).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let expected = json!({
        "jobs": [{
            "taskId": id,
            "prompt": "p",
            "intent": null,
            "kind": "generate",
            "credits": 60.0,
            "returned": false,
            "polls": 0,
        }],
        "byPrompt": { "p": 1 },
        "byIntent": {},
        "charges": 1,
        "credits": 5_856.25,
        "requests": 1,
    });
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn refused_requests_and_uploads_are_counted_as_requests() {
    let sim = Sim::new();
    sim.generate(json!({})).await;
    let mut without_key = request("GET", "/api/v1/chat/credit");
    without_key.headers_mut().clear();
    send(&sim.api, without_key).await;
    send(&sim.media, with_json("/api/file-base64-upload", json!({}))).await;
    assert_eq!(sim.world.ledger().requests, 3);
}

#[tokio::test]
async fn a_simulator_says_so() {
    let health = Sim::new().get("/sim/health").await;
    assert_eq!(health["simulator"], true);
    assert_eq!(health["mediaBase"], "http://media.test");
}
