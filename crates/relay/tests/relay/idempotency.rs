//! One key, at most one charge: racers, lost answers, crashes at every step, a full disk.

use crate::office::{Answer, GENERATE, Office, Says, ask, send, settings};
use axum::http::StatusCode;
use futures_util::future::{BoxFuture, join_all};
use rstest::rstest;
use serde_json::json;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;
use veo_api::Reply;
use vireo_relay::{
    Intent, IntentId, LocalUpstream, Outgoing, Redb, Reserved, SendError, Stage, Store, StoreError, Upstream,
};

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer() {
    let office = Office::new();
    let first = office.generate("a boat", Some("k1")).await;
    assert_eq!((first.status, first.json()["code"].as_i64()), (StatusCode::OK, Some(200)));
    assert!(!first.is_replayed());
    let again = office.generate("a boat", Some("k1")).await;
    assert!(again.is_replayed());
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(office.charges(), 1);
    let told = office.intent("k1").await.json();
    assert_eq!(
        (told["state"].as_str(), &told["taskId"]),
        (Some("accepted"), &first.json()["data"]["taskId"])
    );
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let office = Office::new();
    office.generate("a boat", Some("k1")).await;
    let other = office.generate("a ship", Some("k1")).await;
    assert_eq!((other.status, other.json()["code"].as_i64()), (StatusCode::UNPROCESSABLE_ENTITY, Some(422)));
    let extend = json!({ "taskId": "a", "prompt": "a boat" });
    let other = send(&office.router, ask("/api/v1/veo/extend", &extend, Some("k1"))).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(office.charges(), 1);
}

#[tokio::test]
async fn without_a_key_every_request_is_a_new_one() {
    let office = Office::new();
    for _ in 0..2 {
        assert!(!office.generate("a boat", None).await.is_replayed());
    }
    assert_eq!(office.charges(), 2);
}

