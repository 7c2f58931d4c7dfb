//! What must hold before anything paid leaves: the caller's budget has room, and the provider is not failing. Each
//! decision is an audit line in the log: `audit`, who, which intent, how many credits.

use crate::answer::Answer;
use crate::breaker::{Breaker, Turned};
use crate::budget::{Budget, Exceeded};
use crate::clock::now_ms;
use crate::metrics::Metrics;
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::{info, warn};

/// Everybody's budgets, and the breaker that they share.
pub(crate) struct Purse {
    budget: Mutex<Budget>,
    breaker: Mutex<Breaker>,
    metrics: Arc<Metrics>,
}

/// What one paid request takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price<'a> {
    pub(crate) caller: &'a str,
    /// The name of the intent, or of the upgrade.
    pub(crate) intent: &'a str,
    pub(crate) credits: f64,
}

impl Purse {
    pub(crate) fn new(budget: Budget, metrics: Arc<Metrics>) -> Purse {
        Purse { budget: Mutex::new(budget), breaker: Mutex::default(), metrics }
    }

    /// Takes the price, or says why nothing may leave now.
    pub(crate) fn take(&self, price: Price<'_>) -> Result<(), Answer> {
        let Price { caller, intent, credits } = price;
        lock(&self.budget).take(caller, credits, now_ms()).map_err(|exceeded| {
            self.metrics.over_budget.up();
            warn!(audit = "over budget", ?exceeded, caller, intent, credits, "a paid request was held back");
            over_budget(exceeded)
        })?;
        lock(&self.breaker).admit(now_ms()).map_err(|wait_ms| {
            self.refund(price);
            self.metrics.held_back.up();
            warn!(audit = "breaker", caller, intent, credits, wait_ms, "a paid request was held back");
            provider_fails(wait_ms)
        })
    }

    /// The request was not even tried.
    pub(crate) fn withdraw(&self, price: Price<'_>) {
        lock(&self.breaker).withdrawn();
        self.refund(price);
    }

    /// The price was not charged: the provider refused, or was not reached.
    pub(crate) fn refund(&self, price: Price<'_>) {
        lock(&self.budget).give_back(price.caller, price.credits, now_ms());
    }

    /// How the provider took a request: whether its answer was clear, be it a refusal.
    pub(crate) fn ended(&self, is_clear: bool) {
        let mut breaker = lock(&self.breaker);
        let turned = if is_clear { breaker.succeeded() } else { breaker.failed(now_ms()) };
        match turned {
            Some(Turned::Opened { pause_ms }) => {
                self.metrics.breaker_opened.up();
                warn!(audit = "breaker opened", pause_ms, "the provider fails: paid requests are held back");
            }
            Some(Turned::Closed) => info!(audit = "breaker closed", "the provider answers again"),
            None => {}
        }
    }

    /// Whether paid requests are held back.
    pub(crate) fn holds_back(&self) -> bool {
        lock(&self.breaker).is_open()
    }
}

fn provider_fails(wait_ms: u64) -> Answer {
    let seconds = u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX);
    let words = "The provider has failed many times in a row, so the relay holds paid requests back for a while. \
                 Nothing was sent or charged.";
    Answer::own(503, words, json!({ "reason": "breaker", "retryAfterSeconds": seconds })).retry_after(seconds)
}

fn over_budget(exceeded: Exceeded) -> Answer {
    match exceeded {
        Exceeded::DailyCredits => Answer::own(
            402,
            "This access token's credits for today are spent. Nothing was sent or charged.",
            json!({ "reason": "daily-credits" }),
        ),
        Exceeded::Rate => Answer::own(
            429,
            "Too many new videos for this access token. Nothing was sent or charged.",
            json!({ "reason": "rate" }),
        )
        .retry_after(10),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
