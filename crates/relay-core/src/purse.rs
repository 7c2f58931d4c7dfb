//! What must hold before anything paid leaves: the caller's budget has room, and the provider is not failing.

use crate::breaker::{Breaker, Turned};
use crate::budget::Budget;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Everybody's budgets, and the breaker that they share.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Purse {
    /// What was spent, and may be.
    pub budget: Budget,
    breaker: Breaker,
}

/// Why a paid request may not leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// The caller has spent its credits for today.
    DailyCredits,
    /// The caller has asked for too many videos within ten seconds.
    Rate,
    /// The caller has as many videos in the making as it may.
    Concurrency,
    /// The provider fails.
    Breaker {
        /// When to ask again.
        wait_ms: u64,
    },
}

impl Purse {
    /// With what was spent today.
    pub fn new(budget: Budget) -> Purse {
        Purse { budget, breaker: Breaker::default() }
    }

    /// Takes the price of what is called `name`.
    ///
    /// # Errors
    /// Nothing may leave now.
    pub fn take(&mut self, caller: &str, name: &str, credits: f64, now_ms: u64) -> Result<(), Held> {
        self.budget.take(caller, name, credits, now_ms)?;
        self.breaker.admit(now_ms).map_err(|wait_ms| {
            self.refund(caller, name, credits, now_ms);
            Held::Breaker { wait_ms }
        })
    }

    /// The request was not even tried.
    pub fn withdraw(&mut self, caller: &str, name: &str, credits: f64, now_ms: u64) {
        self.breaker.withdrawn();
        self.refund(caller, name, credits, now_ms);
    }

    /// The price was not charged: the provider refused, or was not reached.
    pub fn refund(&mut self, caller: &str, name: &str, credits: f64, now_ms: u64) {
        self.budget.ended(caller, name);
        self.budget.give_back(caller, credits, now_ms);
    }

    /// How the provider took a request: whether its answer was clear, be it a refusal.
    pub fn ended(&mut self, is_clear: bool, now_ms: u64) -> Option<Turned> {
        if is_clear { self.breaker.succeeded() } else { self.breaker.failed(now_ms) }
    }

    /// Whether paid requests are held back.
    pub fn holds_back(&self) -> bool {
        self.breaker.is_open()
    }
}

impl Held {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Held::DailyCredits => 402,
            Held::Rate | Held::Concurrency => 429,
            Held::Breaker { .. } => 503,
        }
    }

    /// What is said, in words.
    pub fn words(self) -> &'static str {
        match self {
            Held::DailyCredits => {
                "This access token's credits for today are spent. Nothing was sent or charged."
            }
            Held::Concurrency => {
                "This access token has as many videos in the making as it may. Nothing was sent or charged."
            }
            Held::Rate => "Too many new videos for this access token. Nothing was sent or charged.",
            Held::Breaker { .. } => {
                "The provider has failed many times in a row, so the relay holds paid requests back for a while. \
                 Nothing was sent or charged."
            }
        }
    }

    /// What is said, for programs.
    pub fn data(self) -> Value {
        match self {
            Held::DailyCredits => json!({ "reason": "daily-credits" }),
            Held::Rate => json!({ "reason": "rate" }),
            Held::Concurrency => json!({ "reason": "concurrency" }),
            Held::Breaker { .. } => json!({ "reason": "breaker", "retryAfterSeconds": self.retry_after_s() }),
        }
    }

    /// After how many seconds to ask again, where waiting helps soon.
    pub fn retry_after_s(self) -> Option<u32> {
        match self {
            Held::DailyCredits => None,
            Held::Rate | Held::Concurrency => Some(10),
            Held::Breaker { wait_ms } => Some(u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX)),
        }
    }
}
