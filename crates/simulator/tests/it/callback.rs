//! Callbacks on loopback, received by a small server of the test's own.

use super::Sim;
use super::sim::{AGES_MS, task_id};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use vireo_simulator::Settings;

type Call = (HeaderMap, Value);

/// A receiver that answers with `status`; its address and what it gets.
async fn receiver(status: StatusCode) -> (String, UnboundedReceiver<Call>) {
    let (sender, calls) = unbounded_channel();
    let note = move |State(sender): State<UnboundedSender<Call>>, headers: HeaderMap, body: Bytes| async move {
        let body = serde_json::from_slice(&body).expect("a callback should be JSON");
        sender.send((headers, body)).expect("the test should still listen");
        status
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/relay/callback/i/t", listener.local_addr().unwrap());
    let router = Router::new().route("/relay/callback/i/t", post(note)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, calls)
}

async fn next(calls: &mut UnboundedReceiver<Call>) -> Call {
    let call = tokio::time::timeout(Duration::from_secs(10), calls.recv()).await;
    call.expect("a callback should come").expect("the receiver should run")
}

#[tokio::test]
async fn the_end_of_a_task_is_told() {
    let (address, mut calls) = receiver(StatusCode::OK).await;
    let sim = Sim::new();
    let id = task_id(&sim.generate(json!({ "prompt": "p", "callBackUrl": address })).await);
    assert!(calls.try_recv().is_err(), "nothing is told before the end");
    sim.clock.advance(AGES_MS);
    let (headers, body) = next(&mut calls).await;
    assert!(headers.get("x-webhook-signature").is_none());
    assert_eq!(body["code"], 200);
    assert_eq!(body["msg"], "Veo3.1 video generated successfully.");
    assert_eq!(body["data"]["taskId"], id);
    assert_eq!(body["data"]["info"]["resultUrls"], sim.record(&id).await["response"]["resultUrls"]);
    assert!(body["data"]["promptJson"].as_str().unwrap().contains(&address), "the address is echoed");
}

#[tokio::test]
async fn a_failure_is_told_in_the_provider_s_words() {
    let (address, mut calls) = receiver(StatusCode::OK).await;
    let sim = Sim::new();
    let id = task_id(&sim.generate(json!({ "prompt": "p [sim:policy]", "callBackUrl": address })).await);
    sim.clock.advance(AGES_MS);
    let (_, body) = next(&mut calls).await;
    let expected = json!({
        "code": 400,
        "msg": "Your prompt was flagged by Website as violating content policies.",
        "data": { "taskId": id, "fallbackFlag": false },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn upgrades_and_extensions_are_told_too() {
    let (address, mut calls) = receiver(StatusCode::OK).await;
    let sim = Sim::new();
    let id = sim.finished("p").await;
    sim.post("/api/v1/veo/get-4k-video", json!({ "taskId": id, "callBackUrl": address })).await;
    sim.clock.advance(AGES_MS);
    assert_eq!(next(&mut calls).await.1["msg"], "4K Video generated successfully.");
    sim.post("/api/v1/veo/extend", json!({ "taskId": id, "prompt": "and", "callBackUrl": address })).await;
    sim.clock.advance(AGES_MS);
    assert_eq!(next(&mut calls).await.1["msg"], "Veo3.1 video extension successful.");
}

#[tokio::test]
async fn with_a_key_callbacks_are_signed() {
    let (address, mut calls) = receiver(StatusCode::OK).await;
    let sim = Sim::with(Settings { webhook_hmac_key: Some("demo-key".to_owned()), ..Settings::default() });
    sim.generate(json!({ "prompt": "p", "callBackUrl": address })).await;
    sim.clock.advance(AGES_MS);
    let (headers, _) = next(&mut calls).await;
    assert_eq!(headers["x-webhook-timestamp"], "1776803611");
    assert_eq!(headers["x-webhook-signature"].len(), 44, "32 bytes in base64");
}

#[tokio::test]
async fn three_failed_tries_are_all() {
    let (address, mut calls) = receiver(StatusCode::INTERNAL_SERVER_ERROR).await;
    let sim = Sim::new();
    sim.generate(json!({ "prompt": "p", "callBackUrl": address })).await;
    sim.clock.advance(AGES_MS);
    for _ in 0..3 {
        next(&mut calls).await;
    }
    // Longer than the pause between tries.
    let fourth = tokio::time::timeout(Duration::from_millis(1_500), calls.recv()).await;
    assert!(fourth.is_err(), "there should be no fourth");
}
