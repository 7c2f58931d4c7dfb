//! The relay without ports, before the simulator in the same process.

// The helpers are tests too, though clippy does not see it.
#![allow(clippy::unwrap_used)]

mod access;
mod events;
mod idempotency;
mod media;
mod office;
mod spending;
mod uploads;
