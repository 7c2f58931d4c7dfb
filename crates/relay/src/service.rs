//! The relay without ports: its rules, its memory and its routes.

use crate::access::{Access, AccessSettings};
use crate::book::Book;
use crate::budget::{Budget, Limits};
use crate::callback::Addresses;
use crate::clock::now_ms;
use crate::follow::{Follower, Typical};
use crate::media::{MediaSource, Renditions};
use crate::metrics::Metrics;
use crate::page_config::PageConfig;
use crate::polls::Polls;
use crate::purse::Purse;
use crate::routes::{self, Gate};
use crate::secret::Secret;
use crate::store::{Store, StoreError};
use crate::submit::Submitter;
use crate::upgrades::{Upgrades, spent_today};
use crate::upstream::Upstream;
use axum::Router;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tracing::warn;

const BETWEEN_CLEANINGS: Duration = Duration::from_secs(6 * 60 * 60);

/// What a relay is told about itself.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may use it, and from where. Its public address is where the provider calls back.
    pub access: AccessSettings,
    /// What each caller may spend.
    pub limits: Limits,
    /// Keys that the provider signs its callbacks with: the present one, and the last one while it is replaced.
    pub webhook_hmac_keys: Vec<Secret>,
    /// How long videos usually take.
    pub typical: Typical,
    /// Origins whose results are served besides public `https:` ones.
    pub media_origins: Vec<String>,
    /// The address it listens on.
    pub listen: SocketAddr,
    /// Whether `/relay/metrics` is there.
    pub metrics: bool,
}

impl Settings {
    /// A relay at this address for everybody on this machine, without limits, with what its page is told.
    pub fn new(page: &PageConfig, listen: SocketAddr) -> Settings {
        Settings {
            access: AccessSettings::default(),
            limits: Limits::default(),
            webhook_hmac_keys: Vec::new(),
            typical: page.typical(),
            media_origins: page.media_origins(),
            listen,
            metrics: false,
        }
    }
}

/// A relay that works as soon as its routes are served and [`Service::run`] runs.
#[derive(Clone)]
pub struct Service(pub(crate) Arc<Shared>);

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

/// What all routes share.
pub(crate) struct Shared {
    pub(crate) access: Access,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) book: Book,
    pub(crate) follower: Arc<Follower>,
    pub(crate) submitter: Arc<Submitter>,
    pub(crate) upstream: Arc<dyn Upstream>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) show_metrics: bool,
    pub(crate) polls: Polls,
    pub(crate) purse: Arc<Purse>,
    pub(crate) upgrades: Arc<Upgrades>,
    pub(crate) renditions: Arc<Renditions>,
    pub(crate) media: Option<Arc<dyn MediaSource>>,
    /// True once the relay is about to end.
    pub(crate) ending: watch::Sender<bool>,
}

impl Service {
    /// The origins whose pages may use it besides its own.
    pub(crate) fn origins(&self) -> Vec<String> {
        self.0.access.origins()
    }

    /// Opens the store and takes up what was left open.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(
        settings: Settings,
        upstream: Arc<dyn Upstream>,
        store: Arc<dyn Store>,
        media: Option<Arc<dyn MediaSource>>,
    ) -> Result<Service, StoreError> {
        let secret = store.secret()?;
        let public_url = settings.access.public_url.clone();
        let access = Access::new(settings.access, settings.listen, secret);
        let on_upgrades = spent_today(&*store, &access.callers(), now_ms())?;
        let (book, intents) = Book::open(store)?;
        let addresses =
            Arc::new(Addresses::new(secret, public_url, settings.webhook_hmac_keys, access.callers()));
        let metrics = Arc::<Metrics>::default();
        let budget = Budget::new(settings.limits, &intents, &on_upgrades, now_ms());
        let purse = Arc::new(Purse::new(budget, Arc::clone(&metrics)));
        let renditions = Arc::new(Renditions::new(book.clone(), settings.media_origins));
        let follower = Arc::new(Follower::new(
            Arc::clone(&upstream),
            book.clone(),
            Arc::clone(&renditions),
            settings.typical,
            Arc::clone(&metrics),
            Arc::clone(&purse),
        ));
        intents.iter().for_each(|intent| follower.follow(intent));
        let upgrades = Arc::new(Upgrades::new(book.clone(), Arc::clone(&purse)));
        let submitter = Arc::new(Submitter {
            upstream: Arc::clone(&upstream),
            book: book.clone(),
            follower: Arc::clone(&follower),
            addresses: Arc::clone(&addresses),
            purse: Arc::clone(&purse),
            upgrades: Arc::clone(&upgrades),
            in_flight: Mutex::default(),
            metrics: Arc::clone(&metrics),
        });
        Ok(Service(Arc::new(Shared {
            access,
            addresses,
            book,
            follower,
            submitter,
            polls: Polls::default(),
            purse,
            upgrades,
            upstream,
            metrics,
            show_metrics: settings.metrics,
            renditions,
            media,
            ending: watch::Sender::new(false),
        })))
    }

    /// The provider's routes and the relay's own, but for `/relay/health`.
    pub fn router(&self) -> Router {
        routes::router(Arc::clone(&self.0))
    }

    /// The same routes, or more, for requests that come under the relay's own names only.
    pub(crate) fn protect(&self, router: Router) -> Gate {
        Gate::new(Arc::clone(&self.0), router)
    }

    /// Follows open tasks and forgets old ones; never ends.
    pub async fn run(&self) {
        let clean = async {
            loop {
                if let Err(error) = self.0.book.forget_old().await {
                    warn!("old intents could not be forgotten: {error}");
                }
                tokio::time::sleep(BETWEEN_CLEANINGS).await;
            }
        };
        tokio::join!(Arc::clone(&self.0.follower).run(), clean);
    }

    /// Says goodbye to everybody who listens to events.
    pub fn end(&self) {
        self.0.ending.send_replace(true);
    }

    /// Whether a paid request is under way, whose answer should not be lost to a restart.
    pub fn is_busy(&self) -> bool {
        self.0.submitter.is_busy()
    }
}
