//! A world to test in, and verbs to do it with.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use vireo_simulator::{ManualClock, Settings, World, api_router, media_router, world};

pub const MEDIA: &str = "http://media.test";
/// Longer than any task takes at speed 1.
pub const AGES_MS: u64 = 60 * 60 * 1000;
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub struct Sim {
    pub world: World,
    pub clock: ManualClock,
    pub api: Router,
    pub media: Router,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("the answer should be JSON")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers should be text"))
    }
}

impl Sim {
    pub fn new() -> Sim {
        Sim::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Sim {
        let clock = ManualClock::default();
        let settings = Settings { media_base: MEDIA.to_owned(), ..settings };
        let world = world(settings, clock.clone());
        Sim { api: api_router(world.clone()), media: media_router(world.clone()), world, clock }
    }

    pub async fn get(&self, path: &str) -> Value {
        send(&self.api, request("GET", path)).await.json()
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        send(&self.api, with_json(path, body)).await.json()
    }

    pub async fn generate(&self, body: Value) -> Value {
        self.post("/api/v1/veo/generate", body).await
    }

    /// Creates a task with a prompt and returns its id.
    pub async fn task(&self, prompt: &str) -> String {
        task_id(&self.generate(json!({ "prompt": prompt })).await)
    }

    /// The same, and waits for its end.
    pub async fn finished(&self, prompt: &str) -> String {
        let id = self.task(prompt).await;
        self.clock.advance(AGES_MS);
        id
    }

    pub async fn look(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/veo/record-info?taskId={id}")).await
    }

    /// `data` of the record.
    pub async fn record(&self, id: &str) -> Value {
        let answer = self.look(id).await;
        assert_eq!(answer["code"], 200, "{answer}");
        answer["data"].clone()
    }

    pub async fn full_hd(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/veo/get-1080p-video?taskId={id}")).await
    }

    pub async fn four_k(&self, id: &str) -> Value {
        self.post("/api/v1/veo/get-4k-video", json!({ "taskId": id })).await
    }

    pub async fn extend(&self, id: &str, prompt: &str) -> Value {
        self.post("/api/v1/veo/extend", json!({ "taskId": id, "prompt": prompt })).await
    }

    /// Fetches an address of the media origin, with more headers.
    pub async fn fetch(&self, url: &str, headers: &[(&str, &str)]) -> Answer {
        let path = url.strip_prefix(MEDIA).expect("the address should be on the media origin");
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.media, request.body(Body::empty()).unwrap()).await
    }

    pub fn credits(&self) -> f64 {
        self.world.ledger().credits
    }
}

pub fn request(method: &str, path: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, "Bearer test-key")
        .body(Body::empty())
        .unwrap()
}

pub fn with_json(path: &str, body: Value) -> Request<Body> {
    let (mut parts, _) = request("POST", path).into_parts();
    parts.headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    Request::from_parts(parts, Body::from(body.to_string()))
}

pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("the body should not break off").to_bytes();
    Answer { status: parts.status, headers: parts.headers, bytes }
}

pub fn task_id(answer: &Value) -> String {
    assert_eq!(answer["code"], 200, "{answer}");
    answer["data"]["taskId"].as_str().expect("the answer should name the task").to_owned()
}

/// The one address in `value`.
pub fn only(value: &Value) -> &str {
    match value.as_array().map(Vec::as_slice) {
        Some([url]) => url.as_str().expect("an address should be text"),
        _ => panic!("there should be one address: {value}"),
    }
}
