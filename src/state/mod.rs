//! What the screen shows, in signals, fed by the engine.

pub mod draft;
mod library;
mod studio;

pub use library::Library;
pub use studio::{Card, Screen, Studio};
