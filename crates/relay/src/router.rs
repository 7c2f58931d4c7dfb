//! All routes on one page.

use crate::demo::Demo;
use crate::page;
use crate::page_config::PageConfig;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

/// The relay without any port: the page in `static_dir`, told `config`; `/relay/health`; in a demo the provider's API.
pub fn router(static_dir: Option<&Path>, config: &PageConfig, demo: Option<&Demo>) -> Router {
    let mode = if demo.is_some() { "demo" } else { "direct" };
    let started = Instant::now();
    page::router(static_dir, config)
        .route("/relay/health", get(move || health(mode, started)))
        .merge(demo.map(Demo::api).unwrap_or_default())
}

async fn health(mode: &'static str, started: Instant) -> Json<Value> {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptimeSeconds": started.elapsed().as_secs(),
        "mode": mode,
    }))
}
