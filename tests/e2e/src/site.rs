//! A web server for the built page, as strict as a careful host: no inline script or style, no foreign origin but
//! those it is told.

use crate::watch::Watch;
use anyhow::{Context, Result, bail, ensure};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::net::TcpListener;
use tokio::sync::watch;

type Files = HashMap<String, Vec<u8>>;

/// What every page is watched by; see the file. The one thing that is added to the page.
const WITNESS: &str = include_str!("witness.js");

/// The page, read once per run: whoever rebuilds `dist/` meanwhile disturbs nobody.
static PAGE: OnceLock<Files> = OnceLock::new();

/// What a site is made from.
struct Served {
    base: String,
    config: String,
    policy: String,
    wasm: watch::Receiver<bool>,
    newer: Arc<Mutex<Files>>,
}

/// A web server on a free port of loopback. It ends with the runtime it was started on.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    base: String,
    wasm: watch::Sender<bool>,
    newer: Arc<Mutex<Files>>,
    ended: watch::Sender<bool>,
}

impl Site {
    /// Serves the page below `base` (which begins and ends with a slash) with this `config.json`. The page may speak
    /// to `origins` besides its own. `hold_wasm` keeps the app back until [`Site::release_wasm`].
    pub(crate) async fn open(
        base: &str,
        config: String,
        origins: &[&str],
        hold_wasm: bool,
        watch: Watch,
    ) -> Result<Self> {
        page()?;
        let (sender, wasm) = watch::channel(!hold_wasm);
        let (ended, mut end) = watch::channel(false);
        let newer: Arc<Mutex<Files>> = Arc::default();
        let served = Arc::new(Served {
            base: base.to_owned(),
            config,
            policy: policy(origins),
            wasm,
            newer: Arc::clone(&newer),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(answer).with_state(served);
        let router = router.layer(from_fn_with_state(watch, Watch::elsewhere));
        tokio::spawn(async move {
            let over = async move { _ = end.wait_for(|ended| *ended).await };
            axum::serve(listener, router).with_graceful_shutdown(over).await
        });
        Ok(Site { address, base: base.to_owned(), wasm: sender, newer, ended })
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.base)
    }

    /// From now on nobody answers here.
    pub fn end(&self) {
        self.ended.send_replace(true);
    }

    /// A deployment: from now on this is what a file holds.
    pub fn deploy(&self, name: &str, content: &str) {
        if let Ok(mut newer) = self.newer.lock() {
            newer.insert(name.to_owned(), content.into());
        }
    }

    /// Lets the app start.
    pub fn release_wasm(&self) {
        self.wasm.send_replace(true);
    }
}

fn policy(origins: &[&str]) -> String {
    let origins = origins.join(" ");
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        &format!("connect-src 'self' {origins}"),
        &format!("img-src 'self' data: blob: {origins}"),
        &format!("media-src 'self' blob: {origins}"),
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types vireo",
    ]
    .join("; ")
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let Some(name) = request.uri().path().strip_prefix(&served.base) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let name = if name.is_empty() { "index.html" } else { name };
    let newer = served.newer.lock().ok().and_then(|files| files.get(name).cloned());
    let body = match (name, page()) {
        _ if newer.is_some() => newer.unwrap_or_default(),
        ("config.json", _) if served.config.is_empty() => return StatusCode::NOT_FOUND.into_response(),
        ("config.json", _) => served.config.clone().into_bytes(),
        (name, Ok(files)) if files.contains_key(name) => files[name].clone(),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    if name.ends_with(".wasm") {
        served.wasm.clone().wait_for(|open| *open).await.ok();
    }
    let headers = [
        (header::CONTENT_TYPE, content_type(name)),
        (header::CONTENT_SECURITY_POLICY, &served.policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, body).into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

fn page() -> Result<&'static Files> {
    if let Some(files) = PAGE.get() {
        return Ok(files);
    }
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist");
    let mut files = Files::new();
    read(&dist, "", &mut files).ok();
    let Some(index) = files.get("index.html") else {
        bail!("there is no page in dist/: `cargo xtask test` builds it before it runs these tests");
    };
    // The page names its files as `./name`.
    let index = String::from_utf8_lossy(index);
    let names = index.split("./").skip(1).filter_map(|rest| rest.split([' ', '>', '"']).next());
    if let Some(missing) = names.filter(|name| !name.is_empty()).find(|name| !files.contains_key(*name)) {
        bail!("dist/ has no {missing}, which its page needs: `cargo xtask test` builds all of it");
    }
    let watched = index.replacen("<title>", "<script src=\"./witness.js\"></script><title>", 1);
    ensure!(watched.contains("witness.js"), "the page has no title to put its witness before");
    files.insert("index.html".to_owned(), watched.into_bytes());
    files.insert("witness.js".to_owned(), WITNESS.into());
    Ok(PAGE.get_or_init(|| files))
}

fn read(folder: &Path, prefix: &str, files: &mut Files) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a name that is no text")?;
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            read(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}
