//! A stage on which a relay proves its contract, over HTTP alone: the provider is the simulator in this process, whose
//! ledger counts charges and which remembers every request; the relay is whatever answers at an address.
//!
//! Without settings the native relay is built and started. Any other build is checked by its address:
//!
//! | variable | what it says | default |
//! |---|---|---|
//! | `VIREO_CONTRACT_RELAY` | address of a running relay | the native one is started |
//! | `VIREO_CONTRACT_PROVIDER` | where the simulator listens for it, as `host:port`; its media and uploads are at the next port | free ports |
//! | `VIREO_CONTRACT_TOKENS` | two access tokens of different callers, with a comma between | `ann-token,bob-token` |
//!
//! Such a relay is started with the provider's addresses as its upstreams and media origin, [`PROVIDER_KEY`] as its
//! key, both tokens, [`PAGE`] as an allowed origin, and a public address at which this machine reaches it.
#![warn(missing_docs)]
#![forbid(unsafe_code)]
#![allow(missing_debug_implementations, reason = "nobody prints a stage")]

mod ask;
mod events;
mod native;
mod provider;
mod stage;

pub use ask::{Answer, Ask, delete, get, options, post, post_form, put};
pub use events::{Event, Events};
pub use provider::{Held, Provider, Seen};
pub use stage::{Stage, code_of, create, film, fresh, intent, stage, task_of, turn, until};

/// The key the relay is given; it must appear in no answer.
pub const PROVIDER_KEY: &str = "not-a-real-key";
/// The origin of the page that may ask.
pub const PAGE: &str = "https://page.example";
