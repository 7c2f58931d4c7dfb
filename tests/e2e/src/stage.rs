//! A provider, a web server and a browser for one test.

use crate::browser::Browser;
use crate::engine::{Engine, downloads};
use crate::gate::Gate;
use crate::hold::Hold;
use crate::pages::Studio;
use crate::site::Site;
use crate::watch::Watch;
use anyhow::{Context, Result};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::middleware::from_fn_with_state;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use thirtyfour::WebDriver;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tower::ServiceExt;
use vireo_simulator::{Ledger, Settings, SystemClock, World, api_router, media_router, world};

/// How many times faster than in reality videos are made: the typical one takes 1 to 2 seconds.
const SPEED: f64 = 75.0;

/// How long a breaking line is silent before its end.
const SILENCE: Duration = Duration::from_millis(500);

/// What a test wants otherwise than usual.
#[derive(Debug)]
pub struct Setup {
    /// Below which path the page stands; begins and ends with a slash.
    pub base: &'static str,
    /// Fields of `config.json` that are other than the stage's own, or more. A string: the whole file, as it is; an empty
    /// one: there is no such file.
    pub config: Value,
    /// Keeps the app from starting until [`Site::release_wasm`].
    pub hold_wasm: bool,
    /// Speaks to the provider as its real host is spoken to: by HTTP/2 under TLS.
    pub secure: bool,
    /// The credits on the account; as the simulator has them where `None`.
    pub credits: Option<f64>,
    /// Connections to the media origin break after so many bytes.
    pub media_breaks_after: Option<u64>,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            base: "/",
            config: json!({}),
            hold_wasm: false,
            secure: false,
            credits: None,
            media_breaks_after: None,
        }
    }
}

/// Everything a test needs. Dropping it ends the browser and the servers, and fails where the key went astray or too much
/// was asked for at once.
pub struct Stage {
    // The browser goes before its profile.
    browser: Option<Browser>,
    profile: TempDir,
    engine: Engine,
    world: World,
    media_base: String,
    media: JoinHandle<std::io::Result<()>>,
    watch: Watch,
    uploads: Hold,
    /// The way to the provider.
    pub gate: Gate,
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
        let scheme = if setup.secure { "https" } else { "http" };
        let api_base = format!("{scheme}://{}", api.local_addr()?);
        let media_address = match setup.media_breaks_after {
            Some(bytes) => breaking_line(media.local_addr()?, bytes).await?,
            None => media.local_addr()?,
        };
        let media_base = format!("http://{media_address}");
        let usual = Settings::default();
        let credits = setup.credits.unwrap_or(usual.credits);
        let settings = Settings { speed: SPEED, media_base: media_base.clone(), credits, ..usual };
        let world = world(settings, SystemClock);
        let watch = Watch::default();
        let gate = Gate::open(api, setup.secure, api_router(world.clone()), watch.clone())?;
        let files = media_router(world.clone());
        let files = files.layer(from_fn_with_state(watch.clone(), Watch::elsewhere));
        let uploads = Hold::default();
        let files = files.layer(from_fn_with_state(uploads.clone(), Hold::wait));
        let media = tokio::spawn(async move { axum::serve(media, files).await });

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
        let site = Site::open(setup.base, config, &origins, setup.hold_wasm, watch.clone()).await?;
        let engine = Engine::chosen()?;
        let profile = tempfile::tempdir()?;
        std::fs::create_dir(downloads(profile.path()))?;
        Ok(Stage {
            browser: Some(Browser::start(engine, profile.path()).await?),
            profile,
            engine,
            world,
            media_base,
            media,
            watch,
            uploads,
            gate,
            site,
        })
    }

    /// The stage as most tests want it, with the page open and connected to the simulator.
    pub async fn ready() -> Result<(Self, Studio)> {
        Stage::ready_with(Setup::default()).await
    }

    /// The same, other than usual.
    pub async fn ready_with(setup: Setup) -> Result<(Self, Studio)> {
        let stage = Stage::set(setup).await?;
        let studio = stage.open().await?;
        studio.try_demo().await?;
        Ok((stage, studio))
    }

    /// Ends the browser as a power cut does, and starts it again with the same profile. No page is open yet.
    pub async fn restart_killed_browser(&mut self) -> Result<()> {
        self.browser.take().context("there is no browser")?.kill()?;
        self.browser = Some(Browser::start(self.engine, self.profile.path()).await?);
        Ok(())
    }

    fn session(&self) -> Result<&WebDriver> {
        Ok(self.browser.as_ref().context("there is no browser")?.session())
    }

    /// Opens the page as it is before the app runs.
    pub async fn visit(&self) -> Result<Studio> {
        let session = self.session()?;
        session.goto(self.site.url()).await?;
        Ok(Studio::new(session.clone(), self.engine, downloads(self.profile.path())))
    }

    /// Opens the page and waits until the app runs.
    pub async fn open(&self) -> Result<Studio> {
        let studio = self.visit().await?;
        studio.wait_started().await?;
        Ok(studio)
    }

    /// Opens the page in one more tab and goes there. In WebKit a window: its driver does not bring a tab to the front,
    /// and what nobody sees shows no video.
    pub async fn open_another(&self) -> Result<Studio> {
        let session = self.session()?;
        let tab = if self.engine == Engine::WebKit {
            session.new_window().await?
        } else {
            session.new_tab().await?
        };
        session.switch_to_window(tab).await?;
        self.open().await
    }

    /// From now on the host of videos and uploads takes no connection.
    pub fn end_media(&self) {
        self.media.abort();
    }

    /// Lets uploads hang, or go on.
    pub fn hold_uploads(&self, hold: bool) {
        self.uploads.set(hold);
    }

    /// The provider has deleted all uploads.
    pub fn forget_uploads(&self) {
        self.world.forget_uploads();
    }

    /// What a task was asked for, as the provider echoes it.
    ///
    /// # Errors
    /// The provider does not know the task.
    pub async fn record(&self, task: &str) -> Result<Value> {
        let request = Request::get(format!("/api/v1/veo/record-info?taskId={task}"));
        let request = request.header("authorization", "Bearer not-a-real-key").body(Body::empty())?;
        let reply = api_router(self.world.clone()).oneshot(request).await?;
        let body = to_bytes(reply.into_body(), 1 << 20).await?;
        let reply: Value = serde_json::from_slice(&body)?;
        let echo = reply["data"]["paramJson"].as_str().with_context(|| reply.to_string())?;
        Ok(serde_json::from_str(echo)?)
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

impl Drop for Stage {
    fn drop(&mut self) {
        let broken = self.watch.broken();
        if !std::thread::panicking() {
            assert!(broken.is_empty(), "{broken:#?}");
        }
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
