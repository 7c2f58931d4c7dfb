//! What the database holds, and how it is opened.

use super::unavailable;
use crate::browser::task::spawn_local;
use futures_channel::oneshot;
use idb::{Database, Factory, IndexParams, KeyPath, ObjectStoreParams};
use js_sys::{Array, Function, Promise, Reflect};
use vireo_client::JournalError;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbOpenDbRequest};

/// Raised when stores or indexes change; [`upgrade`] says how.
const DATABASE_VERSION: u32 = 1;
/// Records, by intent id.
pub(super) const INTENTS: &str = "intents";
/// Small things by name, such as [`crate::browser::remember`]'s.
pub const NOTES: &str = "notes";
/// Bytes of finished videos, by intent id; see [`crate::browser::save`].
pub const MEDIA: &str = "media";
/// The index of the records by when they were sent.
pub(super) const BY_SENT: &str = "sent_ms";

/// A storage that does not answer within this time counts as blocked.
const OPEN_TIMEOUT_MS: u32 = 3_000;

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

/// Opens the database. By the browser's own request: the future that `idb` makes of one forgets its closures, at every
/// opening.
pub(super) async fn open(name: &str) -> Result<IdbDatabase, JournalError> {
    let factory = Factory::new().map_err(unavailable)?;
    let request: IdbOpenDbRequest = factory.open(name, Some(DATABASE_VERSION)).map_err(unavailable)?.into();
    let (sender, opened) = oneshot::channel();
    // It goes on where nobody waits any more: what comes late is brought up to date and closed.
    spawn_local(async move {
        let outcome = settled(&request).await;
        if let Err(Ok(late)) = sender.send(outcome) {
            late.close();
        }
    });
    let timeout = gloo_timers::future::TimeoutFuture::new(OPEN_TIMEOUT_MS);
    match super::race(opened, timeout).await {
        Some(Ok(outcome)) => outcome,
        _ => Err(JournalError::Unavailable("it does not answer".into())),
    }
}

/// What a request to open comes to. Its handlers live as long as it is under way.
async fn settled(request: &IdbOpenDbRequest) -> Result<IdbDatabase, JournalError> {
    let asking = request.clone();
    let upgrading = Closure::once(move || {
        if let Ok(database) = asking.result() {
            upgrade(&Database::from(database.unchecked_into::<IdbDatabase>())).ok();
        }
    });
    request.set_onupgradeneeded(Some(upgrading.as_ref().unchecked_ref()));
    let settling = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    let outcome = JsFuture::from(settling).await;
    match outcome.and_then(|_| request.result()) {
        Ok(database) => Ok(database.unchecked_into()),
        Err(_) => Err(match request.error() {
            Ok(Some(error)) => unavailable(idb::Error::DomException(error)),
            _ => JournalError::Unavailable("it does not open".into()),
        }),
    }
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
