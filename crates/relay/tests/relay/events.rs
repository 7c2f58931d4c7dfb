//! From the provider's callback to the browser's event: what is believed, what is told, to whom, and after which break.

use crate::office::{Answer, Office, Says, ask, get, send, settings};
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use veo_api::Reply;
use vireo_relay::{Carried, LocalUpstream, Outgoing, Redb, SendError, Store, Upstream};

/// Path and body of what reaches the provider.
type Seen = Arc<Mutex<Vec<(String, String)>>>;

struct Recorder {
    inner: LocalUpstream,
    seen: Seen,
    /// Keeps back the answers to paid requests.
    hold: Arc<AtomicBool>,
}

impl Upstream for Recorder {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
        let body = match &request.body {
            Carried::Json(text) => text.clone(),
            _ => String::new(),
        };
        self.seen.lock().unwrap().push((request.path.clone(), body));
        let hold = (request.paid).then(|| Arc::clone(&self.hold));
        let reply = self.inner.send(request);
        Box::pin(async move {
            let reply = reply.await;
            while hold.as_ref().is_some_and(|hold| hold.load(Ordering::SeqCst)) {
                tokio::task::yield_now().await;
            }
            reply
        })
    }
}

/// A relay whose follower runs, and what it asked the provider.
struct Desk {
    office: Office,
    seen: Seen,
    hold: Arc<AtomicBool>,
    working: JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.working.abort();
    }
}

impl Desk {
    fn new(hmac_key: Option<&str>) -> Desk {
        Desk::on(Arc::new(Redb::in_memory().unwrap()), hmac_key, None)
    }

    fn on(store: Arc<dyn Store>, hmac_key: Option<&str>, before: Option<&Desk>) -> Desk {
        let mut settings = settings();
        settings.access.tokens = vec!["ann=token-a".parse().unwrap(), "bob=token-b".parse().unwrap()];
        settings.access.public_url = Some("https://relay.example/".parse().unwrap());
        settings.webhook_hmac_keys = hmac_key.and_then(vireo_relay::Secret::new).into_iter().collect();
        // A schedule that does not interfere: only callbacks make the follower look.
        settings.typical = vireo_relay::Typical { quality: 3000.0, fast: 3000.0, lite: 3000.0 };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let recorder = Arc::clone(&seen);
        let hold = Arc::new(AtomicBool::new(false));
        let held = Arc::clone(&hold);
        let wrap = |inner| Arc::new(Recorder { inner, seen: recorder, hold: held }) as Arc<dyn Upstream>;
        let office = match before {
            Some(desk) => {
                let (world, clock) = (desk.office.world.clone(), desk.office.clock.clone());
                Office::before(world, clock, settings, store, wrap)
            }
            None => Office::with(settings, store, wrap),
        };
        let service = office.service.clone();
        let working = tokio::spawn(async move { service.run().await });
        Desk { office, seen, hold, working }
    }

    /// Asks for a video and returns its task and where the provider is to call.
    async fn buy(&self, prompt: &str, key: &str) -> (Option<String>, String) {
        let mut request = ask("/api/v1/veo/generate", &json!({ "prompt": prompt }), Some(key));
        request.headers_mut().insert(header::AUTHORIZATION, "Bearer token-a".parse().unwrap());
        let answer = send(&self.office.router, request).await;
        let task = answer.json()["data"]["taskId"].as_str().map(str::to_owned);
        (task, self.callback_path())
    }

    /// Where the provider is to report the latest wish.
    fn callback_path(&self) -> String {
        let seen = self.seen.lock().unwrap();
        let mut bodies = seen.iter().rev().filter_map(|(_, body)| serde_json::from_str::<Value>(body).ok());
        let address = bodies.find_map(|body| body["callBackUrl"].as_str().map(str::to_owned));
        address.unwrap().strip_prefix("https://relay.example").unwrap().to_owned()
    }

    async fn call(&self, path: &str, body: String, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post(path).header(header::HOST, "relay.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.office.router, request.body(Body::from(body)).unwrap()).await
    }

    async fn listen(&self, token: &str, after: Option<&str>) -> Stream {
        let mut request = Request::get("/relay/events")
            .header(header::HOST, "relay.example")
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response =
            self.office.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Stream { body: response.into_body().into_data_stream(), text: String::new() }
    }

    fn looks(&self) -> usize {
        self.seen.lock().unwrap().iter().filter(|(path, _)| path.contains("record-info")).count()
    }

    fn task_of(&self, key: &str) -> String {
        let jobs = self.office.world.ledger().jobs;
        jobs.into_iter().find(|job| job.intent.as_deref() == Some(key)).unwrap().task_id
    }
}

struct Stream {
    body: BodyDataStream,
    text: String,
}

#[derive(Debug, PartialEq)]
struct Event {
    id: Option<String>,
    kind: String,
    data: Value,
}

impl Stream {
    /// The next event but for heartbeats; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    block.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned())
                };
                let event = field("event:").map(|kind| Event {
                    id: field("id:"),
                    kind,
                    data: serde_json::from_str(&field("data:").unwrap()).unwrap(),
                });
                self.text = rest.to_owned();
                if let Some(event) = event.filter(|event| event.kind != "heartbeat") {
                    return Some(event);
                }
            }
            let waited = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
            let bytes = waited.expect("an event comes")?.unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn task(&mut self) -> (String, Value, String) {
        let event = self.next().await.unwrap();
        assert_eq!(event.kind, "task");
        let state = event.data["state"].as_str().unwrap().to_owned();
        (state, event.data, event.id.unwrap())
    }
}

