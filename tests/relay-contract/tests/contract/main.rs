//! The relay's contract. Every test makes its own videos and keys, so that all may run at once against one relay.

mod access;
mod callbacks;
mod cors;
mod events;
mod limits;
mod media;
mod once;
mod routes;
