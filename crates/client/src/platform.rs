//! What the engine needs from the place it runs in.

use std::future::Future;
use std::pin::Pin;
use veo_api::{Reply, Request};
use vireo_core::intent::{Intent, IntentId};

/// A future that runs on one thread, as all of a browser's do.
pub type LocalFuture = Pin<Box<dyn Future<Output = ()>>>;

/// Why no reply came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// There is no key; nothing was sent.
    #[error("no API key")]
    NoKey,
    /// The connection failed or was cut; whether the request arrived cannot be known.
    #[error("{0}")]
    Network(String),
    /// No whole answer within the time allowed; whether the request arrived cannot be known.
    #[error("no answer in time")]
    Timeout,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The provider itself: a paid request is never repeated.
    Direct,
    /// A relay that honours `Idempotency-Key`: the same intent may be asked again under its own key.
    Relay,
}

/// Network, clock, randomness, timers and an audience.
#[allow(async_fn_in_trait, reason = "everything here runs on one thread")]
pub trait Platform: 'static {
    /// Sends one request and reads the whole reply. `key` is the `Idempotency-Key` of a paid request.
    async fn send(&self, request: &Request, key: Option<&IntentId>) -> Result<Reply, SendError>;

    /// Who is at the other end.
    fn link(&self) -> Link;

    /// Wall clock in milliseconds since 1970.
    fn now_ms(&self) -> u64;

    /// A random number in [0, 1).
    fn random(&self) -> f64;

    /// Waits.
    async fn sleep(&self, ms: u64);

    /// Runs a future beside the caller.
    fn spawn(&self, future: LocalFuture);

    /// Arms the one alarm at which `Engine::tick` wants to be called, replacing an earlier one.
    fn wake_at(&self, at_ms: u64);

    /// Names of the tabs that are alive, this one included; `None` where that cannot be known.
    async fn live_tabs(&self) -> Option<Vec<String>>;

    /// An intent changed here (`ours`, other tabs should be told) or was read anew.
    fn changed(&self, intent: &Intent, ours: bool);

    /// An intent is gone from the journal.
    fn removed(&self, id: &IntentId, ours: bool);

    /// Something about the engine as a whole changed: see `Engine::notice`.
    fn noticed(&self);
}
