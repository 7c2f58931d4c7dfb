//! All routes on one page.

use crate::demo::Demo;
use crate::health::Health;
use crate::page;
use crate::page_config::PageConfig;
use crate::routes::{Gate, wrong_method};
use crate::service::Service;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::path::Path;
use tower::ServiceExt;
use url::Url;

/// Who answers the provider's API beside the page.
#[derive(Clone, Copy, Debug)]
pub enum Api<'a> {
    /// Nobody: the page asks the provider itself.
    Elsewhere,
    /// The simulator, to those who bring a key of their own, and a relay before it, to those who bring none.
    Demo(&'a Demo, &'a Service),
    /// The relay, before the provider at this address.
    Relayed(&'a Service, Option<&'a Url>),
}

/// What a port answers.
#[derive(Clone, Debug)]
pub(crate) enum Site {
    /// Everybody, as they come.
    Open(Router),
    /// Who gets through the relay's gate.
    Gated(Gate),
}

impl Site {
    pub(crate) fn answer(&self, request: Request) -> BoxFuture<'static, Response> {
        match self {
            Site::Open(router) => {
                let answered = router.clone().oneshot(request);
                answered.map(|answered| answered.unwrap_or_else(|never| match never {})).boxed()
            }
            Site::Gated(gate) => gate.answer(request),
        }
    }
}

/// Everything without any port: the page in `static_dir`, told `config`; `/relay/health`; the provider's API.
pub fn router(static_dir: Option<&Path>, config: &PageConfig, api: Api<'_>) -> Router {
    match site(static_dir, config, api) {
        Site::Open(router) => router,
        Site::Gated(gate) => Router::new().fallback_service(gate),
    }
}

/// The same for a port.
pub(crate) fn site(static_dir: Option<&Path>, config: &PageConfig, api: Api<'_>) -> Site {
    let parents = match api {
        Api::Relayed(service, _) | Api::Demo(_, service) => service.origins(),
        Api::Elsewhere => Vec::new(),
    };
    let page = page::router(static_dir, config, &parents);
    let health = |health: Health| {
        let route = Router::new().route("/relay/health", get(move || health.tell()));
        route.method_not_allowed_fallback(wrong_method)
    };
    match api {
        Api::Elsewhere => Site::Open(page.merge(health(Health::new("direct", None)))),
        Api::Demo(demo, service) => {
            Site::Open(page.merge(health(Health::new("demo", None))).merge(demo.routes(service.router())))
        }
        Api::Relayed(service, upstream) => {
            let health = health(Health::new("relay", upstream));
            Site::Gated(service.protect(page.merge(health).merge(service.router())))
        }
    }
}
