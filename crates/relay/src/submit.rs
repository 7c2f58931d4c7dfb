//! A paid request, at most once: reserved, then marked as sent, then sent, then its answer stored. Each step survives
//! a crash before the next begins.

use crate::answer::Answer;
use crate::book::Book;
use crate::callback::Addresses;
use crate::clock::now_ms;
use crate::follow::Follower;
use crate::intent::{Intent, IntentId, NOT_STORED, Stage, is_clear, unknown};
use crate::metrics::Metrics;
use crate::order::{Kind, Order};
use crate::purse::{Price, Purse};
use crate::store::{Reserved, StoreError};
use crate::upgrades::Upgrades;
use crate::upstream::{SendError, Upstream};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tracing::{error, info, warn};
use veo_api::Reply;

/// Waits before another attempt where the request provably did not leave.
const UNSENT_WAITS: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];
/// Attempts to store an answer, a second apart: until then nobody else may send the same.
const STORE_ATTEMPTS: u32 = 60;

const UNREACHED: &str = "The provider could not be reached, so nothing was sent or charged. Ask again later.";

/// Everything a paid request needs.
pub(crate) struct Submitter {
    pub(crate) upstream: Arc<dyn Upstream>,
    pub(crate) book: Book,
    pub(crate) follower: Arc<Follower>,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) purse: Arc<Purse>,
    pub(crate) upgrades: Arc<Upgrades>,
    /// Fingerprints of what is being worked on.
    pub(crate) in_flight: Mutex<HashMap<IntentId, String>>,
    pub(crate) metrics: Arc<Metrics>,
}

/// What a client asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) id: IntentId,
    /// Whether the client can ask again under the same key.
    pub(crate) keyed: bool,
    pub(crate) order: Order,
}

impl Submitter {
    /// Answers a wish. The work goes on even if nobody waits for the answer any more.
    pub(crate) async fn submit(self: &Arc<Self>, wish: Wish) -> Answer {
        let (answer, answered) = oneshot::channel();
        let submitter = Arc::clone(self);
        tokio::spawn(async move { submitter.work(wish, answer).await });
        answered.await.unwrap_or_else(|_| Answer::refusal(500, "The relay failed; see its log."))
    }

    /// Whether anything is being worked on.
    pub(crate) fn is_busy(&self) -> bool {
        !lock(&self.in_flight).is_empty()
    }

    async fn work(&self, wish: Wish, answer: oneshot::Sender<Answer>) {
        let tell = |told: Answer| drop(answer.send(told));
        let fingerprint = wish.order.fingerprint();
        let here = match self.enter(&wish.id, &fingerprint) {
            Ok(here) => here,
            Err(refusal) => return tell(refusal),
        };
        let (intent, sent) = match self.attempt(&wish).await {
            Ok(attempted) => attempted,
            Err(answer) => {
                drop(here);
                return tell(answer);
            }
        };
        // Stored before it is told: whoever asks again at once finds it.
        if let Some(after) = self.record(&intent, &sent).await {
            drop(here);
            return tell(first_answer(&after, &sent));
        }
        tell(first_answer(&intent, &sent));
        for _ in 0..STORE_ATTEMPTS {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if self.record(&intent, &sent).await.is_some() {
                return;
            }
        }
    }

    /// Sends the request if that is safe, and durably known to be about to happen.
    async fn attempt(&self, wish: &Wish) -> Result<(Intent, Result<Reply, SendError>), Answer> {
        let intent = Intent::new(wish.id.clone(), &wish.order, now_ms());
        match self.book.reserve(intent.clone()).await.map_err(|error| not_stored(&error))? {
            Reserved::New => {}
            Reserved::Existing(there) if there.fingerprint != intent.fingerprint => return Err(other_body()),
            Reserved::Existing(there) if there.may_send() => {}
            Reserved::Existing(there) => {
                self.metrics.replayed.up();
                return Err(told_before(&there));
            }
        }
        self.purse.take(price(&intent))?;
        if let Err(error) = self.book.change(&wish.id, |intent| intent.stage = Stage::Sent).await {
            self.purse.withdraw(price(&intent));
            return Err(not_stored(&error));
        }
        info!(
            audit = "paid",
            caller = wish.id.caller,
            intent = wish.id.key,
            credits = intent.credits,
            "a paid request leaves"
        );
        let sent = self.send(wish).await;
        self.purse.ended(sent.as_ref().is_ok_and(|reply| intent.is_answered_by(reply)));
        Ok((intent, sent))
    }

