//! The relay on its ports.

use crate::config::{Config, Provider};
use crate::demo::Demo;
use crate::page_config::{PageConfig, PageConfigError};
use crate::router::router;
use axum::Router;
use futures_util::FutureExt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long running answers may take once the relay is told to end: a paused video never would.
const GRACE: Duration = Duration::from_secs(3);

/// Why the relay does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The demo lets everybody in, so it stays on this machine.
    #[error("{0} can be reached from other machines; the demo listens on loopback only")]
    DemoIsLocal(SocketAddr),
    /// The page's folder is not there.
    #[error("{0} is not a folder: `cargo xtask dist` builds the page")]
    NoPage(PathBuf),
    /// The page's configuration cannot be used.
    #[error(transparent)]
    PageConfig(#[from] PageConfigError),
    /// A listener failed.
    #[error(transparent)]
    Listen(#[from] io::Error),
}

/// A relay that is ready to serve.
#[derive(Debug)]
pub struct Relay {
    page: (TcpListener, Router),
    media: Option<(TcpListener, Router)>,
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
    let (page, demo) = match &config.provider {
        Provider::Simulator { .. } if !address.ip().is_loopback() => {
            return Err(StartError::DemoIsLocal(address));
        }
        Provider::Simulator { speed } => {
            let media = bind_beside(address).await?;
            let demo = Demo::new(*speed, address, media.local_addr()?);
            (demo.page_config().clone(), Some((media, demo)))
        }
        Provider::Api(upstream) => {
            let file = config.static_dir.as_deref().map(PageConfig::read);
            (file.transpose()?.unwrap_or_default().towards(upstream), None)
        }
    };
    let page = page.with_media(&config.media_origins);
    let router = router(config.static_dir.as_deref(), &page, demo.as_ref().map(|(_, demo)| demo));
    Ok(Relay {
        page: (listener, router),
        media: demo.map(|(listener, demo)| (listener, demo.media())),
        address,
    })
}

impl Relay {
    /// The address of the page.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until `shutdown` is ready, then lets running answers end, for three seconds at most.
    ///
    /// # Errors
    /// Those of the listeners.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let shutdown = shutdown.shared();
        let (listener, router) = self.page;
        let page = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone());
        let media = async {
            match self.media {
                Some((listener, router)) => {
                    axum::serve(listener, router).with_graceful_shutdown(shutdown.clone()).await
                }
                None => Ok(()),
            }
        };
        let patience = async {
            shutdown.clone().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = async { tokio::try_join!(page.into_future(), media) } => served.map(|_| ()),
            () = patience => Ok(()),
        }
    }
}

async fn bind_beside(address: SocketAddr) -> io::Result<TcpListener> {
    let next = SocketAddr::new(address.ip(), address.port().wrapping_add(1));
    match TcpListener::bind(next).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(SocketAddr::new(address.ip(), 0)).await,
    }
}