#[tokio::test]
async fn a_key_nobody_has_used_is_unknown() {
    assert_eq!(Office::new().intent("never").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn half_an_answer_is_a_lost_one_from_the_first_on() {
    let store = Arc::new(Redb::in_memory().unwrap());
    let office =
        Office::with(settings(), store, |_| Says::all(&[r#"{"code":200,"msg":"success","data":{"ta"#]));
    for _ in 0..2 {
        let answer = office.generate("a boat", Some("k1")).await;
        let told = (answer.status, answer.json()["data"]["state"].clone());
        assert_eq!(told, (StatusCode::BAD_GATEWAY, json!("unknown")));
    }
    // Who sent no key is told which one to ask by.
    let keyless = office.generate("a ship", None).await.json();
    let key = keyless["data"]["intentId"].as_str().unwrap();
    assert!(keyless["msg"].as_str().unwrap().contains(key), "{keyless}");
    assert_eq!(office.intent(key).await.json()["state"], "unknown");
    assert_eq!(office.generate("a ship", Some(key)).await.json()["data"]["state"], "unknown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_racers_buy_once() {
    let office = Office::new();
    let racers = (0..100).map(|_| {
        let (router, body) = (office.router.clone(), json!({ "prompt": "a boat" }));
        tokio::spawn(async move { send(&router, ask(GENERATE, &body, Some("k1"))).await })
    });
    let answers: Vec<Answer> = join_all(racers).await.into_iter().map(Result::unwrap).collect();
    let of = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(of(StatusCode::OK) + of(StatusCode::CONFLICT), 100);
    let fresh = answers.iter().filter(|answer| answer.status == StatusCode::OK && !answer.is_replayed());
    assert_eq!(fresh.count(), 1);
    assert_eq!(office.charges(), 1);
}

/// What the provider answers where it charged all the same.
#[rstest]
#[case("[sim:drop-answer]", StatusCode::BAD_GATEWAY)]
#[case("[sim:error-500]", StatusCode::INTERNAL_SERVER_ERROR)]
#[case("[sim:html]", StatusCode::BAD_GATEWAY)]
#[tokio::test]
async fn a_lost_answer_is_never_bought_again(#[case] scenario: &str, #[case] status: StatusCode) {
    let office = Office::new();
    let first = office.generate(scenario, Some("k1")).await;
    assert_eq!(first.status, status);
    assert!(!first.text.contains("doctype"), "{}", first.text);
    for _ in 0..3 {
        let again = office.generate(scenario, Some("k1")).await;
        assert_eq!(again.status, StatusCode::BAD_GATEWAY);
        assert_eq!(again.json()["data"]["state"], "unknown");
    }
    assert_eq!(office.intent("k1").await.json()["state"], "unknown");
    assert_eq!(office.charges(), 1);
}

#[tokio::test]
async fn a_refusal_is_kept_and_a_passing_one_is_asked_again() {
    let office = Office::new();
    let refused = office.generate("[sim:no-credits]", Some("k1")).await;
    assert_eq!(refused.json()["code"], 402);
    assert!(office.generate("[sim:no-credits]", Some("k1")).await.is_replayed());
    assert_eq!(office.intent("k1").await.json()["state"], "rejected");
    let before = office.world.ledger().requests;
    for _ in 0..2 {
        let busy = office.generate("[sim:rate-limit]", Some("k2")).await;
        assert_eq!((busy.json()["code"].as_i64(), busy.is_replayed()), (Some(429), false));
    }
    assert_eq!(office.world.ledger().requests, before + 2);
    assert_eq!(office.charges(), 0);
}

/// A provider that waits for permission and counts what reaches it.
struct Slow {
    inner: LocalUpstream,
    may_answer: Arc<Semaphore>,
    asked: Arc<AtomicUsize>,
}

impl Upstream for Slow {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            let reply = self.inner.send(request).await;
            self.may_answer.acquire().await.unwrap().forget();
            reply
        })
    }
}

#[tokio::test]
async fn a_client_that_leaves_does_not_take_its_task_with_it() {
    let (may_answer, asked) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let slow = (Arc::clone(&may_answer), Arc::clone(&asked));
    let office = Office::with(settings(), Arc::new(Redb::in_memory().unwrap()), |inner| {
        Arc::new(Slow { inner, may_answer: slow.0, asked: slow.1 })
    });
    let (router, body) = (office.router.clone(), json!({ "prompt": "a boat" }));
    let client = tokio::spawn(async move { send(&router, ask(GENERATE, &body, Some("k1"))).await });
    while asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    assert_eq!(office.intent("k1").await.json()["state"], "sent");
    assert_eq!(office.generate("a boat", Some("k1")).await.status, StatusCode::CONFLICT);
    may_answer.add_permits(10);
    let found = loop {
        let again = office.generate("a boat", Some("k1")).await;
        if again.status != StatusCode::CONFLICT {
            break again;
        }
        tokio::task::yield_now().await;
    };
    assert!(found.is_replayed() && found.json()["data"]["taskId"].is_string(), "{found:?}");
    assert_eq!(office.charges(), 1);
}

/// A provider that cannot be reached at first.
struct Unreachable {
    inner: LocalUpstream,
    failures: AtomicUsize,
}

impl Upstream for Unreachable {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
        let left = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match left {
            Ok(_) => Box::pin(std::future::ready(Err(SendError::Unsent("refused".to_owned())))),
            Err(_) => self.inner.send(request),
        }
    }
}

#[rstest]
#[case(2, Some("k1"), StatusCode::OK, 1)]
#[case(3, Some("k1"), StatusCode::SERVICE_UNAVAILABLE, 0)]
#[case(1, None, StatusCode::SERVICE_UNAVAILABLE, 0)]
#[tokio::test(start_paused = true)]
async fn only_what_did_not_leave_is_sent_again(
    #[case] failures: usize,
    #[case] key: Option<&str>,
    #[case] status: StatusCode,
    #[case] charges: usize,
) {
    let office = Office::with(settings(), Arc::new(Redb::in_memory().unwrap()), |inner| {
        Arc::new(Unreachable { inner, failures: AtomicUsize::new(failures) })
    });
    assert_eq!(office.generate("a boat", key).await.status, status);
    assert_eq!(office.charges(), charges);
    if charges == 0 && key.is_some() {
        assert_eq!(office.intent("k1").await.json()["state"], "reserved");
        assert_eq!(office.generate("a boat", key).await.status, StatusCode::OK);
        assert_eq!(office.charges(), 1);
    }
}

/// A store whose disk is full at its n-th write, before or after it has happened, and from then on.
struct Failing {
    inner: Arc<Redb>,
    fails_at: usize,
    happens: bool,
    writes: AtomicUsize,
}

impl Failing {
    fn write<T>(&self, write: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        if number < self.fails_at {
            return write();
        }
        if self.happens && number == self.fails_at {
            write()?;
        }
        Err(StoreError::File(PathBuf::from("disk"), io::ErrorKind::StorageFull.into()))
    }
}

impl Store for Failing {
    fn reserve(&self, intent: &Intent) -> Result<Reserved, StoreError> {
        self.write(|| self.inner.reserve(intent))
    }
    fn change(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent),
    ) -> Result<Option<Intent>, StoreError> {
        self.write(|| self.inner.change(id, change))
    }
    fn get(&self, id: &IntentId) -> Result<Option<Intent>, StoreError> {
        self.inner.get(id)
    }
    fn all(&self) -> Result<Vec<Intent>, StoreError> {
        self.inner.all()
    }
    fn forget_before(&self, time_ms: u64) -> Result<(), StoreError> {
        self.inner.forget_before(time_ms)
    }
    fn note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.inner.note(name, text)
    }
    fn noted(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.inner.noted(name)
    }
    fn secret(&self) -> Result<[u8; 32], StoreError> {
        self.inner.secret()
    }
}

