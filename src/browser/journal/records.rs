//! The records: each decision about one is made inside one transaction.

use super::schema::{BY_SENT, INTENTS, NOTES};
use super::{BrowserJournal, Mode, fetch, finish, full_or_unavailable, in_time, unavailable};
use idb::Query;
use serde::Serialize;
use vireo_client::{Added, Journal, JournalError, Start, decide_start};
use vireo_core::intent::{Intent, IntentId, RECORD_VERSION};
use wasm_bindgen::JsValue;

/// Records that are read at once: first as many as a person sees, then as many as hold a page up for a moment only.
const FIRST_PORTION: usize = 60;
const PORTION: usize = 500;

/// How far back creations count for the rate, with room for the decision itself, in milliseconds.
const RECENT_MS: u64 = 60_000;

/// A record as it is stored.
pub(crate) fn to_js(intent: &Intent) -> Result<JsValue, JournalError> {
    intent
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| JournalError::Unavailable(error.to_string()))
}

/// Reads a stored record; `None` for one that is broken or written by a newer version.
pub fn from_js(value: JsValue) -> Option<Intent> {
    serde_wasm_bindgen::from_value::<Intent>(value).ok().filter(|intent| intent.version <= RECORD_VERSION)
}

impl Journal for BrowserJournal {
    async fn load(&self, take: &mut dyn FnMut(Vec<Intent>)) -> Result<usize, JournalError> {
        if let Some(small) = self.small() {
            return small.load(take).await;
        }
        let transaction = self.transaction(INTENTS, Mode::Read).await?;
        let store = transaction.object_store(INTENTS).map_err(unavailable)?;
        let keys = store.get_all_keys(None, None).map_err(unavailable)?.await.map_err(unavailable)?;
        let (mut end, mut portion, mut set_aside) = (keys.len(), FIRST_PORTION, 0);
        while end > 0 {
            let start = end.saturating_sub(portion);
            let range =
                idb::KeyRange::bound(&keys[start], &keys[end - 1], None, None).map_err(unavailable)?;
            let values = store.get_all(Some(Query::from(range)), None).map_err(unavailable)?;
            let values = values.await.map_err(unavailable)?;
            let count = values.len();
            let intents: Vec<Intent> = values.into_iter().filter_map(from_js).collect();
            set_aside += count - intents.len();
            take(intents);
            (end, portion) = (start, PORTION);
        }
        Ok(set_aside)
    }

    async fn get(&self, id: &IntentId) -> Result<Option<Intent>, JournalError> {
        if let Some(small) = self.small() {
            return small.get(id).await;
        }
        in_time(async { Ok(self.read(INTENTS, id.as_str()).await?.and_then(from_js)) }).await
    }

    async fn add(&self, intent: &Intent) -> Result<Added, JournalError> {
        if let Some(small) = self.small() {
            return small.add(intent).await;
        }
        in_time(async {
            let value = to_js(intent)?;
            let transaction = self.transaction(INTENTS, Mode::Strict).await?;
            let store = transaction.object_store(INTENTS).map_err(unavailable)?;
            if let Some(there) = fetch(&store, intent.id.as_str()).await?.and_then(from_js) {
                return Ok(Added::Existing(Box::new(there)));
            }
            store.put(&value, None).map_err(full_or_unavailable)?.await.map_err(full_or_unavailable)?;
            finish(transaction).await?;
            Ok(Added::New)
        })
        .await
    }

    async fn put(&self, intents: &[Intent]) -> Result<(), JournalError> {
        if let Some(small) = self.small() {
            return small.put(intents).await;
        }
        in_time(async {
            let transaction = self.transaction(INTENTS, Mode::Strict).await?;
            let store = transaction.object_store(INTENTS).map_err(unavailable)?;
            for intent in intents {
                // Not waited for one by one: the transaction ends when all are stored, or none is.
                store.put(&to_js(intent)?, None).map_err(full_or_unavailable)?;
            }
            finish(transaction).await
        })
        .await
    }

    async fn update(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent) -> bool,
    ) -> Result<Option<Intent>, JournalError> {
        if let Some(small) = self.small() {
            return small.update(id, change).await;
        }
        in_time(async {
            let transaction = self.transaction(INTENTS, Mode::Strict).await?;
            let store = transaction.object_store(INTENTS).map_err(unavailable)?;
            let Some(mut intent) = fetch(&store, id.as_str()).await?.and_then(from_js) else {
                return Ok(None);
            };
            if change(&mut intent) {
                let value = to_js(&intent)?;
                store.put(&value, None).map_err(full_or_unavailable)?.await.map_err(full_or_unavailable)?;
                finish(transaction).await?;
            }
            Ok(Some(intent))
        })
        .await
    }

    async fn start(&self, id: &IntentId, now_ms: u64) -> Result<Start, JournalError> {
        if let Some(small) = self.small() {
            return small.start(id, now_ms).await;
        }
        in_time(async {
            let transaction = self.transaction(INTENTS, Mode::Strict).await?;
            let store = transaction.object_store(INTENTS).map_err(unavailable)?;
            let since = JsValue::from_f64(now_ms.saturating_sub(RECENT_MS) as f64);
            let range = idb::KeyRange::lower_bound(&since, None).map_err(unavailable)?;
            let recent = store
                .index(BY_SENT)
                .map_err(unavailable)?
                .get_all(Some(Query::from(range)), None)
                .map_err(unavailable)?
                .await
                .map_err(unavailable)?;
            let recent: Vec<u64> =
                recent.into_iter().filter_map(from_js).filter_map(|intent| intent.sent_ms).collect();
            let intent = fetch(&store, id.as_str()).await?.and_then(from_js);
            let start = decide_start(intent, &recent, now_ms);
            if let Start::Now(intent) = &start {
                let value = to_js(intent)?;
                store.put(&value, None).map_err(full_or_unavailable)?.await.map_err(full_or_unavailable)?;
                finish(transaction).await?;
            }
            Ok(start)
        })
        .await
    }

    async fn remove(
        &self,
        id: &IntentId,
        may: &dyn Fn(&Intent) -> bool,
    ) -> Result<Option<Intent>, JournalError> {
        if let Some(small) = self.small() {
            return small.remove(id, may).await;
        }
        in_time(async {
            let transaction = self.transaction(INTENTS, Mode::Strict).await?;
            let store = transaction.object_store(INTENTS).map_err(unavailable)?;
            let there = fetch(&store, id.as_str()).await?.and_then(from_js).filter(|intent| may(intent));
            if there.is_some() {
                store.delete(JsValue::from(id.as_str())).map_err(unavailable)?.await.map_err(unavailable)?;
                finish(transaction).await?;
            }
            Ok(there)
        })
        .await
    }

    async fn note(&self, name: &str) -> Option<String> {
        if let Some(small) = self.small() {
            return small.note(name).await;
        }
        self.read(NOTES, name).await.ok().flatten().and_then(|value| value.as_string())
    }

    async fn keep_note(&self, name: &str, text: &str) {
        if let Some(small) = self.small() {
            return small.keep_note(name, text).await;
        }
        self.write(NOTES, name, &text.into()).await.ok();
    }
}
