//! The client's engine: drives the rules of `vireo-core` with the wire format of `veo-api`.
//!
//! It submits intents (journal first, then the one paid request), follows accepted tasks to their verdict, and tells
//! whoever shows them. It knows no framework and no browser: network, clock, randomness, timers and storage are the
//! traits [`Platform`] and [`Journal`], so the whole of it runs in native tests against the simulator.
//!
//! Many engines may share one journal (browser tabs do). They need no leader: a look at a task is claimed by moving its
//! due time forward in one transaction, and a queued intent is started by one transaction, so whoever comes second
//! finds the work taken. A tab that crashed or froze holds nothing back.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod answer;
mod config;
mod engine;
mod expect;
mod follow;
mod journal;
mod platform;
mod relay;
pub mod sse;
mod submit;

pub use config::{Config, ConfigError, Connection, read_config};
pub use engine::{Engine, Notice, Settings};
pub use expect::Typical;
pub use journal::{Added, Journal, JournalError, Shelf, ShelfJournal, Start, decide_start};
pub use platform::{Link, LocalFuture, Platform, SendError};
pub use relay::News;
pub use submit::{AddTaskError, SubmitError, TaskError};
