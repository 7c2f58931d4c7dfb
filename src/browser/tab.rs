//! Records that live as long as their tab, in its session storage: no database is made, and none is left behind.

use crate::browser::journal::{from_js, to_js};
use js_sys::JSON;
use vireo_client::{JournalError, Shelf};
use vireo_core::intent::{Intent, IntentId};
use web_sys::Storage;

const RECORD: &str = "record-";
const NOTE: &str = "note-";

/// The records of one studio in this tab.
#[derive(Debug)]
pub struct TabShelf {
    /// Missing where site data are blocked.
    storage: Option<Storage>,
    prefix: String,
}

impl TabShelf {
    /// Records under names that begin with `prefix`.
    pub fn new(prefix: String) -> Self {
        let storage = web_sys::window().and_then(|window| window.session_storage().ok().flatten());
        TabShelf { storage, prefix }
    }

    fn name(&self, kind: &str, id: &str) -> String {
        [&self.prefix, kind, id].concat()
    }

    fn read(&self, name: &str) -> Option<String> {
        self.storage.as_ref()?.get_item(name).ok().flatten()
    }
}

fn parse(text: &str) -> Option<Intent> {
    from_js(JSON::parse(text).ok()?)
}

impl Shelf for TabShelf {
    fn all(&self) -> Vec<Intent> {
        let Some(storage) = &self.storage else { return Vec::new() };
        let ours = self.name(RECORD, "");
        let names = (0..storage.length().unwrap_or_default()).filter_map(|at| storage.key(at).ok().flatten());
        names.filter(|name| name.starts_with(&ours)).filter_map(|name| parse(&self.read(&name)?)).collect()
    }

    fn one(&self, id: &IntentId) -> Option<Intent> {
        parse(&self.read(&self.name(RECORD, id.as_str()))?)
    }

    fn store(&self, intent: &Intent) -> Result<(), JournalError> {
        let blocked = || JournalError::Unavailable("the storage of this tab is blocked".into());
        let storage = self.storage.as_ref().ok_or_else(blocked)?;
        let text = JSON::stringify(&to_js(intent)?).map(String::from).map_err(|_| blocked())?;
        let stored = storage.set_item(&self.name(RECORD, intent.id.as_str()), &text);
        stored.map_err(|_| JournalError::Full)
    }

    fn delete(&self, id: &IntentId) {
        if let Some(storage) = &self.storage {
            storage.remove_item(&self.name(RECORD, id.as_str())).unwrap_or_default();
        }
    }

    fn note(&self, name: &str) -> Option<String> {
        self.read(&self.name(NOTE, name))
    }

    fn keep_note(&self, name: &str, text: &str) {
        if let Some(storage) = &self.storage {
            storage.set_item(&self.name(NOTE, name), text).unwrap_or_default();
        }
    }
}
