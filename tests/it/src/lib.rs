//! A laboratory: several tabs of the client's engine, one journal, the simulator as the provider, and a network that can
//! be told to misbehave. No ports and no waiting: time is tokio's paused clock, which jumps to the next thing to do, so
//! 25 hours take milliseconds.
//!
//! What it shows is said by an independent witness, the simulator's charge ledger; [`Lab::finish`] compares it with
//! what the tabs show, after every test. It knows nothing of browsers: those are tested end to end elsewhere.
#![warn(missing_docs)]
#![forbid(unsafe_code)]
#![allow(missing_debug_implementations, reason = "nobody prints a laboratory")]

mod disk;
mod finish;
mod lab;
mod net;
mod relay;
mod tab;

pub use disk::{Crash, Disk, Moment};
pub use lab::{Lab, in_lab, in_lab_with};
pub use net::{Call, Fault, Kind};
pub use tab::{Tab, TabPlatform};

/// A second in milliseconds.
pub const SECOND: u64 = 1_000;
/// A minute in milliseconds.
pub const MINUTE: u64 = 60 * SECOND;
/// An hour in milliseconds.
pub const HOUR: u64 = 60 * MINUTE;
/// A day in milliseconds.
pub const DAY: u64 = 24 * HOUR;
