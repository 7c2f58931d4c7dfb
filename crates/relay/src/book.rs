//! The intents: every change is stored first and told afterwards, in the same order.

use crate::clock::now_ms;
use crate::events::{Hub, Subscription};
use crate::intent::{Intent, IntentId, Stage};
use crate::store::{Reserved, Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};

/// How long intents are kept: the provider's own logs live two months.
const KEPT_MS: u64 = 60 * 24 * 60 * 60 * 1000;

/// The store and those who listen to it.
#[derive(Clone)]
pub(crate) struct Book(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    hub: Hub,
    /// Held from a change to its publication.
    order: Mutex<()>,
}

impl Book {
    /// Opens the book and returns it with its intents. What a crash left in `Sent` becomes `Unknown`.
    pub(crate) fn open(store: Arc<dyn Store>) -> Result<(Book, Vec<Intent>), StoreError> {
        let book = Book(Arc::new(Inner { store, hub: Hub::default(), order: Mutex::new(()) }));
        let mut intents = Vec::new();
        for intent in book.0.store.all()? {
            let intent = match intent.stage {
                Stage::Sent => book.change_now(&intent.id, &mut Intent::lost)?.unwrap_or(intent),
                _ => intent,
            };
            intents.push(intent);
        }
        intents.sort_by_key(|intent| intent.event);
        intents.iter().for_each(|intent| book.0.hub.publish(intent));
        Ok((book, intents))
    }

    pub(crate) async fn reserve(&self, intent: Intent) -> Result<Reserved, StoreError> {
        self.blocking(move |book| book.0.store.reserve(&intent)).await
    }

    pub(crate) async fn get(&self, id: IntentId) -> Result<Option<Intent>, StoreError> {
        self.blocking(move |book| book.0.store.get(&id)).await
    }

    /// Changes an intent, durably, and tells its caller.
    pub(crate) async fn change(
        &self,
        id: &IntentId,
        mut change: impl FnMut(&mut Intent) + Send + 'static,
    ) -> Result<Option<Intent>, StoreError> {
        let id = id.clone();
        self.blocking(move |book| book.change_now(&id, &mut change)).await
    }

    /// Keeps a text under a name, unless it is there already.
    pub(crate) async fn note(&self, name: String, text: String) -> Result<(), StoreError> {
        self.blocking(move |book| {
            if book.0.store.noted(&name)?.as_ref() == Some(&text) {
                return Ok(());
            }
            book.0.store.note(&name, &text)
        })
        .await
    }

    pub(crate) async fn noted(&self, name: String) -> Result<Option<String>, StoreError> {
        self.blocking(move |book| book.0.store.noted(&name)).await
    }

    pub(crate) async fn forget_old(&self) -> Result<(), StoreError> {
        self.blocking(|book| book.0.store.forget_before(now_ms().saturating_sub(KEPT_MS))).await
    }

    pub(crate) fn subscribe(&self, caller: &str, after: Option<u64>) -> Subscription {
        self.0.hub.subscribe(caller, after)
    }

    fn change_now(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent),
    ) -> Result<Option<Intent>, StoreError> {
        let _order = self.0.order.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = self.0.store.change(id, &mut |intent| {
            let before = intent.clone();
            change(intent);
            if *intent != before {
                intent.changed_ms = now_ms();
            }
        })?;
        if let Some(intent) = &changed {
            self.0.hub.publish(intent);
        }
        Ok(changed)
    }

    /// The store may block for a disk's time, which the runtime's own threads must not.
    async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Book) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let book = self.clone();
        match tokio::task::spawn_blocking(move || act(&book)).await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}
