//! The server beside the page. So far it serves the built page under a strict security policy and, where there is no
//! key, plays the provider in the same process, so that the page can be tried without an account.
//!
//! It holds no key yet: with a real provider the page speaks to the API itself, with the person's own key.
//!
//! - [`open`] prepares everything on a listener, [`Relay::serve`] runs it.
//! - [`router`] is the same without any port.
//! - [`PageConfig`] is what the page reads at `config.json`; the security policy is derived from it, so the page can
//!   reach exactly what it was told to use.

#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod config;
mod demo;
mod headers;
mod page;
mod page_config;
mod router;
mod serve;

pub use config::{Config, Provider, Upstream, web_url};
pub use demo::Demo;
pub use page_config::{Connection, PageConfig, PageConfigError, TypicalSeconds};
pub use router::router;
pub use serve::{Relay, StartError, open};
