//! The journal in IndexedDB: one record per intent, written with strict durability before anything is paid for.

use crate::browser::tab::TabShelf;
use idb::{Database, DatabaseEvent, Factory, IndexParams, KeyPath, ObjectStore, ObjectStoreParams, Query};
use idb::{Transaction, TransactionMode};
use js_sys::{Array, Function, Object, Promise, Reflect};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vireo_client::{Added, Journal, JournalError, ShelfJournal, Start, decide_start};
use vireo_core::intent::{Intent, IntentId, RECORD_VERSION};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbDatabase;

/// Raised when stores or indexes change; [`upgrade`] says how.
const DATABASE_VERSION: u32 = 1;
const INTENTS: &str = "intents";
/// Small things by name, such as [`crate::browser::remember`]'s.
pub const NOTES: &str = "notes";
/// Bytes of finished videos, by intent id; see [`crate::browser::save`].
pub const MEDIA: &str = "media";
const BY_SENT: &str = "sent_ms";

/// A storage that does not answer within this time counts as blocked.
const OPEN_TIMEOUT_MS: u32 = 3_000;

/// A transaction takes some milliseconds; one that takes this long is held up.
const ANSWER_TIMEOUT_MS: u32 = 5_000;

/// Records that are read at once: first as many as a person sees, then as many as hold a page up for a moment only.
const FIRST_PORTION: usize = 60;
const PORTION: usize = 500;

/// How far back creations count for the rate, with room for the decision itself, in milliseconds.
const RECENT_MS: u64 = 60_000;

/// An open database, also as the browser's own object: `idb` has no word for durability.
#[derive(Debug)]
struct Connection {
    database: Database,
    raw: IdbDatabase,
}

impl Drop for Connection {
    /// What is under way ends by itself. An open connection with listeners is never collected, however unreachable.
    fn drop(&mut self) {
        self.raw.close();
    }
}

/// The journal of this profile. Without a working IndexedDB it is the memory of this visit, if the person agrees; an
/// element may ask for one that lives as long as its tab.
#[derive(Clone, Debug)]
pub struct BrowserJournal {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    database: RefCell<Option<Rc<Connection>>>,
    /// In place of the database.
    small: RefCell<Option<ShelfJournal>>,
    lost: Rc<Cell<bool>>,
}

impl BrowserJournal {
    /// The journal under this name; opened at the first use.
    pub fn new(name: &str) -> Self {
        BrowserJournal {
            inner: Rc::new(Inner {
                name: name.to_owned(),
                database: RefCell::default(),
                small: RefCell::default(),
                lost: Rc::default(),
            }),
        }
    }

    /// From now on records live until the page is closed. A person agreed to that.
    pub fn use_memory(&self) {
        self.inner.small.replace(Some(ShelfJournal::default()));
    }

    /// From now on records live until the tab is closed, under names that begin with this.
    pub fn use_tab(&self, prefix: String) {
        self.inner.small.replace(Some(ShelfJournal::on(TabShelf::new(prefix))));
    }

    /// True without a database, which is where the bytes of videos are kept.
    pub fn is_small(&self) -> bool {
        self.inner.small.borrow().is_some()
    }

    fn small(&self) -> Option<ShelfJournal> {
        self.inner.small.borrow().clone()
    }

    /// True once after the browser took the storage away under a running page; the records should be written back.
    pub fn was_lost(&self) -> bool {
        self.inner.lost.replace(false)
    }

    async fn database(&self) -> Result<Rc<Connection>, JournalError> {
        if let Some(database) = self.inner.database.borrow().as_ref() {
            return Ok(Rc::clone(database));
        }
        let opening = open(&self.inner.name);
        let timeout = gloo_timers::future::TimeoutFuture::new(OPEN_TIMEOUT_MS);
        let raw: IdbDatabase = match race(opening, timeout).await {
            Some(opened) => opened.map_err(unavailable)?.into(),
            None => return Err(JournalError::Unavailable("it does not answer".into())),
        };
        let mut database = Database::from(raw.clone());
        let inner = Rc::downgrade(&self.inner);
        let forget = move |closed_by_browser: bool| {
            if let Some(inner) = inner.upgrade() {
                inner.lost.set(closed_by_browser);
                inner.database.take();
            }
        };
        let on_version = forget.clone();
        database.on_version_change(move |_| on_version(false));
        database.on_close(move |_| forget(true));
        let connection = Rc::new(Connection { database, raw });
        *self.inner.database.borrow_mut() = Some(Rc::clone(&connection));
        Ok(connection)
    }