/// The steps are: reserve, sent, answer. A crash after step n is a store that fails from there on, and a relay that
/// starts anew on what was kept.
#[rstest]
#[case(0, false, 0, None)]
#[case(0, true, 0, Some(Stage::Reserved))]
#[case(1, false, 0, Some(Stage::Reserved))]
#[case(1, true, 0, Some(Stage::Unknown))]
#[case(2, false, 1, Some(Stage::Unknown))]
#[case(2, true, 1, Some(Stage::Accepted))]
#[tokio::test]
async fn a_crash_at_any_step_costs_at_most_once(
    #[case] fails_at: usize,
    #[case] happens: bool,
    #[case] charges: usize,
    #[case] kept: Option<Stage>,
) {
    let disk = Arc::new(Redb::in_memory().unwrap());
    let store = Failing { inner: Arc::clone(&disk), fails_at, happens, writes: AtomicUsize::new(0) };
    let office = Office::with(settings(), Arc::new(store), |provider| Arc::new(provider));
    let first = office.generate("a boat", Some("k1")).await;
    assert_eq!(office.charges(), charges);
    if fails_at < 2 {
        assert_eq!(first.status, StatusCode::SERVICE_UNAVAILABLE, "{}", first.text);
    } else {
        assert_eq!(first.json()["code"], 200, "the answer is told even if it cannot be kept");
    }

    let (world, clock) = (office.world.clone(), office.clock.clone());
    let office = Office::before(world, clock, settings(), disk.clone(), |provider| Arc::new(provider));
    let found = disk.all().unwrap().first().map(|intent| intent.stage);
    assert_eq!(found, kept);
    let again = office.generate("a boat", Some("k1")).await;
    assert!(office.charges() <= 1);
    match kept {
        Some(Stage::Unknown) => assert_eq!(again.json()["data"]["state"], "unknown"),
        Some(Stage::Accepted) => assert!(again.is_replayed()),
        _ => assert_eq!((again.json()["code"].as_i64(), office.charges()), (Some(200), 1)),
    }
}

/// What reaches the provider.
struct Recorder {
    inner: LocalUpstream,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream for Recorder {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
        if let vireo_relay::Carried::Json(body) = &request.body {
            self.seen.lock().unwrap().push(body.clone());
        }
        self.inner.send(request)
    }
}

#[tokio::test]
async fn the_provider_is_told_where_to_report_and_browsers_are_not() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut settings = settings();
    settings.access.public_url = Some("https://relay.example/".parse().unwrap());
    let office = Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |inner| {
        Arc::new(Recorder { inner, seen: Arc::clone(&seen) })
    });
    let body = json!({ "prompt": "a boat", "aspectRatio": "9:16", "unheardOf": 1 });
    let created = send(&office.router, ask(GENERATE, &body, Some("k1"))).await.json();
    let sent: serde_json::Value = serde_json::from_str(&seen.lock().unwrap()[0]).unwrap();
    let address = sent["callBackUrl"].as_str().unwrap();
    let token = address.strip_prefix("https://relay.example/relay/callback/k1/").unwrap();
    assert_eq!(sent, json!({ "prompt": "a boat", "aspect_ratio": "9:16", "callBackUrl": address }));
    let path = format!("/api/v1/veo/record-info?taskId={}", created["data"]["taskId"].as_str().unwrap());
    let record = crate::office::get(&office.router, &path).await;
    assert!(!record.text.contains(token), "{}", record.text);
    let params = record.json()["data"]["paramJson"].as_str().unwrap().to_owned();
    assert!(params.contains("a boat") && params.contains("9:16"), "{params}");
}
