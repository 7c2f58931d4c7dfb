//! The relay's routes, before a provider that repeats what it is told: whatever the path, the headers and the body, the
//! relay answers, and never with a failure of its own.

#![no_main]

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use libfuzzer_sys::fuzz_target;
use std::cell::OnceCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tower::ServiceExt;
use veo_api::Reply;
use vireo_relay::{
    Api, Carried, Outgoing, PageConfig, Redb, SendError, Service, Settings, Upstream, router,
};

const PATHS: [&str; 12] = [
    "/api/v1/veo/generate",
    "/api/v1/veo/extend",
    "/api/v1/veo/get-4k-video",
    "/api/v1/veo/record-info",
    "/api/v1/veo/get-1080p-video",
    "/api/v1/common/download-url",
    "/api/file-base64-upload",
    "/api/file-stream-upload",
    "/relay/session",
    "/relay/intents/",
    "/relay/media/",
    "/relay/callback/",
];
const HEADERS: [&str; 8] = [
    "idempotency-key",
    "content-type",
    "origin",
    "authorization",
    "cookie",
    "x-webhook-timestamp",
    "x-webhook-signature",
    "host",
];

/// Refuses every request in the words it came with.
struct Echo;

impl Upstream for Echo {
    fn send(
        &self,
        request: Outgoing,
    ) -> Pin<Box<dyn Future<Output = Result<Reply, SendError>> + Send + '_>> {
        let body = match request.body {
            Carried::Json(text) => text,
            Carried::Nothing | Carried::Stream(..) => request.path,
        };
        Box::pin(async move { Ok(Reply { status: 400, body, ..Reply::default() }) })
    }
}

struct Office {
    runtime: tokio::runtime::Runtime,
    router: Router,
}

fn office() -> Office {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let listen = "127.0.0.1:8080".parse().expect("an address");
    let settings = Settings::new(&PageConfig::default(), listen);
    let store = Arc::new(Redb::in_memory().expect("a store"));
    let service = Service::open(settings, Arc::new(Echo), store, None).expect("a relay");
    Office { runtime, router: router(None, &PageConfig::default(), Api::Relayed(&service, None)) }
}

thread_local!(static OFFICE: OnceCell<Office> = const { OnceCell::new() });

fuzz_target!(|input: (u8, u8, &str, &str, &[u8])| {
    let (route, header, rest, value, body) = input;
    let path = PATHS[usize::from(route >> 1) % PATHS.len()];
    let method = if route & 1 == 0 { Method::POST } else { Method::GET };
    let name = HEADERS[usize::from(header) % HEADERS.len()];
    let mut request = Request::builder().method(method).uri(format!("{path}{rest}"));
    if name != "host" {
        request = request.header("host", "localhost");
    }
    let Ok(request) = request.header(name, value).body(Body::from(body.to_vec())) else { return };
    OFFICE.with(|office| {
        let office = office.get_or_init(self::office);
        let answer = office.runtime.block_on(office.router.clone().oneshot(request));
        let Ok(answer) = answer;
        let status = answer.status().as_u16();
        let body = office.runtime.block_on(answer.into_body().collect()).expect("a whole answer").to_bytes();
        assert_ne!(status, 500, "{}", String::from_utf8_lossy(&body));
    });
});
