//! The demo: the simulator in this process, for a page without a key.

use crate::page_config::{PageConfig, TypicalSeconds};
use axum::Router;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use vireo_simulator::{Settings, SystemClock, World, api_router, media_router, world};

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

    /// The provider's API.
    pub(crate) fn api(&self) -> Router {
        api_router(self.world.clone())
    }

    /// The provider's second origin: results and uploads.
    pub(crate) fn media(&self) -> Router {
        media_router(self.world.clone())
    }
}

fn nanoseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64
}
