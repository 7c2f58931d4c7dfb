//! Hands a provider's videos to a browser, which cannot read them itself: results lie on hosts without CORS, some
//! ignore `Range`, and their links end after days.
//!
//! The address of a video comes from a record of the provider and never from a client; it is opened all the same as if
//! a stranger had named it. [`MediaProxy`] opens only what `vireo_core::media_url` lets through and connects only to
//! public addresses, checked after resolution and used as checked. It follows redirects by hand with the same checks,
//! passes on the bytes in constant memory, and builds all headers anew. With an [`ArchiveConfig`] it keeps what was
//! read once.
//!
//! ```no_run
//! # use axum::http::{HeaderMap, Method};
//! # use vireo_media_proxy::{Config, Item, MediaProxy};
//! # async fn example() -> Result<(), vireo_media_proxy::SetupError> {
//! let proxy = MediaProxy::new(Config::default())?;
//! let item = Item { url: "https://file.example.org/v/a.mp4", file_name: "paper boat", download: false, archive: None };
//! let response = proxy.serve(&item, &Method::GET, &HeaderMap::new()).await;
//! # _ = response;
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod address;
mod answer;
mod archive;
mod config;
mod error;
mod facts;
mod gate;
mod name;
mod origin;
mod proxy;
mod range;
mod resolver;
mod stream;

pub use address::is_public;
pub use archive::ArchiveKey;
pub use config::{ArchiveConfig, Config};
pub use error::{Error, SetupError};
pub use proxy::{Item, MediaProxy};
pub use range::ByteRange;
pub use resolver::{Lookup, SystemLookup};
