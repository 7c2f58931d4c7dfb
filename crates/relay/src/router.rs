//! All routes on one page.

use crate::config::Config;
use crate::headers::security_headers;
use crate::page::files;
use anyhow::Result;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;

/// The relay's routes; `api` are the simulator's, where it is mounted.
pub fn router(config: &Config, api: Option<Router>) -> Result<Router> {
    let mode = if api.is_some() { "demo" } else { "direct" };
    let started = Instant::now();
    let health = move || async move {
        let uptime = started.elapsed().as_secs();
        Json(json!({"version": env!("CARGO_PKG_VERSION"), "uptimeSeconds": uptime, "mode": mode}))
    };
    let mut router = Router::new()
        .route("/relay/health", get(health))
        .merge(api.unwrap_or_default());
    if let Some(folder) = &config.static_dir {
        let page = config.page.over(folder)?;
        let headers: Arc<[_]> = security_headers(&page).into();
        let page = files(folder, page).layer(middleware::from_fn(move |request: Request, next: Next| {
            let headers = Arc::clone(&headers);
            async move {
                let mut response = next.run(request).await;
                response.headers_mut().extend(headers.iter().cloned());
                response
            }
        }));
        router = router.fallback_service(page);
    }
    Ok(router)
}

/// Serves until `shutdown` is ready, then lets running requests end.
pub async fn run(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    Ok(axum::serve(listener, router)
        .with_graceful_shutdown(shutdown)
        .await?)
}
