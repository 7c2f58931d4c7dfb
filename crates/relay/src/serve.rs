//! The relay on its ports.

use crate::access::AccessSettings;
use crate::config::{Config, Provider, Relayed};
use crate::demo::Demo;
use crate::http;
use crate::page_config::{PageConfig, PageConfigError};
use crate::proxied::Proxied;
use crate::router::{Api, Site, site};
use crate::service::{Service, Settings};
use crate::store::{Redb, StoreError};
use crate::upstream::HttpUpstream;
use futures_util::FutureExt;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{env, io};
use tokio::net::TcpListener;
use tracing::info;
use vireo_media_proxy::SetupError;

/// How long running answers may take once the relay is told to end: a paused video never would.
const GRACE: Duration = Duration::from_secs(3);
/// How much longer the answer to a paid request is waited for.
const PAID_GRACE: Duration = Duration::from_secs(6);

/// Why the relay does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The demo lets everybody in, so it stays on this machine.
    #[error("{0} can be reached from other machines; the demo listens on loopback only")]
    DemoIsLocal(SocketAddr),
    /// A relay that anybody can spend with.
    #[error("{0} can be reached from other machines; give at least one --access-token")]
    Open(SocketAddr),
    /// The page's folder is not there.
    #[error("{0} is not a folder: `cargo xtask dist` builds the page")]
    NoPage(PathBuf),
    /// The page's configuration cannot be used.
    #[error(transparent)]
    PageConfig(#[from] PageConfigError),
    /// Intents cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Videos cannot be fetched for browsers.
    #[error(transparent)]
    Media(#[from] SetupError),
    /// The provider cannot be asked at all.
    #[error("no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// A listener failed.
    #[error(transparent)]
    Listen(#[from] io::Error),
}

/// A relay that is ready to serve.
#[derive(Debug)]
pub struct Relay {
    page: (TcpListener, Site),
    media: Option<(TcpListener, Site)>,
    service: Option<Service>,
    address: SocketAddr,
}

/// Prepares everything that can go wrong. A demo takes a second port of loopback for its media: the next one, or any.
///
/// # Errors
/// See [`StartError`].
pub async fn open(listener: TcpListener, config: &Config) -> Result<Relay, StartError> {
    let address = listener.local_addr()?;
    if let Some(dir) = &config.static_dir
        && !dir.is_dir()
    {
        return Err(StartError::NoPage(dir.clone()));
    }
    let static_dir = config.static_dir.as_deref();
    let own = || static_dir.map(PageConfig::read).transpose().map(Option::unwrap_or_default);
    let (page, media, service) = match &config.provider {
        Provider::Simulator { .. } if !address.ip().is_loopback() => {
            return Err(StartError::DemoIsLocal(address));
        }
        Provider::Simulator { speed, allow_origins } => {
            let media = bind_beside(address).await?;
            let demo = Demo::new(*speed, address, media.local_addr()?);
            let page = demo.page_config().clone().with_media(&config.media_origins);
            let access = AccessSettings { allow_origins: allow_origins.clone(), ..AccessSettings::default() };
            let service = Service::open(
                Settings { access, ..Settings::new(&page, address) },
                Arc::new(demo.upstream()),
                Arc::new(Redb::in_memory()?),
                Some(Arc::new(Proxied::new(page.media_origins(), None)?)),
            )?;
            let site = site(static_dir, &page, Api::Demo(&demo, &service));
            (site, Some((media, Site::Open(demo.media()))), Some(service))
        }
        Provider::Api(bases) => {
            let page = own()?.towards(bases).with_media(&config.media_origins);
            (site(static_dir, &page, Api::Elsewhere), None, None)
        }
        Provider::Relayed(relayed) => {
            let page = own()?.relayed().with_media(&config.media_origins);
            let service = relay(relayed, &page, address).await?;
            (site(static_dir, &page, Api::Relayed(&service, Some(&relayed.api))), None, Some(service))
        }
    };
    Ok(Relay { page: (listener, page), media, service, address })
}

async fn relay(relayed: &Relayed, page: &PageConfig, listen: SocketAddr) -> Result<Service, StartError> {
    if relayed.access.tokens.is_empty() && !listen.ip().is_loopback() {
        return Err(StartError::Open(listen));
    }
    if relayed.access.public_url.is_some() && relayed.webhook_hmac_keys.is_empty() {
        info!(
            "callbacks are believed by their address alone; --webhook-hmac-key adds the provider's signature"
        );
    }
    let upstream = HttpUpstream::new(relayed.api.clone(), relayed.upload.clone(), relayed.key.clone())?;
    let settings = Settings {
        access: relayed.access.clone(),
        limits: relayed.limits,
        webhook_hmac_keys: relayed.webhook_hmac_keys.clone(),
        metrics: relayed.metrics,
        ..Settings::new(page, listen)
    };
    let dir = relayed.data_dir.clone().unwrap_or_else(|| default_data_dir(listen));
    let media = Proxied::new(settings.media_origins.clone(), relayed.archive_dir.clone())?;
    let opened = tokio::task::spawn_blocking(move || {
        let store = Redb::open(&dir)?;
        Service::open(settings, Arc::new(upstream), Arc::new(store), Some(Arc::new(media)))
    });
    Ok(opened.await.map_err(io::Error::other)??)
}

/// Where intents are kept unless a folder is given: below the user's folder for state, by address, so that two relays
/// do not meet there and each finds its own again.
pub fn default_data_dir(listen: SocketAddr) -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let place = format!("{}-{}", listen.ip().to_string().replace(':', "_"), listen.port());
    state.unwrap_or_default().join("vireo-relay").join(place)
}

impl Relay {
    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until `shutdown` is ready, then says goodbye to listeners and lets running answers end: for three
    /// seconds at most, for nine while a paid request is under way.
    ///
    /// # Errors
    /// Those of the listeners.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let shutdown = shutdown.shared();
        let service = self.service;
        let (listener, site) = self.page;
        let page = http::serve(listener, site, shutdown.clone());
        let media = async {
            match self.media {
                Some((listener, site)) => http::serve(listener, site, shutdown.clone()).await,
                None => Ok(()),
            }
        };
        let work = async {
            match &service {
                Some(service) => service.run().await,
                None => std::future::pending().await,
            }
        };
        let paid_answers = async {
            while service.as_ref().is_some_and(Service::is_busy) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let patience = async {
            shutdown.clone().await;
            if let Some(service) = &service {
                service.end();
            }
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = async { tokio::try_join!(page, media) } => drop(served?),
            () = patience => {}
            () = work => {}
        }
        // Also those whose client has left: what the provider says would be lost.
        let _ = tokio::time::timeout(PAID_GRACE, paid_answers).await;
        Ok(())
    }
}

async fn bind_beside(address: SocketAddr) -> io::Result<TcpListener> {
    let next = SocketAddr::new(address.ip(), address.port().wrapping_add(1));
    match TcpListener::bind(next).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(SocketAddr::new(address.ip(), 0)).await,
    }
}
