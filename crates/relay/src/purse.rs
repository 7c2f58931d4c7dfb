//! The purse of `vireo-relay-core`, for all threads. Each decision is an audit line in the log: `audit`, who, which
//! intent, how many credits.

use crate::answer::Answer;
use crate::breaker::Turned;
use crate::budget::Budget;
use crate::clock::now_ms;
use crate::metrics::Metrics;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::{info, warn};
use vireo_relay_core::purse::{Held, Purse as Rules};

/// Everybody's budgets, and the breaker that they share.
pub(crate) struct Purse {
    rules: Mutex<Rules>,
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
        Purse { rules: Mutex::new(Rules::new(budget)), metrics }
    }

    /// Takes the price, or says why nothing may leave now.
    pub(crate) fn take(&self, price: Price<'_>) -> Result<(), Answer> {
        let Price { caller, intent, credits } = price;
        self.rules().take(caller, intent, credits, now_ms()).map_err(|held| {
            let (audit, count) = match held {
                Held::DailyCredits | Held::Rate | Held::Concurrency => {
                    ("over budget", &self.metrics.over_budget)
                }
                Held::Breaker { .. } => ("breaker", &self.metrics.held_back),
            };
            count.up();
            warn!(audit, ?held, caller, intent, credits, "a paid request was held back");
            Answer::held(held)
        })
    }

    /// The request was not even tried.
    pub(crate) fn withdraw(&self, price: Price<'_>) {
        self.rules().withdraw(price.caller, price.intent, price.credits, now_ms());
    }

    /// The price was not charged: the provider refused, or was not reached.
    pub(crate) fn refund(&self, price: Price<'_>) {
        self.rules().refund(price.caller, price.intent, price.credits, now_ms());
    }

    /// There is nothing more to see of an intent: its place is free.
    pub(crate) fn over(&self, caller: &str, intent: &str) {
        self.rules().budget.ended(caller, intent);
    }

    /// How the provider took a request: whether its answer was clear, be it a refusal.
    pub(crate) fn ended(&self, is_clear: bool) {
        match self.rules().ended(is_clear, now_ms()) {
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
        self.rules().holds_back()
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