    async fn transaction(&self, store: &str, mode: Mode) -> Result<Transaction, JournalError> {
        let database = self.database().await?;
        match begin(database.as_ref(), store, mode) {
            Ok(transaction) => Ok(transaction),
            // The connection may have been closed under us: open it anew, once.
            Err(_) => {
                self.inner.database.take();
                begin(self.database().await?.as_ref(), store, mode).map_err(unavailable)
            }
        }
    }

    /// Reads a value of any store.
    pub async fn read(&self, store: &str, key: &str) -> Result<Option<JsValue>, JournalError> {
        let transaction = self.transaction(store, Mode::Read).await?;
        let store = transaction.object_store(store).map_err(unavailable)?;
        fetch(&store, key).await
    }

    /// The records that [`Journal::load`] sets aside, as they are.
    pub async fn unreadable(&self) -> Result<Vec<JsValue>, JournalError> {
        if self.is_small() {
            return Ok(Vec::new());
        }
        let transaction = self.transaction(INTENTS, Mode::Read).await?;
        let store = transaction.object_store(INTENTS).map_err(unavailable)?;
        let mut values = store.get_all(None, None).map_err(unavailable)?.await.map_err(unavailable)?;
        values.retain(|value| from_js(value.clone()).is_none());
        Ok(values)
    }

    /// Writes a value into a store whose keys stand outside its values.
    pub async fn write(&self, store: &str, key: &str, value: &JsValue) -> Result<(), JournalError> {
        let transaction = self.transaction(store, Mode::Relaxed).await?;
        let target = transaction.object_store(store).map_err(unavailable)?;
        target.put(value, Some(&key.into())).map_err(unavailable)?.await.map_err(full_or_unavailable)?;
        finish(transaction).await
    }

    /// The keys of a store, in order.
    pub async fn keys(&self, store: &str) -> Result<Vec<String>, JournalError> {
        let transaction = self.transaction(store, Mode::Read).await?;
        let store = transaction.object_store(store).map_err(unavailable)?;
        let keys = store.get_all_keys(None, None).map_err(unavailable)?.await.map_err(unavailable)?;
        Ok(keys.into_iter().filter_map(|key| key.as_string()).collect())
    }

    /// Deletes a value of any store.
    pub async fn delete(&self, store: &str, key: &str) -> Result<(), JournalError> {
        let transaction = self.transaction(store, Mode::Relaxed).await?;
        let target = transaction.object_store(store).map_err(unavailable)?;
        target.delete(JsValue::from(key)).map_err(unavailable)?.await.map_err(unavailable)?;
        finish(transaction).await
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Read,
    Relaxed,
    Strict,
}

/// Whether this browser keeps a journal under this name. True where it cannot tell. Small, because every first load has
/// it: only with a journal is the engine needed at once.
pub async fn exists(name: &str) -> bool {
    let named = || {
        let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
        let list: Function = Reflect::get(&factory, &"databases".into())?.dyn_into()?;
        list.call0(&factory)
    };
    let Ok(answer) = named() else { return true };
    let Ok(databases) = JsFuture::from(Promise::resolve(&answer)).await else { return true };
    let Ok(databases) = databases.dyn_into::<Array>() else { return true };
    let is_it = |database: JsValue| {
        Reflect::get(&database, &"name".into()).is_ok_and(|known| known.as_string().as_deref() == Some(name))
    };
    databases.iter().any(is_it)
}

async fn open(name: &str) -> Result<Database, idb::Error> {
    let mut request = Factory::new()?.open(name, Some(DATABASE_VERSION))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            upgrade(&database).ok();
        }
    });
    request.await
}

