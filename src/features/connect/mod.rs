//! How this page is connected: the first-run dialog and the settings, which hold the same fields.

mod fields;
mod settings;
mod unlock;
mod welcome;

pub use settings::settings;
pub use unlock::locked;
pub use welcome::welcome;
