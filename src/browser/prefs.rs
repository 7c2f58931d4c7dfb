//! Small choices of this person on this device, and the draft. Nothing secret, nothing that is paid for: this storage
//! does not survive a crash reliably, so the journal is elsewhere. The only file that names storage keys.

/// The theme chosen in the settings; boot.js reads it too, before the app runs.
pub const THEME: &str = "vireo-theme";
/// The language chosen in the settings.
pub const LANGUAGE: &str = "vireo-language";
/// The connection chosen in the settings.
pub const CONNECTION: &str = "vireo-connection";
/// The form as it was left.
pub const DRAFT: &str = "vireo-draft";
/// The film that is being put together.
pub const STORYBOARD: &str = "vireo-storyboard";

fn storage() -> Option<web_sys::Storage> {
    // Throws in sandboxed frames and where site data are blocked.
    web_sys::window()?.local_storage().ok().flatten()
}

/// Reads a value.
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Keeps a value; losing it is no harm.
pub fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        storage.set_item(key, value).ok();
    }
}

/// Forgets a value.
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        storage.remove_item(key).ok();
    }
}
