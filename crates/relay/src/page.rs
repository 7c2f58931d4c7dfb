//! The page's files: types, compression, caching.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use std::path::Path;
use tower_http::services::ServeDir;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Serves a folder that Trunk built, and `config.json` as this relay decides it.
pub fn files(folder: &Path, config: Value) -> Router {
    let files = ServeDir::new(folder).precompressed_br().precompressed_gzip();
    Router::new()
        .route("/config.json", get(move || async move { axum::Json(config) }))
        .fallback_service(files)
        .layer(middleware::from_fn(caching))
}

async fn caching(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        return (StatusCode::NOT_FOUND, "Nothing here.\n").into_response();
    }
    let cache = if is_hashed(&path) { IMMUTABLE } else { REVALIDATE };
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    if path.ends_with(".webmanifest") {
        let kind = HeaderValue::from_static("application/manifest+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// True for names that change with their content: Trunk's `name-0123456789abcdef.js`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches("_bg");
    let hash = stem.rsplit('-').next().unwrap_or_default();
    stem.contains('-') && hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::is_hashed;

    #[test]
    fn hashed_names_are_known() {
        assert!(is_hashed("/vireo-1f1cdcacec70385b.js"));
        assert!(is_hashed("/vireo-1f1cdcacec70385b_bg.wasm"));
        assert!(is_hashed("/a/b/style-944a95f8f97d98f9.css"));
        for name in [
            "/",
            "/boot.js",
            "/index.html",
            "/config.json",
            "/style-new.css",
            "/sw.js",
        ] {
            assert!(!is_hashed(name), "{name}");
        }
    }
}
