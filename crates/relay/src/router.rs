//! All routes on one page.

use crate::demo::Demo;
use crate::health::Health;
use crate::page;
use crate::page_config::PageConfig;
use crate::routes::wrong_method;
use crate::service::Service;
use axum::Router;
use axum::routing::get;
use std::path::Path;
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

/// Everything without any port: the page in `static_dir`, told `config`; `/relay/health`; the provider's API.
pub fn router(static_dir: Option<&Path>, config: &PageConfig, api: Api<'_>) -> Router {
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
        Api::Elsewhere => page.merge(health(Health::new("direct", None))),
        Api::Demo(demo, service) => {
            page.merge(health(Health::new("demo", None))).merge(demo.routes(service.router()))
        }
        Api::Relayed(service, upstream) => {
            let health = health(Health::new("relay", upstream));
            service.protect(page.merge(health).merge(service.router()))
        }
    }
}
