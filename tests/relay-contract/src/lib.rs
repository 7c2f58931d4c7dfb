//! A stage on which a relay proves its contract, over HTTP alone: the provider is the simulator in this process, whose
//! ledger counts charges and which remembers every request; the relay is whatever answers at an address.
//!
//! Without settings the native relay is built and started. Any other build is checked by its address:
//!
//! | variable | what it says | default |
//! |---|---|---|
//! | `VIREO_CONTRACT_RELAY` | address of a running relay | the native one is started |
//! | `VIREO_CONTRACT_PROVIDER` | where the simulator listens for it, as `host:port`; its media and uploads are at the next port | free ports |
//! | `VIREO_CONTRACT_LIMITED` | address of another one before the same provider, with [`LIMITS`] | the native one is started |
//! | `VIREO_CONTRACT_NARROW` | address of a third one before the same provider, with [`AT_ONCE`] | the native one is started |
//! | `VIREO_CONTRACT_TOKENS` | three access tokens of different callers, with commas between | `ann-token,bob-token,cyd-token` |
//!
//! Such a relay is started with the provider's addresses as its upstreams and media origin, [`PROVIDER_KEY`] as its
//! key, all tokens, [`PAGE`] as an allowed origin, and a public address at which this machine reaches it.
#![warn(missing_docs)]
#![forbid(unsafe_code)]
#![allow(missing_debug_implementations, reason = "nobody prints a stage")]

mod ask;
mod events;
mod native;
mod provider;
mod stage;

pub use ask::{
    Answer, Ask, delete, get, get_limited, head, options, post, post_form, post_limited, post_narrow, put,
};
pub use events::{Event, Events};
pub use provider::{Held, Provider, Seen};
pub use stage::{Stage, code_of, create, film, fresh, intent, stage, task_of, turn, until};

/// What each access token of the limited relay may spend: credits a day, and new videos in ten seconds.
pub const LIMITS: (u32, usize) = (400, 10);
/// How many videos each access token of the narrow relay may have in the making at once.
pub const AT_ONCE: usize = 2;
/// The key the relay is given; it must appear in no answer.
pub const PROVIDER_KEY: &str = "not-a-real-key";
/// The origin of the page that may ask.
pub const PAGE: &str = "https://page.example";