    /// One attempt; more only where none has left the house.
    async fn send(&self, wish: &Wish) -> Result<Reply, SendError> {
        let callback = self.addresses.callback(&wish.id);
        let request = wish.order.request(callback.as_deref());
        let mut waits = UNSENT_WAITS.iter().filter(|_| wish.keyed);
        loop {
            let sent = self.upstream.send(request.clone().into()).await;
            match (&sent, waits.next()) {
                (Err(error @ SendError::Unsent(_)), Some(wait)) => {
                    warn!(intent = wish.id.key, "{error}");
                    tokio::time::sleep(*wait).await;
                }
                (Err(error), _) => {
                    warn!(intent = wish.id.key, "{error}");
                    return sent;
                }
                (Ok(_), _) => return sent,
            }
        }
    }

    /// Stores what came back and returns the intent as it is then; `None` if that failed.
    async fn record(&self, intent: &Intent, sent: &Result<Reply, SendError>) -> Option<Intent> {
        let sent = sent.clone();
        let changed = self.book.change(&intent.id, move |intent| match &sent {
            Ok(reply) => intent.answered(reply, now_ms()),
            Err(SendError::Unsent(_)) => intent.unsent(),
            Err(SendError::Lost(_)) => intent.lost(),
        });
        match changed.await {
            Ok(after) => {
                // Sixty days old intents are forgotten, but none that is being worked on.
                let after = after.unwrap_or_else(|| intent.clone());
                match after.stage {
                    Stage::Accepted => self.metrics.accepted.up(),
                    Stage::Rejected => self.metrics.rejected.up(),
                    Stage::Reserved => self.metrics.unsent.up(),
                    Stage::Sent | Stage::Unknown => self.metrics.unknown.up(),
                }
                if matches!(after.stage, Stage::Reserved | Stage::Rejected) {
                    self.purse.refund(price(intent));
                }
                self.follower.follow(&after);
                if let (Kind::Upgrade4k, Stage::Accepted, Some(task)) =
                    (after.kind, after.stage, &after.original)
                {
                    self.upgrades.bought_4k(task, after.index).await;
                }
                Some(after)
            }
            Err(error) => {
                error!(intent = intent.id.key, "an answer could not be stored: {error}");
                None
            }
        }
    }

    /// Makes this the only work on the intent in this process.
    fn enter(&self, id: &IntentId, fingerprint: &str) -> Result<Here<'_>, Answer> {
        let mut in_flight = lock(&self.in_flight);
        match in_flight.get(id) {
            Some(other) if other != fingerprint => Err(other_body()),
            Some(_) => Err(Answer::refusal(409, "A request with this Idempotency-Key is being worked on.")
                .retry_after(1)),
            None => {
                in_flight.insert(id.clone(), fingerprint.to_owned());
                Ok(Here { all: &self.in_flight, id: id.clone() })
            }
        }
    }
}

/// Leaves when dropped, be it by a panic.
struct Here<'a> {
    all: &'a Mutex<HashMap<IntentId, String>>,
    id: IntentId,
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        lock(self.all).remove(&self.id);
    }
}

fn first_answer(intent: &Intent, sent: &Result<Reply, SendError>) -> Answer {
    match sent {
        Ok(reply) if is_clear(reply) => Answer::from_provider(reply.clone()),
        Err(SendError::Unsent(_)) => Answer::refusal(503, UNREACHED).retry_after(5),
        // A callback may have been faster than the answer that was lost.
        _ => match intent.stored_reply().filter(|_| intent.stage == Stage::Accepted) {
            Some(reply) => Answer::from_provider(reply),
            None => unknown(&intent.id).into(),
        },
    }
}

/// What is said under a key whose request has left before.
fn told_before(intent: &Intent) -> Answer {
    match (intent.stage, intent.stored_reply()) {
        (Stage::Accepted | Stage::Rejected, Some(reply)) => {
            Answer { replayed: true, ..Answer::from_provider(reply) }
        }
        _ => unknown(&intent.id).into(),
    }
}

fn price(intent: &Intent) -> Price<'_> {
    Price { caller: &intent.id.caller, intent: &intent.id.key, credits: intent.credits }
}

fn other_body() -> Answer {
    Answer::refusal(422, "This Idempotency-Key was used for another request. Nothing was sent.")
}

pub(crate) fn not_stored(error: &StoreError) -> Answer {
    error!("an intent could not be stored: {error}");
    Answer::refusal(503, NOT_STORED).retry_after(5)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
