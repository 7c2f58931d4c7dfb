//! Building blocks that know no feature.

mod choice;
mod dialog;
mod element;
mod field;
mod icon;
mod opener;

pub use choice::{Choice, choices};
pub use dialog::{dialog, ends, hand_in, question};
pub use element::{
    El, button, div, el, find, focus, follow, keeping_focus, outward, paragraph, ticked, value_of,
};
pub use field::{Aloud, choose_by_enter, field, live_notes, says, select, told};
pub use icon::icon;
pub use opener::opener;
