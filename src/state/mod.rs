//! What the screen shows, in signals, fed by the engine.

pub mod board;
mod bytes;
mod carry;
pub mod draft;
mod library;
mod place;
mod studio;
mod task;
mod work;

pub use carry::{ImportError, Imported};
pub use library::Library;
pub use place::{Place, Prefill};
pub use studio::{Card, Screen, Studio};
pub use task::describe;
pub use work::Job;
