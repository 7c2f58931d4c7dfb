//! The relay: serves the page, and plays the provider where there is no key.
//!
//! So far it keeps no key: with a real provider the page speaks to it directly, with the person's own key. What it
//! sends from the first day is the strict policy under which the page runs.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod config;
mod demo;
mod headers;
mod page;
mod router;

pub use config::{Config, PageConfig};
pub use demo::Demo;
pub use router::{router, run};
