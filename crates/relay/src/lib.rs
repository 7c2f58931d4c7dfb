//! The server beside the page: serves the built page under a strict security policy, and stands between browsers and
//! the provider. It holds the key, sends each paid request at most once, and tells browsers what becomes of it.
//! Where there is no key it plays the provider in the same process, so that the page can be tried without an account.
//!
//! - [`open`] prepares everything on a listener, [`Relay::serve`] runs it.
//! - [`router`] is the same without any port, and [`Service`] the relay alone, with its [`Upstream`] and its [`Store`]
//!   as arguments.
//! - [`PageConfig`] is what the page reads at `config.json`; the security policy is derived from it, so the page can
//!   reach exactly what it was told to use.

#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod access;
mod answer;
mod book;
mod clock;
mod config;
mod crowd;
mod demo;
mod events;
mod follow;
mod guesses;
mod headers;
mod health;
mod http;
mod lines;
mod log;
mod media;
mod metrics;
mod page;
mod page_config;
mod polls;
mod proxied;
mod purse;
mod random;
mod router;
mod routes;
mod serve;
mod service;
mod store;
mod submit;
mod upgrades;
mod upstream;

// The rules that the Worker has too.
use vireo_relay_core::{breaker, budget, callback, digest, intent, order, scrub, secret};

pub use access::{AccessSettings, AccessToken};
pub use budget::Limits;
pub use config::{Bases, Config, Provider, Relayed, key_url, origin_url, web_url};
pub use demo::Demo;
pub use follow::Typical;
pub use intent::{Intent, IntentId, Stage, Verdict};
pub use media::{Media, MediaSource, Place};
pub use page_config::{Connection, PageConfig, PageConfigError, TypicalSeconds};
pub use proxied::Proxied;
pub use router::{Api, router};
pub use secret::Secret;
pub use serve::{Relay, StartError, default_data_dir, open};
pub use service::{Service, Settings};
pub use store::{Redb, Reserved, Store, StoreError};
pub use upstream::{Carried, HttpUpstream, LocalUpstream, Outgoing, SendError, Upstream};
pub use vireo_relay_core::video::Video;
