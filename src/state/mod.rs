//! What the screen shows, in signals, fed by the engine.

mod bytes;
mod carry;
pub mod draft;
mod library;
mod studio;

pub use carry::{ImportError, Imported};
pub use library::Library;
pub use studio::{Card, Screen, Studio};
