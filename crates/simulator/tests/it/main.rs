//! The provider as a client sees it, without ports; time is moved by hand.

// The helpers are tests too, though clippy does not see it.
#![allow(clippy::unwrap_used)]

mod callback;
mod create;
mod determinism;
mod drop_answer;
mod ledger;
mod media;
mod record;
mod sim;
mod upgrade;
mod upload;

use sim::Sim;
