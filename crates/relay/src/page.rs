//! The page: static files as they lie in a folder, and `config.json` from memory.

use crate::answer::Answer;
use crate::headers::{cache_control, for_everybody, policy, security};
use crate::page_config::PageConfig;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use percent_encoding::percent_decode_str;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::fs;
use tower_http::services::ServeDir;

/// Longer ones, in bytes, are no file of a page's; systems take 255 and 4096 with all that is added here.
const MAX_NAME: usize = 240;
const MAX_PATH: usize = 3000;

/// The page in `static_dir`, told `config`. The configuration is not read again, so that it and the security policy
/// never tell different stories. Pages of `parents` may put the element's frame into theirs.
pub(crate) fn router(static_dir: Option<&Path>, config: &PageConfig, parents: &[String]) -> Router {
    let told: Arc<str> =
        serde_json::to_string_pretty(config).expect("a configuration has only string keys").into();
    let protection = security(config);
    let frame: Arc<Frame> = Arc::new(Frame::new(&policy(config), parents));
    let files = match static_dir {
        Some(dir) => Router::new().route("/config.json", get(|| tell(told))).fallback_service(
            ServeDir::new(dir)
                .precompressed_br()
                .precompressed_gzip()
                .fallback(get(not_found).with_state(Some(dir.to_owned()))),
        ),
        None => Router::new().fallback(nothing),
    };
    let files = files.layer(middleware::from_fn(share_the_element));
    let protected = files
        .layer(middleware::from_fn(hide_what_is_no_file))
        .layer(middleware::map_response(name_the_wrong_method))
        .layer(middleware::from_fn(keep_what_has_a_hash))
        .layer(middleware::map_response(move |mut response: Response| {
            response.headers_mut().extend(protection.clone());
            std::future::ready(response)
        }));
    protected.layer(middleware::from_fn_with_state(frame, open_the_frame))
}

/// What the element's frame is told in place of its files.
struct Frame {
    policy: HeaderValue,
    parents: String,
}

impl Frame {
    fn new(policy: &str, parents: &[String]) -> Self {
        let ancestors = ["frame-ancestors 'self'"].into_iter().chain(parents.iter().map(String::as_str));
        let ancestors: Vec<&str> = ancestors.collect();
        let policy = policy.replace("frame-ancestors 'self'", &ancestors.join(" "));
        Frame {
            policy: HeaderValue::from_str(&policy).expect("origins are ASCII without control characters"),
            parents: serde_json::json!({ "parents": parents }).to_string(),
        }
    }
}

/// The frame may stand in pages of the origins that may use the relay, and of no others.
async fn open_the_frame(State(frame): State<Arc<Frame>>, uri: Uri, request: Request, next: Next) -> Response {
    let path = uri.path().to_owned();
    let mut response = next.run(request).await;
    let found = path.starts_with("/embed/") && response.status().is_success();
    if found && path.ends_with("/frame.html") {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, frame.policy.clone());
    } else if found && path.ends_with("/frame.json") {
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = frame.parents.clone().into();
    }
    response
}

async fn tell(config: Arc<str>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], config.to_string())
}

/// A page of the folder's own, or a word.
async fn not_found(State(static_dir): State<Option<PathBuf>>) -> Response {
    let page = match static_dir {
        Some(dir) => fs::read_to_string(dir.join("404.html")).await.ok(),
        None => None,
    };
    match page {
        Some(page) => (StatusCode::NOT_FOUND, Html(page)).into_response(),
        None => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
    }
}

/// What clients of the API expect, whatever the method.
async fn nothing() -> Answer {
    Answer::refusal(404, "There is nothing here.")
}

/// What begins with a dot (a repository, an editor's backup) was not meant for the world; a name too long for a file
/// system is none; and what lies below the API's paths and is no route is no file either.
async fn hide_what_is_no_file(uri: Uri, request: Request, next: Next) -> Response {
    let path = uri.path();
    let is_api = ["/api", "/relay"]
        .iter()
        .any(|base| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    let is_hidden = path.contains("/.") || path.to_ascii_lowercase().contains("/%2e");
    let is_too_long =
        path.len() > MAX_PATH || path.split('/').any(|name| percent_decode_str(name).count() > MAX_NAME);
    match (is_api, is_hidden || is_too_long) {
        (true, _) => nothing().await.into_response(),
        (_, true) => not_found(State(None)).await,
        _ => next.run(request).await,
    }
}

/// A file is there for other methods too, and answers them in the API's words.
async fn name_the_wrong_method(response: Response) -> Response {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut answer = Answer::refusal(405, "This method is not allowed here.").into_response();
    answer.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
    answer
}

/// The element is for pages of other origins, and asks there where this relay's videos lie.
async fn share_the_element(uri: Uri, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if uri.path().starts_with("/embed/") || uri.path() == "/config.json" {
        response.headers_mut().extend(for_everybody());
    }
    response
}

async fn keep_what_has_a_hash(uri: Uri, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let keep = match response.status() {
        // A file that is missing today may come with the next deployment.
        StatusCode::NOT_FOUND => cache_control(""),
        _ => cache_control(uri.path()),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, keep);
    response
}
