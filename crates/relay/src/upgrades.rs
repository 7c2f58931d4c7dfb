//! 1080p and 4K of finished videos. Only the first request for one costs; the same request again is the look at how far
//! it is. So what was bought is written down, before the first one leaves.

use crate::answer::Answer;
use crate::book::Book;
use crate::budget::DAY_MS;
use crate::clock::now_ms;
use crate::purse::{Price, Purse};
use crate::store::{Store, StoreError};
use crate::submit::not_stored;
use crate::upstream::SendError;
use std::sync::Arc;
use tokio::sync::Mutex;
use tracing::{info, warn};
use veo_api::{Reply, TaskId, read_1080p};
use vireo_core::price;

/// What was bought, and by whom.
pub(crate) struct Upgrades {
    book: Book,
    purse: Arc<Purse>,
    /// Held while the notes change.
    notes: Mutex<()>,
}

/// A first request for a 1080p version, which is paid for if the provider takes it.
#[derive(Debug)]
pub(crate) struct Purchase {
    caller: String,
    name: String,
}

impl Purchase {
    fn price(&self) -> Price<'_> {
        Price { caller: &self.caller, intent: &self.name, credits: price::UPGRADE_1080P }
    }
}

impl Upgrades {
    pub(crate) fn new(book: Book, purse: Arc<Purse>) -> Self {
        Upgrades { book, purse, notes: Mutex::default() }
    }

    /// Whether a 4K version was bought through this relay.
    pub(crate) async fn has_4k(&self, task: &TaskId, index: u32) -> bool {
        self.has(&name(task, "4k", index)).await.unwrap_or(false)
    }

    /// A 4K version was bought.
    pub(crate) async fn bought_4k(&self, task: &TaskId, index: u32) {
        if let Err(error) = self.book.note(name(task, "4k", index), BOUGHT.to_owned()).await {
            warn!("an upgrade could not be written down: {error}");
        }
    }

    /// Before a request for a 1080p version: `None` if it only looks.
    pub(crate) async fn begin_1080p(
        &self,
        caller: &str,
        task: &TaskId,
        index: u32,
    ) -> Result<Option<Purchase>, Answer> {
        let _notes = self.notes.lock().await;
        let purchase = Purchase { caller: caller.to_owned(), name: name(task, "1080p", index) };
        if self.has(&purchase.name).await.map_err(|error| not_stored(&error))? {
            return Ok(None);
        }
        self.purse.take(purchase.price())?;
        let noted = async {
            self.book.note(purchase.name.clone(), BOUGHT.to_owned()).await?;
            self.spend(caller, price::UPGRADE_1080P).await
        };
        if let Err(error) = noted.await {
            self.purse.withdraw(purchase.price());
            return Err(not_stored(&error));
        }
        info!(
            audit = "paid",
            caller,
            intent = purchase.name,
            credits = price::UPGRADE_1080P,
            "a paid request leaves"
        );
        Ok(Some(purchase))
    }

    /// After it: what was refused, or did not leave, is not bought.
    pub(crate) async fn end_1080p(&self, purchase: &Purchase, answer: &Result<Reply, SendError>) {
        let read = answer.as_ref().map(read_1080p);
        let is_refused = matches!(&read, Ok(Err(error)) if error.is_refusal());
        self.purse.ended(is_refused || matches!(read, Ok(Ok(_))));
        self.purse.over(&purchase.caller, &purchase.name);
        if is_refused || matches!(answer, Err(SendError::Unsent(_))) {
            let _notes = self.notes.lock().await;
            self.purse.refund(purchase.price());
            let undone = async {
                self.book.note(purchase.name.clone(), String::new()).await?;
                self.spend(&purchase.caller, -price::UPGRADE_1080P).await
            };
            if let Err(error) = undone.await {
                warn!("a refused upgrade could not be written down: {error}");
            }
        }
    }

    async fn has(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.book.noted(name.to_owned()).await?.as_deref() == Some(BOUGHT))
    }

    /// Adds to what a caller has spent today, which a restart must not forget.
    async fn spend(&self, caller: &str, credits: f64) -> Result<(), StoreError> {
        let today = now_ms() / DAY_MS;
        let noted = self.book.noted(purse_name(caller)).await?;
        let spent = noted.and_then(|text| spent_on(&text, today)).unwrap_or_default() + credits;
        self.book.note(purse_name(caller), format!("{today} {}", spent.max(0.0))).await
    }
}

/// What the callers have spent today on 1080p versions, by the store.
pub(crate) fn spent_today(
    store: &dyn Store,
    callers: &[String],
    now_ms: u64,
) -> Result<Vec<(String, f64)>, StoreError> {
    let mut all = Vec::new();
    for caller in callers {
        let noted = store.noted(&purse_name(caller))?;
        if let Some(spent) = noted.and_then(|text| spent_on(&text, now_ms / DAY_MS)) {
            all.push((caller.clone(), spent));
        }
    }
    Ok(all)
}

const BOUGHT: &str = "bought";

fn name(task: &TaskId, rendition: &str, index: u32) -> String {
    format!("upgrade {task} {rendition} {index}")
}

fn purse_name(caller: &str) -> String {
    format!("upgrades of {caller}")
}

fn spent_on(text: &str, day: u64) -> Option<f64> {
    let (noted, credits) = text.split_once(' ')?;
    (noted.parse() == Ok(day)).then(|| credits.parse().ok())?
}
