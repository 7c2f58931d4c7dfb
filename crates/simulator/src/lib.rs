//! The Veo 3.1 API of kie.ai on loopback: the same paths, shapes and quirks, no key and no money needed.
//!
//! It is for anyone who writes or tests a Veo client: by hand through the binary `vireo-simulator`, in tests through
//! [`api_router`] without any port. Chance comes from a seed and time from a [`Clock`], so a run can be repeated.
//! It is an independent witness: nothing here is shared with Vireo's own client code.
//!
//! HTTP is 200 nearly always, the truth is `code` in the body; a task's end is decided when it is created and revealed
//! by the clock; credits are deducted at creation and come back when the task fails. Every charge is in the
//! [`Ledger`], also at `GET /sim/ledger`.
//!
//! # Scenarios
//!
//! A word in the prompt of a generation or an extension plays a bad day; several may stand in one prompt.
//!
#![doc = include_str!("../SCENARIOS.md")]
//!
//! What a prompt says about pace and media holds for the upgrades of its video too. Where the router is called in the
//! same process, a dropped answer is a body that breaks off before its first byte.
//! `bad-key` as the key gives 401 everywhere. An image address that contains `missing`, or one of our own that is not
//! there, makes the task fail.
//!
//! # Differences from the real API
//!
//! - Nobody generates anything: there are two scenes in each shape, 8 s long whatever the duration, and an extension is
//!   no longer than its original. 4K is served as 1080p.
//! - Nothing outside loopback is contacted: foreign images are believed, foreign callback addresses ignored.
//! - A served API ends every connection with its answer; see [`closing`].
//! - There is one account, and any key opens it.
//! - Where the real API is not known: a 4K upgrade has an id of its own, the words of most 422 are invented, and the
//!   20 creations per 10 s count accepted requests for generations and extensions only.
//!
//! ```
//! use axum::body::Body;
//! use axum::http::Request;
//! use tower::ServiceExt;
//! use vireo_simulator::{ManualClock, Settings, api_router, world};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let clock = ManualClock::default();
//! let world = world(Settings::default(), clock.clone());
//! let request = Request::post("/api/v1/veo/generate")
//!     .header("Authorization", "Bearer test-key")
//!     .body(Body::from(r#"{ "prompt": "a paper boat" }"#))
//!     .unwrap();
//! let response = api_router(world.clone()).oneshot(request).await.unwrap();
//! assert!(response.status().is_success());
//! assert_eq!(world.ledger().by_prompt["a paper boat"], 1);
//! clock.advance(10 * 60 * 1000); // the video is there now
//! # }
//! ```

#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod callback;
mod clips;
mod clock;
mod fields;
mod files;
mod ledger;
mod media;
mod reply;
mod routes;
mod scenario;
mod serve;
mod task;
mod upload;
mod world;

pub use clock::{Clock, ManualClock, SystemClock};
pub use ledger::{Job, Kind, Ledger};
pub use media::media_router;
pub use routes::api_router;
pub use serve::{closing, serve};
pub use world::{Settings, World, world};
