//! The journal in IndexedDB: one record per intent, written with strict durability before anything is paid for.

mod records;
mod schema;

pub use records::from_js;
pub(super) use records::to_js;
pub use schema::{MEDIA, NOTES, exists};

use crate::browser::tab::TabShelf;
use idb::{Database, ObjectStore, Query, Transaction, TransactionMode};
use js_sys::{Array, Function, Object, Reflect};
use schema::INTENTS;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vireo_client::{JournalError, ShelfJournal};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbDatabase;

/// A transaction takes some milliseconds; one that takes this long is held up.
const ANSWER_TIMEOUT_MS: u32 = 5_000;

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
        let raw = schema::open(&self.inner.name).await?;
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

/// Asks the browser not to clear this site's storage by itself. It may ask the person, or refuse; both are fine.
pub fn ask_to_persist() {
    if let Some(window) = web_sys::window()
        && let Ok(asked) = window.navigator().storage().persist()
    {
        // Heard, though there is nothing to do about a refusal: a page around an element would be told of it.
        wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(asked).await) });
    }
}
