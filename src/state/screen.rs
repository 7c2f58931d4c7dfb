//! What may lie over the page.

use vireo_core::budget::Worry;
use vireo_core::intent::{Intent, IntentId};

/// What lies over the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// The first run: how to connect. True when a submit opened it.
    Welcome(bool),
    /// Connection, language, theme.
    Settings,
    /// The list of shortcuts.
    Shortcuts,
    /// The id of a task whose answer was lost.
    EnterTask(IntentId),
    /// What happens next in a finished video.
    Extend(IntentId),
    /// Asks once more before something is bought again.
    SendAgain(IntentId),
    /// Asks before more is spent than the person said.
    Spend(Worry),
    /// Prices, bounds, and what was spent.
    Credits,
    /// Asks before a video goes of which a paid rendition is being made.
    RemoveRunning(IntentId),
    /// The journal does not work: asks for consent to a visit without memory.
    NoMemory(Box<Intent>, String),
}
