//! The real binary before a provider on loopback: killed, stopped, starved, and searched for its key.

// The helpers are tests too, though clippy does not see it.
#![allow(clippy::unwrap_used)]

mod crash;
mod limits;
mod process;
mod provider;