fn called(task: &str) -> String {
    json!({ "code": 200, "msg": "x", "data": { "taskId": task, "info": { "resultUrls": ["https://evil.example/v.mp4"] } } })
        .to_string()
}

#[tokio::test]
async fn a_callback_becomes_an_event_of_its_caller_alone() {
    let desk = Desk::new(None);
    let (mut ann, mut bob) = (desk.listen("token-a", None).await, desk.listen("token-b", None).await);
    let (task, path) = desk.buy("a boat [sim:fast]", "k1").await;
    let task = task.unwrap();
    let (state, data, first) = ann.task().await;
    assert_eq!(
        (state.as_str(), &data["taskId"], &data["intentId"]),
        ("generating", &json!(task), &json!("k1"))
    );

    desk.office.clock.advance(60_000);
    assert_eq!(desk.call(&path, called(&task), &[]).await.status, StatusCode::OK);
    let (state, data, second) = ann.task().await;
    assert_eq!((state.as_str(), data["taskId"].as_str()), ("succeeded", Some(task.as_str())));
    assert!(second.parse::<u64>().unwrap() > first.parse::<u64>().unwrap());
    assert!(!data.to_string().contains("evil"));

    // Who comes late begins with the present, who comes back with what was missed.
    assert_eq!(desk.listen("token-a", None).await.task().await.0, "succeeded");
    assert_eq!(desk.listen("token-a", Some(&first)).await.task().await.2, second);
    desk.office.service.end();
    assert_eq!(desk.listen("token-a", Some(&second)).await.next().await.unwrap().kind, "bye");
    assert_eq!(ann.next().await.unwrap().kind, "bye");
    assert_eq!(ann.next().await, None);
    assert_eq!(bob.next().await.unwrap().kind, "bye");
}

