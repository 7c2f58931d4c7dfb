//! The relay's rules, pure: the clock and the address of who asks are arguments, and nothing here does I/O. The native
//! relay and the Worker keep them in memory, in a store or in an object as suits them.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod body;
pub mod breaker;
pub mod budget;
pub mod callback;
pub mod digest;
pub mod envelope;
pub mod guesses;
pub mod intent;
pub mod order;
pub mod purse;
pub mod recent;
pub mod scrub;
pub mod secret;
pub mod video;

/// The version of the relay, whichever build.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
