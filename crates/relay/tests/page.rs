//! The relay without ports: what it answers, and under which headers.

// The helpers are tests too, though clippy does not see it.
#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use rstest::{fixture, rstest};
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt;
use vireo_relay::{Api, Demo, PageConfig, Redb, Service, Settings, router};

const KEPT: &str = "public, max-age=31536000, immutable";

/// A page beside a file that is none of the world's business.
struct Folder(TempDir);

impl Folder {
    fn page(&self) -> std::path::PathBuf {
        self.0.path().join("page")
    }

    fn router(&self) -> Router {
        let config = PageConfig::read(&self.page()).unwrap();
        router(Some(&self.page()), &config, Api::Elsewhere)
    }
}

#[fixture]
fn folder() -> Folder {
    let folder = Folder(TempDir::new().unwrap());
    fs::create_dir_all(folder.page().join(".git")).unwrap();
    for (name, content) in [
        ("secret.txt", "secret"),
        ("page/.git/config", "secret"),
        ("page/.env", "secret"),
        ("page/index.html", "<!DOCTYPE html><title>Vireo</title>"),
        ("page/boot.js", "boot"),
        ("page/config.json", r#"{"version":1,"colour":"kept"}"#),
        ("page/app.webmanifest", "{}"),
        ("page/style-e2652279179d3782.css", "plain"),
        ("page/style-e2652279179d3782.css.gz", "gzip"),
        ("page/vireo-1f1cdcacec70385b_bg.wasm", "plain"),
        ("page/vireo-1f1cdcacec70385b_bg.wasm.br", "brotli"),
        ("page/vireo-1f1cdcacec70385b_bg.wasm.gz", "gzip"),
    ] {
        fs::write(folder.0.path().join(name), content).unwrap();
    }
    folder
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status, headers: head.headers, text: String::from_utf8(bytes.into()).unwrap() }
}

