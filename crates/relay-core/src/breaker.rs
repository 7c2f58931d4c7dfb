//! A breaker on paid requests: while the provider fails again and again, each further one would be another charge that
//! nobody can be sure of, so none leaves for a while, and then one that tries.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// So many failures in a row, none older than the window, open it.
const FAILURES: usize = 10;
const WINDOW_MS: u64 = 60_000;
/// How long it stays open at first; twice as long after each trial that fails.
const PAUSE_MS: u64 = 15_000;
const LONGEST_PAUSE_MS: u64 = 240_000;
/// A trial whose end is not heard of makes way for another.
const TRIAL_MS: u64 = 120_000;

/// What became of the failures so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Breaker {
    /// When the last failures happened, with no success among them.
    failures: VecDeque<u64>,
    open: Option<Open>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Open {
    pause_ms: u64,
    until_ms: u64,
    /// When the request left that tries.
    trial_ms: Option<u64>,
}

/// What a request's end did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// From now on none leaves.
    Opened {
        /// For so long.
        pause_ms: u64,
    },
    /// They leave again.
    Closed,
}

impl Breaker {
    /// Whether a paid request may leave.
    ///
    /// # Errors
    /// It may not; after how many milliseconds to ask again.
    pub fn admit(&mut self, now_ms: u64) -> Result<(), u64> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let free_ms = open.trial_ms.map_or(open.until_ms, |left| left + TRIAL_MS);
        if now_ms < free_ms {
            return Err(free_ms - now_ms);
        }
        open.trial_ms = Some(now_ms);
        Ok(())
    }

    /// An admitted request did not leave after all.
    pub fn withdrawn(&mut self) {
        if let Some(open) = &mut self.open {
            open.trial_ms = None;
        }
    }

    /// The provider has answered clearly, be it with a refusal.
    pub fn succeeded(&mut self) -> Option<Turned> {
        self.failures.clear();
        self.open.take().map(|_| Turned::Closed)
    }

    /// The provider was not reached, or did not answer clearly.
    pub fn failed(&mut self, now_ms: u64) -> Option<Turned> {
        let pause_ms = match &self.open {
            // Of a request that had left before.
            Some(open) if open.trial_ms.is_none() => return None,
            Some(open) => (open.pause_ms * 2).min(LONGEST_PAUSE_MS),
            None => {
                self.failures.push_back(now_ms);
                self.failures.retain(|at| at + WINDOW_MS > now_ms);
                if self.failures.len() < FAILURES {
                    return None;
                }
                PAUSE_MS
            }
        };
        self.failures.clear();
        self.open = Some(Open { pause_ms, until_ms: now_ms + pause_ms, trial_ms: None });
        Some(Turned::Opened { pause_ms })
    }

    /// Whether paid requests are held back.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(at_ms: u64) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert_eq!(breaker.failed(at_ms), None);
        }
        assert_eq!(breaker.failed(at_ms), Some(Turned::Opened { pause_ms: PAUSE_MS }));
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            for now in 1..FAILURES as u64 {
                assert_eq!((breaker.failed(now), breaker.admit(now)), (None, Ok(())));
            }
            assert_eq!(breaker.succeeded(), None);
        }
    }

    #[test]
    fn failures_of_long_ago_do_not_count() {
        let mut breaker = Breaker::default();
        assert!((0..100).all(|n| breaker.failed(n * WINDOW_MS / (FAILURES as u64 - 1)).is_none()));
    }

    #[test]
    fn one_tries_after_the_pause_and_closes_it() {
        let mut breaker = opened(1000);
        assert_eq!(breaker.admit(1000), Err(PAUSE_MS));
        assert_eq!(breaker.admit(999 + PAUSE_MS), Err(1));
        assert_eq!(breaker.admit(1000 + PAUSE_MS), Ok(()));
        assert_eq!(breaker.admit(1000 + PAUSE_MS), Err(TRIAL_MS));
        assert_eq!(breaker.succeeded(), Some(Turned::Closed));
        assert_eq!((breaker.admit(1001 + PAUSE_MS), breaker.is_open()), (Ok(()), false));
    }

    #[test]
    fn each_failed_trial_makes_the_pause_longer() {
        let mut breaker = opened(0);
        let mut now = PAUSE_MS;
        let mut pauses = Vec::new();
        for _ in 0..6 {
            assert_eq!(breaker.admit(now), Ok(()));
            let Some(Turned::Opened { pause_ms }) = breaker.failed(now) else { panic!("it opens") };
            pauses.push(pause_ms / 1000);
            now += pause_ms;
        }
        assert_eq!(pauses, [30, 60, 120, 240, 240, 240]);
    }

    #[test]
    fn late_failures_and_lost_trials_do_not_hold_it_open() {
        let mut breaker = opened(0);
        assert_eq!(breaker.failed(PAUSE_MS - 1), None);
        assert_eq!(breaker.admit(PAUSE_MS), Ok(()));
        breaker.withdrawn();
        assert_eq!(breaker.admit(PAUSE_MS), Ok(()));
        assert_eq!(breaker.admit(PAUSE_MS + TRIAL_MS), Ok(()));
    }
}
