//! Somebody else's site: the pages of `tests/host-pages`, and on another origin the built element they embed.

use anyhow::Result;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The two web servers. They end with the runtime they were started on.
#[derive(Debug)]
pub struct Hosts {
    host: String,
    files: String,
}

/// What stands for the words in braces of a host page.
#[derive(Clone, Debug)]
struct Words(Arc<Vec<(&'static str, String)>>);

impl Words {
    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Hosts {
    /// Serves the host pages, told where the relay and its videos are.
    pub async fn open(relay: &str, media: &str) -> Result<Self> {
        let pages = TcpListener::bind("127.0.0.1:0").await?;
        let host = format!("http://{}", pages.local_addr()?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let files = format!("http://{}", listener.local_addr()?);
        serve(listener, Router::new().fallback(element).with_state(host.clone()));
        let words = vec![
            ("{files}", files.clone()),
            ("{relay}", relay.trim_end_matches('/').to_owned()),
            ("{media}", media.to_owned()),
            ("{version}", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        serve(pages, Router::new().fallback(page).with_state(Words(Arc::new(words))));
        Ok(Hosts { host, files })
    }

    /// Whether a host page that is written for a framework was bundled, which needs Node.js.
    pub fn has_bundle(case: &str) -> bool {
        bundles().join(case).join("bundle.js").exists()
    }

    /// The origin of the host pages.
    pub fn origin(&self) -> &str {
        &self.host
    }

    /// The address of a page of `examples/`, which lies beside the element's files.
    pub fn example(&self, name: &str) -> String {
        format!("{}/examples/{name}", self.files)
    }

    /// The address of a host page.
    pub fn url(&self, case: &str) -> String {
        format!("{}/{case}/", self.host)
    }
}

/// Where `cargo xtask test` bundles the pages that are written for a framework.
fn bundles() -> PathBuf {
    root().join("../../target/host-pages")
}

fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// The policy that the relay and `_headers` send with every page.
fn policy() -> Option<HeaderValue> {
    let headers = include_str!("../../../xtask/site/headers.txt");
    headers.lines().find_map(|line| line.trim().strip_prefix("Content-Security-Policy: "))?.parse().ok()
}

/// A file of the element, for pages of any origin; an example, under the policy it is served with. The frame is told
/// that the host may use it. Below `/flipped/` a byte of the wasm is another than the build wrote.
async fn element(State(host): State<String>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/');
    let (name, is_flipped) = name.strip_prefix("flipped/").map_or((name, false), |name| (name, true));
    let is_example = name.starts_with("examples/");
    let path = root().join(if is_example { "../.." } else { "../../dist" }).join(name);
    let Ok(mut bytes) = tokio::fs::read(&path).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if is_flipped
        && name.ends_with(".wasm")
        && let Some(last) = bytes.last_mut()
    {
        *last ^= 1;
    }
    if path.ends_with("frame.json") {
        bytes = format!(r#"{{"parents":["{host}"]}}"#).into_bytes();
    }
    let headers = [
        (header::CONTENT_TYPE, kind(&path)),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    let mut response = (headers, bytes).into_response();
    if is_example && let Some(policy) = policy() {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A host page, or a file of it; a file named `policy` beside it is its Content-Security-Policy.
async fn page(State(words): State<Words>, request: Request) -> Response {
    let mut path = root().join("../host-pages").join(request.uri().path().trim_start_matches('/'));
    if path.is_dir() {
        path.push("index.html");
    }
    if path.ends_with("bundle.js") {
        let bundle = tokio::fs::read(bundles().join(request.uri().path().trim_start_matches('/'))).await;
        return ([(header::CONTENT_TYPE, kind(&path))], bundle.unwrap_or_default()).into_response();
    }
    let Ok(text) = tokio::fs::read_to_string(&path).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = ([(header::CONTENT_TYPE, kind(&path))], words.fill(&text)).into_response();
    if let Ok(policy) = tokio::fs::read_to_string(path.with_file_name("policy")).await
        && let Ok(policy) = words.fill(policy.trim()).parse()
    {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