async fn get(router: &Router, path: &str) -> Answer {
    send(router, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn get_encoded(router: &Router, path: &str, accept: &str) -> Answer {
    let request = Request::get(path).header(header::ACCEPT_ENCODING, accept);
    send(router, request.body(Body::empty()).unwrap()).await
}

#[rstest]
#[tokio::test]
async fn every_answer_of_the_page_is_protected(folder: Folder) {
    let router = folder.router();
    for path in ["/", "/index.html", "/boot.js", "/config.json", "/missing", "/.env"] {
        let answer = get(&router, path).await;
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"),
            "{path}: {policy}"
        );
        assert!(policy.contains(" https://api.kie.ai https://kieai.redpandaai.co;"), "{policy}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(answer.header(header::REFERRER_POLICY), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    }
}

#[rstest]
#[case("/", "text/html", "no-cache")]
#[case("/index.html", "text/html", "no-cache")]
#[case("/boot.js", "text/javascript", "no-cache")]
#[case("/config.json", "application/json", "no-cache")]
#[case("/app.webmanifest", "application/manifest+json", "no-cache")]
#[case("/style-e2652279179d3782.css", "text/css", KEPT)]
#[case("/vireo-1f1cdcacec70385b_bg.wasm", "application/wasm", KEPT)]
#[tokio::test]
async fn a_file_has_its_type_and_its_time(
    folder: Folder,
    #[case] path: &str,
    #[case] mime: &str,
    #[case] kept: &str,
) {
    let answer = get(&folder.router(), path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_TYPE).split(';').next(), Some(mime));
    assert_eq!(answer.header(header::CACHE_CONTROL), kept);
}

#[rstest]
#[case("/vireo-1f1cdcacec70385b_bg.wasm", "gzip, br", "br", "brotli")]
#[case("/vireo-1f1cdcacec70385b_bg.wasm", "gzip", "gzip", "gzip")]
#[case("/vireo-1f1cdcacec70385b_bg.wasm", "identity", "", "plain")]
#[case("/style-e2652279179d3782.css", "gzip, br", "gzip", "gzip")]
#[case("/boot.js", "gzip, br", "", "boot")]
#[tokio::test]
async fn what_was_compressed_ahead_is_sent_compressed(
    folder: Folder,
    #[case] path: &str,
    #[case] accept: &str,
    #[case] encoding: &str,
    #[case] text: &str,
) {
    let answer = get_encoded(&folder.router(), path, accept).await;
    assert_eq!(answer.header(header::CONTENT_ENCODING), encoding);
    assert_eq!(answer.text, text);
    assert_eq!(answer.header(header::VARY).to_ascii_lowercase(), "accept-encoding");
    assert!(!answer.header(header::CONTENT_TYPE).is_empty());
}

#[rstest]
#[case("/missing")]
#[case("/missing-1f1cdcacec70385b.js")]
#[case("/secret.txt")]
#[case("/../secret.txt")]
#[case("/%2e%2e/secret.txt")]
#[case("/..%2fsecret.txt")]
#[case("/..%5csecret.txt")]
#[case("/.env")]
#[case("/%2eenv")]
#[case("/%2Eenv")]
#[case("/.git/config")]
#[case("//etc/passwd")]
#[tokio::test]
async fn nothing_but_the_page_is_served(folder: Folder, #[case] path: &str) {
    let answer = get(&folder.router(), path).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-cache");
    assert_eq!(answer.text, "There is nothing here.\n");
}

#[rstest]
#[case(format!("/{}", "a".repeat(300)))]
#[case(format!("/{}.js", "%61".repeat(260)))]
#[case("/a".repeat(3000))]
#[tokio::test]
async fn what_no_file_system_takes_is_not_there(folder: Folder, #[case] path: String) {
    assert_eq!(get(&folder.router(), &path).await.status, StatusCode::NOT_FOUND);
}

#[rstest]
#[case("/api/v1/veo/other", "POST")]
#[case("/api", "GET")]
#[case("/relay/other", "GET")]
#[case("/relay/other", "DELETE")]
#[tokio::test]
async fn below_the_api_nothing_is_said_in_its_words(
    folder: Folder,
    #[case] path: &str,
    #[case] method: &str,
) {
    let bare = router(None, &PageConfig::default(), Api::Elsewhere);
    for router in [folder.router(), bare] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = send(&router, request).await;
        assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::NOT_FOUND, &json!(404)));
    }
}

#[rstest]
#[tokio::test]
async fn a_folder_may_have_a_page_for_wrong_addresses(folder: Folder) {
    fs::write(folder.page().join("404.html"), "<h1>Lost?</h1>").unwrap();
    let answer = get(&folder.router(), "/a/b").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.header(header::CONTENT_TYPE).starts_with("text/html"));
    assert_eq!(answer.text, "<h1>Lost?</h1>");
}

