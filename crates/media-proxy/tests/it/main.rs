//! The proxy against origins on loopback, good and bad ones.

// The helpers are tests too, though clippy does not see it.
#![allow(clippy::unwrap_used)]

mod archive;
mod bad_origins;
mod inside;
mod parts;
mod rig;
mod simulator;