#[tokio::test]
async fn a_number_from_another_store_begins_anew() {
    let desk = Desk::new(None);
    desk.buy("a boat", "k1").await;
    assert_eq!(desk.listen("token-a", Some("999")).await.task().await.0, "generating");
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_callback() {
    let desk = Desk::new(None);
    let mut ann = desk.listen("token-a", None).await;
    let (task, path) = desk.buy("a boat [sim:drop-answer]", "k1").await;
    assert_eq!(task, None);
    assert_eq!(ann.task().await.0, "unknown");
    let task = desk.task_of("k1");
    desk.office.clock.advance(3_600_000);
    assert_eq!(desk.call(&path, called(&task), &[]).await.status, StatusCode::OK);
    assert_eq!(ann.task().await.0, "succeeded");

    let (found, _) = desk.buy("a boat [sim:drop-answer]", "k1").await;
    assert_eq!(found, Some(task));
    assert_eq!(desk.office.charges(), 1);
}

#[tokio::test]
async fn a_callback_may_be_faster_than_the_answer() {
    let desk = Desk::new(None);
    let hold = Arc::clone(&desk.hold);
    hold.store(true, Ordering::SeqCst);
    let mut ann = desk.listen("token-a", None).await;
    let (router, body) = (desk.office.router.clone(), json!({ "prompt": "a boat" }));
    let mut request = ask("/api/v1/veo/generate", &body, Some("k1"));
    request.headers_mut().insert(header::AUTHORIZATION, "Bearer token-a".parse().unwrap());
    let client = tokio::spawn(async move { send(&router, request).await });
    while desk.office.charges() == 0 {
        tokio::task::yield_now().await;
    }
    let task = desk.task_of("k1");
    let path = desk.callback_path();
    assert_eq!(desk.call(&path, called(&task), &[]).await.status, StatusCode::OK);
    assert_eq!(ann.task().await.1["taskId"], json!(task));
    hold.store(false, Ordering::SeqCst);
    assert_eq!(client.await.unwrap().json()["data"]["taskId"], json!(task));
    assert_eq!(desk.office.charges(), 1);
}

#[tokio::test]
async fn a_callback_survives_a_crash_right_after_it() {
    let store = Arc::new(Redb::in_memory().unwrap());
    let desk = Desk::on(store.clone(), None, None);
    let (_, path) = desk.buy("a boat [sim:drop-answer]", "k1").await;
    desk.working.abort();
    let task = desk.task_of("k1");
    assert_eq!(desk.call(&path, called(&task), &[]).await.status, StatusCode::OK);

    let desk = Desk::on(store, None, Some(&desk));
    desk.office.clock.advance(3_600_000);
    // The schedule would find it too, but only after a while.
    assert_eq!(desk.call(&path, called(&task), &[]).await.status, StatusCode::OK);
    let mut ann = desk.listen("token-a", None).await;
    while ann.task().await.0 != "succeeded" {}
}

#[tokio::test]
async fn a_thousand_callbacks_make_one_look() {
    let desk = Desk::new(None);
    let (task, path) = desk.buy("a boat", "k1").await;
    let task = task.unwrap();
    for _ in 0..1000 {
        assert_eq!(desk.call(&path, called(&task), &[]).await.status, StatusCode::OK);
    }
    assert!(desk.looks() <= 1, "{}", desk.looks());
}

#[rstest]
#[case("/relay/callback/k1/aaaaaaaaaaaaaaaaaaaaaa", StatusCode::NOT_FOUND)]
#[case("/relay/callback/other/{token}", StatusCode::NOT_FOUND)]
#[case("/relay/callback/k1/{token}x", StatusCode::NOT_FOUND)]
#[tokio::test]
async fn a_guessed_address_is_none(#[case] path: &str, #[case] status: StatusCode) {
    let desk = Desk::new(None);
    let (task, good) = desk.buy("a boat", "k1").await;
    let path = path.replace("{token}", good.rsplit('/').next().unwrap());
    let answer = desk.call(&path, called(&task.unwrap()), &[]).await;
    assert_eq!((answer.status, desk.looks()), (status, 0));
}

#[rstest]
#[case(String::new(), StatusCode::BAD_REQUEST)]
#[case("[".repeat(60_000), StatusCode::BAD_REQUEST)]
#[case("x".repeat(65 * 1024), StatusCode::PAYLOAD_TOO_LARGE)]
#[case(called("0000000000000000000000000000beef"), StatusCode::NOT_FOUND)]
#[tokio::test]
async fn a_strange_callback_changes_nothing(#[case] body: String, #[case] status: StatusCode) {
    let desk = Desk::new(None);
    let (_, path) = desk.buy("a boat", "k1").await;
    let answer = desk.call(&path, body, &[]).await;
    assert_eq!((answer.status, desk.looks()), (status, 0));
}

#[tokio::test]
async fn with_a_key_only_signed_callbacks_count() {
    let desk = Desk::new(Some("demo-key"));
    let (task, path) = desk.buy("a boat", "k1").await;
    let body = called(&task.unwrap());
    let old = [
        ("x-webhook-timestamp", "1776800080"),
        ("x-webhook-signature", "4yxQdLWTtogcXR7e4YXa2e0eQqTvgQ18LnzK4sKZejU="),
    ];
    for headers in [&[][..], &old] {
        let answer = desk.call(&path, body.clone(), headers).await;
        assert_eq!((answer.status, desk.looks()), (StatusCode::UNAUTHORIZED, 0));
    }
}

#[tokio::test]
async fn where_no_callback_comes_the_relay_looks_itself() {
    let mut settings = settings();
    settings.typical = vireo_relay::Typical { quality: 0.5, fast: 0.5, lite: 0.5 };
    let office = Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |inner| Arc::new(inner));
    let service = office.service.clone();
    let working = tokio::spawn(async move { service.run().await });
    let answer = office.generate("a boat [sim:fast]", Some("k1")).await;
    assert_eq!(answer.json()["code"], 200);
    office.clock.advance(60_000);
    let state = async {
        while office.intent("k1").await.json()["taskState"] != "succeeded" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), state).await.unwrap();
    working.abort();
}

#[tokio::test]
async fn what_a_browser_asks_is_of_use_to_all() {
    let office = Office::new();
    let task = office.generate("a boat [sim:policy]", Some("k1")).await.json()["data"]["taskId"].clone();
    office.clock.advance(60_000);
    let path = format!("/api/v1/veo/record-info?taskId={}", task.as_str().unwrap());
    assert_eq!(get(&office.router, &path).await.json()["data"]["successFlag"], 3);
    assert_eq!(office.intent("k1").await.json()["taskState"], "failed");
}

#[tokio::test]
async fn a_late_success_mends_a_failure() {
    let words = [
        r#"{"code":200,"msg":"success","data":{"taskId":"t1"}}"#,
        r#"{"code":200,"data":{"taskId":"t1","successFlag":2,"errorCode":408,"errorMessage":"timeout"}}"#,
        r#"{"code":200,"data":{"taskId":"t1","successFlag":0}}"#,
        r#"{"code":200,"data":{"taskId":"t1","successFlag":1,"response":{"resultUrls":["https://f.example/a.mp4"]}}}"#,
        r#"{"code":200,"data":{"taskId":"t1","successFlag":2,"errorCode":408}}"#,
    ];
    let store = Arc::new(Redb::in_memory().unwrap());
    let office = Office::with(settings(), store, |_| Says::all(&words));
    office.generate("a boat", Some("k1")).await;
    for state in ["failed", "failed", "succeeded", "succeeded"] {
        get(&office.router, "/api/v1/veo/record-info?taskId=t1").await;
        assert_eq!(office.intent("k1").await.json()["taskState"], state);
    }
}