#[rstest]
#[tokio::test]
async fn a_page_is_read_and_not_written(folder: Folder) {
    for path in ["/", "/boot.js", "/config.json"] {
        let request = Request::post(path).body(Body::empty()).unwrap();
        let answer = send(&folder.router(), request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.json()["code"], 405, "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn the_page_is_at_home_under_any_path(folder: Folder) {
    let router = Router::new().nest("/a/b", folder.router());
    for (path, text) in [("/a/b/boot.js", "boot"), ("/a/b/index.html", "Vireo")] {
        assert!(get(&router, path).await.text.contains(text), "{path}");
    }
    // Relative, so that the page asks the relay it came from, wherever that is.
    assert_eq!(get(&router, "/a/b/config.json").await.json()["relayBase"], "./");
    assert_eq!(get(&router, "/boot.js").await.status, StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test]
async fn the_configuration_has_its_defaults_and_keeps_what_is_unknown(folder: Folder) {
    let told = get(&folder.router(), "/config.json").await.json();
    assert_eq!(
        told,
        json!({
            "version": 1,
            "connection": "direct",
            "apiBase": "https://api.kie.ai",
            "uploadBase": "https://kieai.redpandaai.co",
            "relayBase": "./",
            "mediaOrigins": [],
            "typicalSeconds": { "veo3": 150.0, "veo3_fast": 75.0, "veo3_lite": 60.0 },
            "colour": "kept",
        })
    );
}

#[rstest]
#[case("not json")]
#[case(r#"{"apiBase": 5}"#)]
#[case(r#"{"connection": "both"}"#)]
fn a_broken_configuration_is_said_with_its_place(folder: Folder, #[case] text: &str) {
    fs::write(folder.page().join("config.json"), text).unwrap();
    let error = PageConfig::read(&folder.page()).unwrap_err().to_string();
    assert!(error.contains("config.json") && error.contains("line 1"), "{error}");
}

#[rstest]
#[tokio::test]
async fn without_a_page_only_health_answers() {
    let router = router(None, &PageConfig::default(), Api::Elsewhere);
    assert_eq!(get(&router, "/").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&router, "/config.json").await.status, StatusCode::NOT_FOUND);
    let request = Request::delete("/nowhere").body(Body::empty()).unwrap();
    assert_eq!(send(&router, request).await.json()["code"], 404);
    let request = Request::put("/relay/health").body(Body::empty()).unwrap();
    assert_eq!(send(&router, request).await.json()["code"], 405);
    let health = get(&router, "/relay/health").await.json();
    assert_eq!(health["mode"], "direct");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["uptimeSeconds"], 0);
}

#[rstest]
#[tokio::test]
async fn the_demo_plays_the_provider_beside_the_page(folder: Folder) {
    let api = "127.0.0.1:8080".parse().unwrap();
    let media = "127.0.0.1:8081".parse().unwrap();
    let demo = Demo::new(6.0, api, media);
    let settings = Settings::new(demo.page_config(), api);
    let store = Arc::new(Redb::in_memory().unwrap());
    let service = Service::open(settings, Arc::new(demo.upstream()), store, None).unwrap();
    let router = router(Some(&folder.page()), demo.page_config(), Api::Demo(&demo, &service));

    let told = get(&router, "/config.json").await;
    assert_eq!(told.json()["apiBase"], "http://127.0.0.1:8080");
    assert_eq!(told.json()["uploadBase"], "http://127.0.0.1:8081");
    assert_eq!(told.json()["mediaOrigins"], json!(["http://127.0.0.1:8081"]));
    assert_eq!(told.json()["typicalSeconds"], json!({ "veo3": 25.0, "veo3_fast": 12.5, "veo3_lite": 10.0 }));
    let policy = told.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("media-src 'self' blob: http://127.0.0.1:8081;"), "{policy}");
    assert!(policy.contains("connect-src 'self' http://127.0.0.1:8080 http://127.0.0.1:8081;"), "{policy}");

    assert_eq!(get(&router, "/relay/health").await.json()["mode"], "demo");
    assert_eq!(get(&router, "/sim/health").await.json()["simulator"], true);
    let request = Request::post("/api/v1/veo/generate")
        .header(header::AUTHORIZATION, "Bearer demo")
        .body(Body::from(r#"{"prompt":"a paper boat"}"#))
        .unwrap();
    assert_eq!(send(&router, request).await.json()["code"], 200);

    // Whoever brings no key is served by a relay before the same provider.
    for replayed in ["", "true"] {
        let request = Request::post("/api/v1/veo/generate")
            .header(header::HOST, "127.0.0.1:8080")
            .header("idempotency-key", "k1")
            .body(Body::from(r#"{"prompt":"a ship"}"#))
            .unwrap();
        let answer = send(&router, request).await;
        assert_eq!(
            (answer.json()["code"].as_i64(), answer.header("idempotency-replayed")),
            (Some(200), replayed)
        );
    }
    let request = Request::get("/relay/intents/k1").header(header::HOST, "127.0.0.1:8080");
    let told = send(&router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(told.json()["state"], "accepted");
    assert_eq!(get(&router, "/sim/ledger").await.json()["byPrompt"]["a ship"], 1);
}
