//! Vireo's nouns and rules, pure: time and randomness are arguments, and nothing here does I/O.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod batch;
pub mod check;
pub mod download;
mod durations;
pub mod face;
pub mod intent;
pub mod library;
pub mod link_life;
pub mod lognormal;
pub mod machine;
pub mod media_url;
pub mod models;
pub mod names;
pub mod price;
pub mod retry;
pub mod schedule;
pub mod simulate;
pub mod snippet;
pub mod spending;
pub mod storyboard;
