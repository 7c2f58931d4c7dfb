//! Vireo as a person meets it: the release page from `dist/` in a real browser, against the simulator, under a strict
//! Content-Security-Policy. The journeys are in `tests/journeys`.
//!
//! - [`Stage`]: a provider, a web server and a browser for one test, freed when it is dropped.
//! - [`Site`]: the web server.
//! - [`pages`]: what a person can do and see, by roles and accessible names as they stand in the page's contract.
//!
//! Waiting means looking again until something is true ([`Studio::until`]), never sleeping for a while and hoping.
//! `VIREO_ENGINE` says in which browser ([`Engine`]); `CHROMEDRIVER`, `CHROMIUM`, `GECKODRIVER` and `WEBKITWEBDRIVER`
//! name other binaries than Debian's. A failed wait leaves a screenshot in `target/e2e/`.

#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod browser;
mod elsewhere;
mod engine;
pub mod faults;
mod gate;
mod hold;
mod host;
pub mod pages;
mod site;
mod stage;
mod watch;

pub use elsewhere::play_elsewhere;
pub use engine::Engine;
pub use gate::{Fault, Gate};
pub use host::Hosts;
pub use pages::{Card, Studio};
pub use site::Site;
pub use stage::{Setup, Stage};
