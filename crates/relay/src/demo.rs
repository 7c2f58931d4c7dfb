//! The demo: the simulator in this process, for a page without a key.

use crate::config::PageConfig;
use anyhow::Result;
use axum::Router;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use vireo_simulator::{Settings, SystemClock, World};

/// Median generation times of the real provider in seconds: `veo3`, `veo3_fast`, `veo3_lite`.
const MEDIANS_S: [f64; 3] = [150.0, 75.0, 60.0];

/// The simulator, and the second origin it serves media and takes uploads on.
#[derive(Debug)]
pub struct Demo {
    world: World,
    media: TcpListener,
    media_base: String,
    speed: f64,
}

impl Demo {
    /// A simulator that is `speed` times as fast as the provider. Its media come from the port after `listen`'s, or
    /// any free one.
    pub async fn new(listen: SocketAddr, speed: f64) -> Result<Self> {
        let next = SocketAddr::new(listen.ip(), listen.port().checked_add(1).unwrap_or(0));
        let media = match TcpListener::bind(next).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind(SocketAddr::new(listen.ip(), 0)).await?,
        };
        let media_base = format!("http://{}", media.local_addr()?);
        let settings = Settings {
            speed,
            media_base: media_base.clone(),
            ..Settings::default()
        };
        Ok(Demo {
            world: vireo_simulator::world(settings, SystemClock),
            media,
            media_base,
            speed,
        })
    }

    /// What the page must know to use it.
    pub fn page(&self, listen: SocketAddr) -> PageConfig {
        PageConfig {
            api_base: Some(format!("http://{listen}/")),
            upload_base: Some(self.media_base.clone()),
            media_origins: vec![self.media_base.clone()],
            typical_s: Some(MEDIANS_S.map(|median| (median / self.speed * 100.0).round() / 100.0)),
        }
    }

    /// The API's routes, to stand beside the page.
    pub fn api(&self) -> Router {
        vireo_simulator::api_router(self.world.clone())
    }

    /// Serves the second origin until the process ends.
    pub fn serve_media(self) {
        let router = vireo_simulator::media_router(self.world);
        tokio::spawn(async move { axum::serve(self.media, router).await });
    }
}
