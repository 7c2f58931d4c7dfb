//! A provider, a web server and a browser for one test.

use crate::browser::{Chromedriver, watch};
use crate::pages::Studio;
use crate::site::Site;
use anyhow::Result;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use thirtyfour::prelude::*;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use vireo_simulator::{Ledger, Settings, SystemClock, World, serve, world};

/// How many times faster than in reality videos are made: the typical one takes 1 to 2 seconds.
const SPEED: f64 = 75.0;

/// How long a breaking line is silent before its end.
const SILENCE: Duration = Duration::from_millis(500);

/// What a test wants otherwise than usual.
#[derive(Debug)]
pub struct Setup {
    /// Below which path the page stands; begins and ends with a slash.
    pub base: &'static str,
    /// Fields of `config.json` that are other than the stage's own, or more. A string: the whole file, as it is.
    pub config: Value,
    /// Keeps the app from starting until [`Site::release_wasm`].
    pub hold_wasm: bool,
    /// Connections to the media origin break after so many bytes.
    pub media_breaks_after: Option<u64>,
}

impl Default for Setup {
    fn default() -> Self {
        Setup { base: "/", config: json!({}), hold_wasm: false, media_breaks_after: None }
    }
}

/// Everything a test needs. Dropping it ends the browser and the servers.
pub struct Stage {
    // Dropped in this order: the session ends the browser, then its driver goes.
    driver: WebDriver,
    _chromedriver: Chromedriver,
    world: World,
    media_base: String,
    /// The web server.
    pub site: Site,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("site", &self.site).finish_non_exhaustive()
    }
}

impl Stage {
    /// Starts everything; no page is open yet.
    pub async fn set(setup: Setup) -> Result<Self> {
        let api = TcpListener::bind("127.0.0.1:0").await?;
        let media = TcpListener::bind("127.0.0.1:0").await?;
        let api_base = format!("http://{}", api.local_addr()?);
        let media_address = match setup.media_breaks_after {
            Some(bytes) => breaking_line(media.local_addr()?, bytes).await?,
            None => media.local_addr()?,
        };
        let media_base = format!("http://{media_address}");
        let settings = Settings { speed: SPEED, media_base: media_base.clone(), ..Settings::default() };
        let world = world(settings, SystemClock);
        tokio::spawn(serve(api, media, world.clone(), std::future::pending()));

        let mut config = json!({
            "version": 1,
            "connection": "direct",
            "apiBase": api_base,
            "uploadBase": media_base,
            "mediaOrigins": [media_base],
            "typicalSeconds": { "veo3": 2, "veo3_fast": 1, "veo3_lite": 1 },
        });
        for (name, value) in setup.config.as_object().into_iter().flatten() {
            config[name] = value.clone();
        }
        let config = setup.config.as_str().map_or_else(|| config.to_string(), str::to_owned);
        let origins = [api_base.as_str(), media_base.as_str()];
        let site = Site::open(setup.base, config, &origins, setup.hold_wasm).await?;
        let chromedriver = Chromedriver::start()?;
        Ok(Stage {
            driver: chromedriver.browser().await?,
            _chromedriver: chromedriver,
            world,
            media_base,
            site,
        })
    }

    /// The stage as most tests want it, with the page open and connected to the simulator.
    pub async fn ready() -> Result<(Self, Studio)> {
        let stage = Stage::set(Setup::default()).await?;
        let studio = stage.open().await?;
        studio.try_demo().await?;
        Ok((stage, studio))
    }

    /// Opens the page as it is before the app runs.
    pub async fn visit(&self) -> Result<Studio> {
        self.driver.goto(self.site.url()).await?;
        Ok(Studio::new(self.driver.clone()))
    }

    /// Opens the page and waits until the app runs.
    pub async fn open(&self) -> Result<Studio> {
        let studio = self.visit().await?;
        studio.wait_started().await?;
        Ok(studio)
    }

    /// Opens the page in one more tab and goes there.
    pub async fn open_another(&self) -> Result<Studio> {
        let tab = self.driver.new_tab().await?;
        self.driver.switch_to_window(tab).await?;
        watch(&self.driver).await?;
        self.open().await
    }

    /// What the provider charged so far.
    pub fn ledger(&self) -> Ledger {
        self.world.ledger()
    }

    /// The origin of videos and uploads.
    pub fn media_base(&self) -> &str {
        &self.media_base
    }
}

/// A line to `target` on which each connection breaks after so many bytes have come down. The answer is its address.
async fn breaking_line(target: SocketAddr, bytes: u64) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(async move {
                let Ok(far) = TcpStream::connect(target).await else { return };
                let ((mut near_in, mut near_out), (far_in, mut far_out)) =
                    (near.into_split(), far.into_split());
                let up = tokio::spawn(async move { tokio::io::copy(&mut near_in, &mut far_out).await });
                // Whichever way it ends, the connection is dropped; after a silence, as a line that dies has it, for a
                // browser forgets what its page has not read when the end comes.
                tokio::io::copy(&mut far_in.take(bytes), &mut near_out).await.ok();
                tokio::time::sleep(SILENCE).await;
                up.abort();
            });
        }
    });
    Ok(address)
}