/// Brings any older database to [`DATABASE_VERSION`]; each store is made once and never emptied.
fn upgrade(database: &Database) -> Result<(), idb::Error> {
    let there = database.store_names();
    let missing = |name: &str| !there.iter().any(|store| store == name);
    if missing(INTENTS) {
        let mut params = ObjectStoreParams::new();
        params.key_path(Some(KeyPath::new_single("id")));
        let store = database.create_object_store(INTENTS, params)?;
        store.create_index(BY_SENT, KeyPath::new_single(BY_SENT), Some(IndexParams::new()))?;
    }
    for name in [NOTES, MEDIA] {
        if missing(name) {
            database.create_object_store(name, ObjectStoreParams::new())?;
        }
    }
    Ok(())
}

/// Begins a transaction; the strict one by hand.
fn begin(connection: &Connection, store: &str, mode: Mode) -> Result<Transaction, idb::Error> {
    match mode {
        Mode::Read => connection.database.transaction(&[store], TransactionMode::ReadOnly),
        Mode::Relaxed => connection.database.transaction(&[store], TransactionMode::ReadWrite),
        Mode::Strict => {
            let raw = &connection.raw;
            let options = Object::new();
            let begin = || -> Result<JsValue, JsValue> {
                Reflect::set(&options, &"durability".into(), &"strict".into())?;
                let begin: Function = Reflect::get(raw, &"transaction".into())?.dyn_into()?;
                begin.call3(raw, &Array::of1(&store.into()), &"readwrite".into(), &options)
            };
            begin()
                .map(|transaction| transaction.unchecked_into::<web_sys::IdbTransaction>().into())
                .map_err(idb::Error::TransactionOpenFailed)
        }
    }
}

async fn fetch(store: &ObjectStore, key: &str) -> Result<Option<JsValue>, JournalError> {
    store.get(Query::from(JsValue::from(key))).map_err(unavailable)?.await.map_err(unavailable)
}

/// A transaction that another tab holds up, such as one that was frozen in the middle of its own, fails after a while:
/// what it was for goes on without.
async fn in_time<T>(work: impl Future<Output = Result<T, JournalError>>) -> Result<T, JournalError> {
    let timeout = gloo_timers::future::TimeoutFuture::new(ANSWER_TIMEOUT_MS);
    let silent = || Err(JournalError::Unavailable("it does not answer".into()));
    race(work, timeout).await.unwrap_or_else(silent)
}

async fn finish(transaction: Transaction) -> Result<(), JournalError> {
    match transaction.await {
        Ok(result) if result.is_committed() => Ok(()),
        Ok(_) => Err(JournalError::Full),
        Err(error) => Err(full_or_unavailable(error)),
    }
}

/// Whichever is first: the work, or `None` at the timeout.
pub(super) async fn race<T>(work: impl Future<Output = T>, timeout: impl Future<Output = ()>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut timeout = std::pin::pin!(timeout);
    std::future::poll_fn(move |context| {
        if let std::task::Poll::Ready(done) = work.as_mut().poll(context) {
            return std::task::Poll::Ready(Some(done));
        }
        timeout.as_mut().poll(context).map(|()| None)
    })
    .await
}

fn unavailable(error: idb::Error) -> JournalError {
    JournalError::Unavailable(error.to_string())
}

fn full_or_unavailable(error: idb::Error) -> JournalError {
    let text = error.to_string();
    if text.contains("Quota") { JournalError::Full } else { JournalError::Unavailable(text) }
}

pub(super) fn to_js(intent: &Intent) -> Result<JsValue, JournalError> {
    intent
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| JournalError::Unavailable(error.to_string()))
}

/// Asks the browser not to clear this site's storage by itself. It may ask the person, or refuse; both are fine.
pub fn ask_to_persist() {
    if let Some(window) = web_sys::window()
        && let Ok(asked) = window.navigator().storage().persist()
    {
        // Heard, though there is nothing to do about a refusal: a page around an element would be told of it.
        wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(asked).await) });
    }
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
