//! What holds paid requests back: budgets, which upgrades count toward, and the breaker. And upgrades as they end.

use crate::office::{Office, ask, get, send, settings};
use axum::http::StatusCode;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use veo_api::Reply;
use vireo_relay::{Carried, Limits, LocalUpstream, Outgoing, Redb, SendError, Settings, Store, Upstream};

/// A provider whose 4K versions go under the names of their originals.
struct SameName {
    inner: LocalUpstream,
    /// Whether the answer to the next request for a 4K version is lost.
    loses: AtomicBool,
    /// What was asked of 4K versions.
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Upstream for SameName {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
        let original = match &request.body {
            Carried::Json(text) if request.path.contains("get-4k-video") => {
                serde_json::from_str::<Value>(text).ok()
            }
            _ => None,
        };
        Box::pin(async move {
            let mut reply = self.inner.send(request).await?;
            let Some(asked) = original else { return Ok(reply) };
            let mut body: Value = serde_json::from_str(&reply.body).unwrap();
            if body["data"]["taskId"].is_string() {
                body["data"]["taskId"] = asked["taskId"].clone();
            }
            reply.body = body.to_string();
            self.asked.lock().unwrap().push(asked);
            match self.loses.swap(false, Ordering::SeqCst) {
                true => Err(SendError::Lost("cut".to_owned())),
                false => Ok(reply),
            }
        })
    }
}

const UPGRADE: &str = "/api/v1/veo/get-4k-video";

async fn finished(office: &Office, key: &str) -> String {
    let created = office.generate(&format!("a boat {key} [sim:fast]"), Some(key)).await.json();
    office.clock.advance(3_600_000);
    created["data"]["taskId"].as_str().unwrap().to_owned()
}

/// Waits until the relay's own follower has seen how an intent ended.
async fn ends(office: &Office, key: &str, state: &str) {
    let seen = async {
        while office.intent(key).await.json()["taskState"] != state {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), seen).await.unwrap();
}

fn quick() -> Settings {
    let mut settings = settings();
    settings.typical = vireo_relay::Typical { quality: 0.5, fast: 0.5, lite: 0.5 };
    settings.access.public_url = Some("https://relay.example/".parse().unwrap());
    settings.media_origins = vec!["http://127.0.0.1:9102".to_owned()];
    settings
}

#[tokio::test]
async fn a_4k_version_under_its_original_s_name_gets_its_verdict() {
    let asked = Arc::<Mutex<Vec<Value>>>::default();
    let office = Office::with(quick(), Arc::new(Redb::in_memory().unwrap()), |inner| {
        Arc::new(SameName { inner, loses: AtomicBool::new(false), asked: Arc::clone(&asked) })
    });
    let task = finished(&office, "k1").await;
    let bought = send(&office.router, ask(UPGRADE, &json!({ "taskId": task }), Some("k2"))).await.json();
    assert_eq!((&bought["data"]["taskId"], office.charges()), (&json!(task), 2));
    assert_eq!(office.intent("k2").await.json()["taskState"], "generating");
    office.clock.advance(3_600_000);
    let service = office.service.clone();
    let working = tokio::spawn(async move { service.run().await });
    ends(&office, "k2", "succeeded").await;
    working.abort();
    assert_eq!(office.charges(), 2, "looking buys nothing");
    let media = get(&office.router, &format!("/relay/media/{task}/4k/0")).await;
    assert_eq!(media.status, StatusCode::OK, "{}", media.text);
}

