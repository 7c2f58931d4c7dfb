//! The page as the relay serves it, without ports.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use std::fs;
use tempfile::TempDir;
use tower::ServiceExt;
use vireo_relay::{Config, Demo, PageConfig, router};

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in [
        ("index.html", "<!DOCTYPE html><title>Vireo</title>"),
        ("config.json", r#"{"version":1,"apiBase":"https://api.kie.ai","own":"kept"}"#),
        ("vireo-0123456789abcdef_bg.wasm", "wasm"),
        ("vireo-0123456789abcdef_bg.wasm.br", "brotli"),
        ("boot.js", "boot"),
        ("app.webmanifest", "{}"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    fs::write(folder.path().parent().unwrap().join("outside.txt"), "secret").unwrap();
    folder
}

fn page(folder: &TempDir, page: PageConfig) -> Router {
    router(&Config { static_dir: Some(folder.path().into()), page }, None).unwrap()
}

async fn get(router: &Router, path: &str) -> Response<Body> {
    let request = Request::get(path).header(header::ACCEPT_ENCODING, "br").body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn every_answer_of_the_page_carries_the_policy() {
    let folder = folder();
    let router = page(&folder, PageConfig::default());
    for path in ["/", "/boot.js", "/config.json", "/missing"] {
        let response = get(&router, path).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{path}: {policy}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn files_have_their_types_their_caching_and_their_compressed_twins() {
    let folder = folder();
    let router = page(&folder, PageConfig::default());
    let wasm = get(&router, "/vireo-0123456789abcdef_bg.wasm").await;
    assert_eq!(wasm.headers()[header::CONTENT_TYPE], "application/wasm");
    assert_eq!(wasm.headers()[header::CONTENT_ENCODING], "br");
    assert_eq!(wasm.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(text(wasm).await, "brotli");
    for path in ["/", "/boot.js", "/config.json"] {
        assert_eq!(get(&router, path).await.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
    }
    let manifest = get(&router, "/app.webmanifest").await;
    assert_eq!(manifest.headers()[header::CONTENT_TYPE], "application/manifest+json");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let folder = folder();
    let router = page(&folder, PageConfig::default());
    for path in ["/missing", "/../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt"] {
        let response = get(&router, path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(!text(response).await.contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn the_page_is_told_what_this_relay_decides_and_keeps_the_rest() {
    let folder = folder();
    let decided = PageConfig { api_base: Some("http://127.0.0.1:9101/".into()), ..PageConfig::default() };
    let config = text(get(&page(&folder, decided), "/config.json").await).await;
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["apiBase"], "http://127.0.0.1:9101/");
    assert_eq!(config["own"], "kept");
}

#[tokio::test]
async fn the_demo_plays_the_provider_beside_the_page() {
    let folder = folder();
    let listen = "127.0.0.1:0".parse().unwrap();
    let demo = Demo::new(listen, 10.0).await.unwrap();
    let config = Config { static_dir: Some(folder.path().into()), page: demo.page(listen) };
    let router = router(&config, Some(demo.api())).unwrap();
    let told: serde_json::Value = serde_json::from_str(&text(get(&router, "/config.json").await).await).unwrap();
    assert_eq!(told["typicalSeconds"]["veo3_fast"], 7.5);
    assert_eq!(told["uploadBase"], told["mediaOrigins"][0]);

    let request = Request::post("/api/v1/veo/generate")
        .header(header::AUTHORIZATION, "Bearer demo")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"prompt":"a boat"}"#))
        .unwrap();
    let answer = text(router.clone().oneshot(request).await.unwrap()).await;
    assert!(answer.contains("taskId"), "{answer}");
    assert!(text(get(&router, "/relay/health").await).await.contains("\"mode\":\"demo\""));
    assert!(text(get(&router, "/").await).await.contains("Vireo"));
}
