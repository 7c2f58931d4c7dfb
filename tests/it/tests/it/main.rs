//! The engine's bad days, each held to the provider's ledger.

mod clock;
mod crash;
mod follow;
mod push;
mod queue;
mod storage;
mod submit;
mod tabs;
mod upgrade;
mod verdict;