#[tokio::test]
async fn a_lost_answer_to_a_4k_request_is_found_by_the_callback() {
    let asked = Arc::<Mutex<Vec<Value>>>::default();
    let office = Office::with(quick(), Arc::new(Redb::in_memory().unwrap()), |inner| {
        Arc::new(SameName { inner, loses: AtomicBool::new(true), asked: Arc::clone(&asked) })
    });
    let task = finished(&office, "k1").await;
    let lost = send(&office.router, ask(UPGRADE, &json!({ "taskId": task }), Some("k2"))).await;
    assert_eq!(lost.json()["data"]["state"], "unknown");
    let service = office.service.clone();
    let working = tokio::spawn(async move { service.run().await });
    // Without a callback nobody knows whether it has arrived, so it is not asked for again.
    ends(&office, "k2", "unknown").await;
    assert_eq!(asked.lock().unwrap().len(), 1);
    office.clock.advance(3_600_000);
    let address = asked.lock().unwrap()[0]["callBackUrl"].as_str().unwrap().to_owned();
    let path = address.strip_prefix("https://relay.example").unwrap();
    let called =
        send(&office.router, ask(path, &json!({ "code": 200, "data": { "taskId": task } }), None)).await;
    assert_eq!(called.status, StatusCode::OK, "{}", called.text);
    ends(&office, "k2", "succeeded").await;
    working.abort();
    let again = send(&office.router, ask(UPGRADE, &json!({ "taskId": task }), Some("k2"))).await;
    assert!(again.is_replayed() && again.json()["data"]["taskId"] == json!(task), "{}", again.text);
    assert_eq!(office.charges(), 2);
}

fn capped(credits: f64) -> Settings {
    let mut settings = settings();
    settings.limits = Limits { daily_credits: Some(credits), ..Limits::default() };
    settings
}

#[tokio::test]
async fn upgrades_count_once_toward_the_budget_and_looks_at_them_never() {
    let store = Arc::new(Redb::in_memory().unwrap());
    // A video for 60, 1080p for 5, 4K for 120, and 4 too few for another 1080p.
    let settings = capped(189.0);
    let office =
        Office::with(settings.clone(), Arc::clone(&store) as Arc<dyn Store>, |provider| Arc::new(provider));
    let task = finished(&office, "k1").await;
    let full_hd = format!("/api/v1/veo/get-1080p-video?taskId={task}");
    for _ in 0..50 {
        assert_eq!(get(&office.router, &full_hd).await.json()["code"], 400, "it is being made");
    }
    for _ in 0..3 {
        let answer = send(&office.router, ask(UPGRADE, &json!({ "taskId": task }), None)).await;
        assert_ne!(answer.status, StatusCode::PAYMENT_REQUIRED, "{}", answer.text);
    }
    assert_eq!(office.charges(), 3);
    let office = Office::before(office.world.clone(), office.clock.clone(), settings, store, |provider| {
        Arc::new(provider)
    });
    let requests = office.world.ledger().requests;
    let refused = get(&office.router, &format!("{full_hd}&index=1")).await;
    assert_eq!((refused.status, refused.json()["code"].as_i64()), (StatusCode::PAYMENT_REQUIRED, Some(402)));
    assert_eq!(office.world.ledger().requests, requests, "a restart forgets nothing");
}

#[tokio::test]
async fn an_upgrade_that_is_refused_costs_nothing() {
    let office =
        Office::with(capped(64.0), Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider));
    let refused = get(&office.router, "/api/v1/veo/get-1080p-video?taskId=nobody-s").await;
    assert_ne!(refused.status, StatusCode::PAYMENT_REQUIRED, "{}", refused.text);
    assert_eq!(office.generate("a boat", Some("k1")).await.json()["code"], 200);
}

#[tokio::test]
async fn while_the_provider_fails_no_more_is_bought() {
    let mut settings = settings();
    settings.metrics = true;
    let office = Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider));
    office.generate("before", Some("before")).await;
    for round in 0..10 {
        let answer = office.generate(&format!("{round} [sim:error-500]"), Some(&format!("k{round}"))).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", answer.text);
    }
    let charges = office.charges();
    let held = office.generate("a boat", Some("later")).await;
    assert_eq!((held.status, held.json()["code"].as_i64()), (StatusCode::SERVICE_UNAVAILABLE, Some(503)));
    assert_eq!(held.json()["data"]["reason"], "breaker");
    assert!((1..=15).contains(&held.header("retry-after").unwrap().parse::<u32>().unwrap()));
    assert_eq!(office.charges(), charges);
    assert_eq!(office.intent("later").await.json()["state"], "reserved", "the same key may be tried again");
    assert!(office.generate("before", Some("before")).await.is_replayed(), "what was bought is still told");
    let metrics = get(&office.router, "/relay/metrics").await.text;
    for line in ["vireo_relay_breaker_open 1", r#"vireo_relay_held_back_total{why="breaker"} 1"#] {
        assert!(metrics.lines().any(|found| found == line), "{metrics}");
    }
}
