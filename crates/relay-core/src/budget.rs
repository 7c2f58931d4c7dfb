//! What a caller may spend: credits per day, new tasks per ten seconds, and tasks at once.

use crate::intent::{Intent, Stage};
use crate::purse::Held;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};

/// A day of UTC.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const WINDOW_MS: u64 = 10_000;

/// What every caller may spend; `None` is without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Credits per day of UTC.
    pub daily_credits: Option<f64>,
    /// New tasks per ten seconds.
    pub rate: Option<usize>,
    /// Tasks without a verdict at once.
    pub concurrency: Option<usize>,
}

/// What was spent, by caller.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Budget {
    /// Those of today's settings, whatever they were when this was stored.
    #[serde(skip)]
    pub limits: Limits,
    spent: HashMap<String, Spent>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Spent {
    day: u64,
    credits: f64,
    recent: VecDeque<u64>,
    /// Since when, by the names of what is in the making.
    #[serde(default)]
    making: HashMap<String, u64>,
}

impl Budget {
    /// Begins with what was spent today: on the stored intents, and on what has none.
    pub fn new(limits: Limits, intents: &[Intent], others: &[(String, f64)], now_ms: u64) -> Budget {
        let mut budget = Budget { limits, spent: HashMap::new() };
        let today = now_ms / DAY_MS;
        let paid = |intent: &&Intent| {
            let may_have_cost = matches!(intent.stage, Stage::Sent | Stage::Accepted | Stage::Unknown);
            may_have_cost && intent.created_ms / DAY_MS == today
        };
        for intent in intents.iter().filter(paid) {
            let spent = budget.of(&intent.id.caller, now_ms);
            spent.credits += intent.credits;
        }
        for intent in intents.iter().filter(|intent| intent.to_follow().is_some()) {
            let spent = budget.of(&intent.id.caller, now_ms);
            spent.making.insert(intent.id.key.clone(), intent.created_ms);
        }
        for (caller, credits) in others {
            budget.of(caller, now_ms).credits += credits;
        }
        budget
    }

    /// Takes `credits` from the caller's budget for what is called `name`, which counts as in the making from now on.
    ///
    /// # Errors
    /// There is no room for them.
    pub fn take(&mut self, caller: &str, name: &str, credits: f64, now_ms: u64) -> Result<(), Held> {
        let limits = self.limits;
        let spent = self.of(caller, now_ms);
        while spent.recent.front().is_some_and(|at| at + WINDOW_MS <= now_ms) {
            spent.recent.pop_front();
        }
        if limits.rate.is_some_and(|rate| spent.recent.len() >= rate) {
            return Err(Held::Rate);
        }
        // Whoever should have told the end of one may be gone, and after a day a task is stale.
        spent.making.retain(|_, since| *since + DAY_MS > now_ms);
        if limits.concurrency.is_some_and(|most| spent.making.len() >= most) {
            return Err(Held::Concurrency);
        }
        if limits.daily_credits.is_some_and(|most| spent.credits + credits > most) {
            return Err(Held::DailyCredits);
        }
        spent.credits += credits;
        if limits.rate.is_some() {
            spent.recent.push_back(now_ms);
        }
        spent.making.insert(name.to_owned(), now_ms);
        Ok(())
    }

    /// What is called `name` has ended.
    pub fn ended(&mut self, caller: &str, name: &str) {
        if let Some(spent) = self.spent.get_mut(caller) {
            spent.making.remove(name);
        }
    }

    /// Gives back what was refused, or did not leave.
    pub fn give_back(&mut self, caller: &str, credits: f64, now_ms: u64) {
        let spent = self.of(caller, now_ms);
        spent.credits = (spent.credits - credits).max(0.0);
    }

    fn of(&mut self, caller: &str, now_ms: u64) -> &mut Spent {
        let spent = self.spent.entry(caller.to_owned()).or_default();
        let today = now_ms / DAY_MS;
        if spent.day != today {
            *spent = Spent { day: today, making: std::mem::take(&mut spent.making), ..Spent::default() };
        }
        spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_s_credits_end_and_come_back() {
        let limits = Limits { daily_credits: Some(100.0), ..Limits::default() };
        let mut budget = Budget::new(limits, &[], &[], 0);
        assert_eq!(budget.take("a", "1", 60.0, 1), Ok(()));
        assert_eq!(budget.take("a", "2", 60.0, 2), Err(Held::DailyCredits));
        assert_eq!(budget.take("b", "1", 60.0, 2), Ok(()));
        budget.give_back("a", 60.0, 3);
        assert_eq!(budget.take("a", "3", 60.0, 4), Ok(()));
        assert_eq!(budget.take("a", "4", 60.0, DAY_MS), Ok(()));
    }

    #[test]
    fn a_burst_ends_at_the_rate() {
        let mut budget = Budget::new(Limits { rate: Some(2), ..Limits::default() }, &[], &[], 0);
        assert_eq!([budget.take("a", "1", 1.0, 0), budget.take("a", "2", 1.0, 1)], [Ok(()), Ok(())]);
        assert_eq!(budget.take("a", "3", 1.0, WINDOW_MS - 1), Err(Held::Rate));
        assert_eq!(budget.take("a", "3", 1.0, WINDOW_MS), Ok(()));
    }

    #[test]
    fn a_place_is_free_again_once_something_has_ended() {
        let limits = Limits { concurrency: Some(2), ..Limits::default() };
        let mut budget = Budget::new(limits, &[], &[], 0);
        let mut take = |name, now_ms| budget.take("a", name, 1.0, now_ms);
        assert_eq!([take("1", 0), take("2", 0), take("3", 0)], [Ok(()), Ok(()), Err(Held::Concurrency)]);
        // Midnight ends nothing; what nobody has heard of for a day is not waited for.
        assert_eq!(take("3", DAY_MS - 1), Err(Held::Concurrency));
        budget.ended("a", "2");
        assert_eq!(budget.take("a", "3", 1.0, DAY_MS - 1), Ok(()));
        assert_eq!(budget.take("b", "1", 1.0, DAY_MS - 1), Ok(()));
        assert_eq!(budget.take("a", "4", 1.0, DAY_MS), Ok(()));
    }
}
