//! A relay, its provider and somebody who asks.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use veo_api::Reply;
use vireo_relay::{
    Api, LocalUpstream, Media, MediaSource, Outgoing, PageConfig, Place, Redb, SendError, Service, Settings,
    Store, Typical, Upstream, router,
};
use vireo_simulator::{ManualClock, World, api_router, media_router, world};

pub(crate) const GENERATE: &str = "/api/v1/veo/generate";

/// A relay before the simulator.
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) clock: ManualClock,
    pub(crate) service: Service,
    pub(crate) router: Router,
}

pub(crate) fn settings() -> Settings {
    Settings {
        typical: Typical { quality: 1.0, fast: 1.0, lite: 1.0 },
        ..Settings::new(&PageConfig::default(), "127.0.0.1:8080".parse().unwrap())
    }
}

impl Office {
    pub(crate) fn new() -> Office {
        Office::with(settings(), Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider))
    }

    pub(crate) fn with(
        settings: Settings,
        store: Arc<dyn Store>,
        wrap: impl FnOnce(LocalUpstream) -> Arc<dyn Upstream>,
    ) -> Office {
        let clock = ManualClock::default();
        let world = world(vireo_simulator::Settings::default(), clock.clone());
        Office::before(world, clock, settings, store, wrap)
    }

    /// Another relay before the same provider, as after a restart.
    pub(crate) fn before(
        world: World,
        clock: ManualClock,
        settings: Settings,
        store: Arc<dyn Store>,
        wrap: impl FnOnce(LocalUpstream) -> Arc<dyn Upstream>,
    ) -> Office {
        let provider = LocalUpstream { api: api_router(world.clone()), upload: media_router(world.clone()) };
        let service =
            Service::open(settings, wrap(provider), store, Some(Arc::<Addresses>::default())).unwrap();
        let router = router(None, &PageConfig::default(), Api::Relayed(&service, None));
        Office { world, clock, service, router }
    }

    pub(crate) async fn generate(&self, prompt: &str, key: Option<&str>) -> Answer {
        send(&self.router, ask(GENERATE, &json!({ "prompt": prompt }), key)).await
    }

    pub(crate) async fn intent(&self, key: &str) -> Answer {
        get(&self.router, &format!("/relay/intents/{key}")).await
    }

    pub(crate) fn charges(&self) -> usize {
        self.world.ledger().charges
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn is_replayed(&self) -> bool {
        self.header("idempotency-replayed") == Some("true")
    }
}

/// Fetches nothing and tells what it would. Keeps what is downloaded; addresses with
/// `expired` in them are gone.
#[derive(Default)]
struct Addresses(Mutex<HashSet<String>>);

impl MediaSource for Addresses {
    fn kept<'a>(
        &'a self,
        media: &'a Media,
        _: &'a Method,
        _: &'a HeaderMap,
    ) -> BoxFuture<'a, Option<Response>> {
        let is_kept = self.0.lock().unwrap().contains(media.video.task.as_str());
        Box::pin(async move { is_kept.then(|| "kept".into_response()) })
    }

    fn serve<'a>(
        &'a self,
        media: &'a Media,
        place: &'a Place,
        method: &'a Method,
        _: &'a HeaderMap,
    ) -> BoxFuture<'a, Response> {
        if media.download {
            self.0.lock().unwrap().insert(media.video.task.to_string());
        }
        if place.url.contains("expired") {
            return Box::pin(async { StatusCode::GONE.into_response() });
        }
        let headers = [(HeaderName::from_static("x-asked"), method.to_string())];
        Box::pin(async move { (headers, place.url.clone()).into_response() })
    }
}

/// Says one thing after the other, whatever it is asked; the last again and again.
pub(crate) struct Says {
    words: Mutex<VecDeque<&'static str>>,
    pub(crate) asked: AtomicUsize,
}

impl Says {
    pub(crate) fn all(words: &[&'static str]) -> Arc<Says> {
        Arc::new(Says { words: Mutex::new(words.iter().copied().collect()), asked: AtomicUsize::new(0) })
    }
}

impl Upstream for Says {
    fn send(&self, _: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut words = self.words.lock().unwrap();
        let body = if words.len() > 1 { words.pop_front() } else { words.front().copied() };
        let body = body.unwrap_or_default().to_owned();
        Box::pin(async { Ok(Reply { status: 200, body, ..Reply::default() }) })
    }
}

/// A request to a relay that is asked under its own name.
pub(crate) fn ask(path: &str, body: &Value, key: Option<&str>) -> Request<Body> {
    let mut request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.body(Body::from(body.to_string())).unwrap()
}

pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    let request = Request::get(path).header(header::HOST, "localhost:8080").body(Body::empty()).unwrap();
    send(router, request).await
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status, headers: head.headers, text: String::from_utf8(bytes.into()).unwrap() }
}
