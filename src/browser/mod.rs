//! The only place that knows the platform: one small file per service.

pub mod address;
pub mod archive;
pub mod attention;
pub mod clock;
pub mod download;
pub mod events;
pub mod files;
pub mod film;
pub mod host;
pub mod journal;
pub mod locks;
pub mod media;
pub mod near;
pub mod net;
pub mod once;
pub mod picture;
pub mod player;
pub mod prefs;
pub mod remember;
pub mod runtime;
pub mod save;
pub mod share;
pub mod tab;
pub mod task;
pub mod title;
pub mod upload;
