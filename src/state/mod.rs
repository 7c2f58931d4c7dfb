//! What the screen shows, in signals, fed by the engine.

pub mod board;
pub mod draft;
mod studio;

pub use studio::{Card, Screen, Studio};
