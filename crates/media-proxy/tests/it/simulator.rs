//! The provider's own results, as the simulator plays them.

use super::rig::{get, item};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt;
use vireo_media_proxy::{Config, MediaProxy};
use vireo_simulator::{ManualClock, Settings, World, api_router, media_router, world};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

struct Provider {
    world: World,
    clock: ManualClock,
    proxy: MediaProxy,
}

impl Provider {
    async fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let clock = ManualClock::default();
        let world = world(Settings { media_base: base.clone(), ..Settings::default() }, clock.clone());
        let router = media_router(world.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let proxy = MediaProxy::new(Config { allow_media_origins: vec![base], ..Config::default() }).unwrap();
        Provider { world, clock, proxy }
    }

    /// The address of a finished video.
    async fn video(&self, prompt: &str) -> String {
        let body = format!("{{\"prompt\":\"{prompt}\"}}");
        let request = Request::post("/api/v1/veo/generate");
        let created = self.call(request, Body::from(body)).await;
        let task_id = created["data"]["taskId"].as_str().unwrap();
        self.clock.advance(60 * 60 * 1000);
        let path = format!("/api/v1/veo/record-info?taskId={task_id}");
        let record = self.call(Request::get(path), Body::empty()).await;
        record["data"]["response"]["resultUrls"][0].as_str().unwrap().to_owned()
    }

    async fn call(&self, request: axum::http::request::Builder, body: Body) -> Value {
        let request = request.header("authorization", "Bearer not-a-real-key").body(body).unwrap();
        let router: Router = api_router(self.world.clone());
        let body = router.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
        serde_json::from_slice(&body.to_bytes()).unwrap()
    }
}

#[tokio::test]
async fn a_result_plays_in_parts_and_whole() {
    let provider = Provider::start().await;
    let url = provider.video("a paper boat [sim:no-cors]").await;
    let whole = get(&provider.proxy, &item(&url), &[]).await;
    assert_eq!((whole.status, whole.header("content-type")), (200, "video/mp4"));
    assert_eq!(whole.header("access-control-allow-origin"), "");
    let bytes = whole.bytes.clone().unwrap();
    assert_eq!(&bytes.0[4..8], b"ftyp");
    let part = [("range", "bytes=100-199"), ("if-range", whole.header("etag"))];
    let part = get(&provider.proxy, &item(&url), &part).await;
    assert_eq!((part.status, part.bytes), (206, Some(bytes.slice(100..200))));
}

#[tokio::test]
async fn an_old_result_is_expired() {
    let provider = Provider::start().await;
    let expired = provider.video("p [sim:expired]").await;
    assert_eq!(get(&provider.proxy, &item(&expired), &[]).await.status, 410);
    let url = provider.video("p").await;
    provider.clock.advance(15 * DAY_MS);
    assert_eq!(get(&provider.proxy, &item(&url), &[]).await.status, 410);
}
