//! Small choices of this person on this device, and the draft. Nothing secret, nothing that is paid for: this storage
//! does not survive a crash reliably, so the journal is elsewhere. The only file that names storage keys.

/// The theme chosen in the settings; boot.js reads it too, before the app runs.
pub const THEME: &str = "theme";
/// The language chosen in the settings.
pub const LANGUAGE: &str = "language";
/// The connection chosen in the settings.
pub const CONNECTION: &str = "connection";
/// Until when a key is remembered here; the key itself is elsewhere, see [`crate::browser::remember`].
pub const KEY_UNTIL: &str = "key-until";
/// The form as it was left.
pub const DRAFT: &str = "draft";
/// The price table, where a person has corrected it.
pub const PRICES: &str = "prices";
/// The bounds a person has set to spending.
pub const BUDGET: &str = "budget";
/// What removed videos had cost, by day.
pub const REMOVED_COSTS: &str = "removed-costs";
/// What was uploaded, and until when it is there.
pub const UPLOADS: &str = "uploads";
/// The film that is being put together.
pub const STORYBOARD: &str = "storyboard";

/// Whether a system notification tells of a verdict.
pub const NOTIFY: &str = "notify";
/// Whether a sound tells of a verdict.
pub const SOUND: &str = "sound";
/// Set when the shortcuts of single keys are off.
pub const NO_SHORTCUTS: &str = "no-shortcuts";

/// How long choices are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// On this device.
    Device,
    /// As long as this tab is open.
    Tab,
    /// Not at all.
    Nothing,
}

/// The choices of one studio, under names of its own.
#[derive(Clone, Debug)]
pub struct Prefs {
    keep: Keep,
    prefix: String,
}

impl Prefs {
    /// Choices whose names begin with `prefix`.
    pub fn new(keep: Keep, prefix: String) -> Self {
        Prefs { keep, prefix }
    }

    fn storage(&self) -> Option<web_sys::Storage> {
        let window = web_sys::window()?;
        // Both throw in sandboxed frames and where site data are blocked.
        match self.keep {
            Keep::Device => window.local_storage().ok().flatten(),
            Keep::Tab => window.session_storage().ok().flatten(),
            Keep::Nothing => None,
        }
    }

    fn name(&self, key: &str) -> String {
        [&self.prefix, key].concat()
    }

    /// Reads a value.
    pub fn get(&self, key: &str) -> Option<String> {
        self.storage()?.get_item(&self.name(key)).ok().flatten()
    }

    /// Keeps a value; losing it is no harm.
    pub fn set(&self, key: &str, value: &str) {
        if let Some(storage) = self.storage() {
            storage.set_item(&self.name(key), value).ok();
        }
    }

    /// Forgets a value.
    pub fn remove(&self, key: &str) {
        if let Some(storage) = self.storage() {
            storage.remove_item(&self.name(key)).ok();
        }
    }
}
