//! The demo: the simulator in this process, for a page without a key.

use crate::page_config::{PageConfig, TypicalSeconds};
use crate::upstream::LocalUpstream;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::any;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use tower::ServiceExt;
use vireo_simulator::{Settings, SystemClock, World, api_router, closing, media_router, world};

/// A provider of our own, and what the page is told about it.
#[derive(Debug)]
pub struct Demo {
    world: World,
    page: PageConfig,
}

impl Demo {
    /// A provider that makes videos `speed` times faster than the real one, with its API at `api` and its results and
    /// uploads at `media`.
    pub fn new(speed: f64, api: SocketAddr, media: SocketAddr) -> Self {
        let media = format!("http://{media}");
        let settings = Settings {
            // Not the same at every start: a page that remembers the last demo must not meet its task ids again.
            seed: nanoseconds(),
            speed,
            media_base: media.clone(),
            ..Settings::default()
        };
        let page = PageConfig {
            api_base: format!("http://{api}"),
            upload_base: media.clone(),
            media_origins: vec![media],
            typical_seconds: TypicalSeconds::default().at_speed(speed),
            ..PageConfig::default()
        };
        Demo { world: world(settings, SystemClock), page }
    }

    /// What the page is told.
    pub fn page_config(&self) -> &PageConfig {
        &self.page
    }

    /// The provider as a relay asks it.
    pub fn upstream(&self) -> LocalUpstream {
        LocalUpstream { api: api_router(self.world.clone()), upload: self.media() }
    }

    /// The provider's API for those who bring a key of their own, as to the real one; `relay` for those who bring none.
    pub(crate) fn routes(&self, relay: Router) -> Router {
        let provider = closing(api_router(self.world.clone()));
        let simulator = provider.clone();
        let choose = middleware::from_fn(move |request: Request, next: Next| {
            let has_key = match *request.method() {
                Method::OPTIONS => asks_for(request.headers(), &header::AUTHORIZATION),
                _ => request.headers().contains_key(header::AUTHORIZATION),
            };
            let is_api = request.uri().path().starts_with("/api/");
            let provider = provider.clone();
            async move {
                match is_api && has_key {
                    true => provider.oneshot(request).await.into_response(),
                    false => next.run(request).await,
                }
            }
        });
        relay.layer(choose).route("/sim/{*rest}", any(move |request: Request| simulator.oneshot(request)))
    }

    /// The provider's second origin: results and uploads.
    pub(crate) fn media(&self) -> Router {
        media_router(self.world.clone())
    }
}

/// Whether a browser asks before a request if it may send this header.
fn asks_for(headers: &HeaderMap, name: &HeaderName) -> bool {
    let names = headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS).iter();
    names
        .filter_map(|names| names.to_str().ok())
        .any(|names| names.split(',').any(|asked| asked.trim().eq_ignore_ascii_case(name.as_str())))
}

fn nanoseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64
}
