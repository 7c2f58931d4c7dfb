//! All routes on one page.

use crate::demo::Demo;
use crate::page;
use crate::page_config::PageConfig;
use crate::service::Service;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

/// Who answers the provider's API beside the page.
#[derive(Clone, Copy, Debug)]
pub enum Api<'a> {
    /// Nobody: the page asks the provider itself.
    Elsewhere,
    /// The simulator.
    Demo(&'a Demo),
    /// The relay.
    Relayed(&'a Service),
}

/// Everything without any port: the page in `static_dir`, told `config`; `/relay/health`; the provider's API.
pub fn router(static_dir: Option<&Path>, config: &PageConfig, api: Api<'_>) -> Router {
    let (mode, routes) = match api {
        Api::Elsewhere => ("direct", Router::new()),
        Api::Demo(demo) => ("demo", demo.api()),
        Api::Relayed(service) => ("relay", service.router()),
    };
    let started = Instant::now();
    let page = page::router(static_dir, config).route("/relay/health", get(move || health(mode, started)));
    match api {
        Api::Relayed(service) => service.protect(page.merge(routes)),
        _ => page.merge(routes),
    }
}

async fn health(mode: &'static str, started: Instant) -> Json<Value> {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptimeSeconds": started.elapsed().as_secs(),
        "mode": mode,
    }))
}
