//! What the screen shows, in signals, fed by the engine.

pub mod board;
mod bytes;
mod cards;
mod carry;
mod connection;
mod credits;
pub mod draft;
mod hand_in;
mod images;
mod key;
mod library;
mod news;
mod place;
mod press;
mod screen;
mod studio;
mod task;
pub mod verdict;
mod work;

pub use cards::Card;
pub use carry::{ImportError, Imported};
pub use key::keep_key;
pub use library::Library;
pub use place::{Place, Prefill};
pub use screen::Screen;
pub use studio::Studio;
pub use task::describe;
pub use work::Job;
