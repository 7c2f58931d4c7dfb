//! How long a task will take: the prior, what this browser has learned, and the words for what is left.

use crate::lognormal::LogNormal;
use serde::{Deserialize, Serialize};

/// Spread of the prior: p95 at 1.8 times the median. Measured tasks have 1.9 to 2.0; the broad part adds the rest.
const PRIOR_SIGMA: f64 = 0.36;

/// How many measured tasks the prior counts for.
const PRIOR_WEIGHT: f64 = 3.0;

/// Learning never becomes surer than this.
const MIN_SIGMA: f64 = 0.15;

/// Nor less sure than this: wider says nothing.
const MAX_SIGMA: f64 = 1.2;

/// Share and spread of the broad part. A confident wrong expectation costs much more than a modest one.
const BROAD_SHARE: f64 = 0.25;
const BROAD_SIGMA: f64 = 0.6;

/// Believable medians, in seconds.
const MIN_MEDIAN_S: f64 = 0.5;
const MAX_MEDIAN_S: f64 = 3_600.0;

/// Nobody generated for longer than a day.
const MAX_SECONDS: f64 = 86_400.0;

/// Tasks that are remembered; older ones fade, for the provider's speed drifts.
const MEMORY: u32 = 50;

/// What was learned about one kind of task: mean and scatter of ln(seconds).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    n: u32,
    mean: f64,
    m2: f64,
}

impl Durations {
    /// Adds one finished task. Nonsense (not finite, not positive, longer than a day) is ignored.
    pub fn learn(&mut self, seconds: f64) {
        if !(seconds > 0.0 && seconds <= MAX_SECONDS) {
            return;
        }
        if self.n >= MEMORY {
            self.m2 *= f64::from(MEMORY - 1) / f64::from(self.n);
            self.n = MEMORY - 1;
        }
        self.n += 1;
        let x = seconds.ln();
        let before = x - self.mean;
        self.mean += before / f64::from(self.n);
        self.m2 += before * (x - self.mean);
    }

    /// How many tasks it rests on.
    pub fn count(&self) -> u32 {
        self.n
    }
}

/// The durations expected of one kind of task: a fitted part and a broad one around the same median.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distribution {
    fit: LogNormal,
    broad: LogNormal,
}

impl Distribution {
    /// From the typical (median) duration in seconds alone.
    pub fn from_prior(median_s: f64) -> Self {
        Distribution::fitted(median_s, &Durations::default())
    }

    /// From the typical duration and what was learned; both may be any numbers that a file can hold.
    pub fn fitted(median_s: f64, learned: &Durations) -> Self {
        let believable = MIN_MEDIAN_S.ln()..=MAX_MEDIAN_S.ln();
        let prior = if median_s.is_nan() { MIN_MEDIAN_S } else { median_s };
        let prior = prior.clamp(MIN_MEDIAN_S, MAX_MEDIAN_S).ln();
        let (n, mean, m2) = (f64::from(learned.n), learned.mean, learned.m2.max(0.0));
        let usable = mean.is_finite() && m2.is_finite();
        let n = if usable { n } else { 0.0 };
        let total = PRIOR_WEIGHT + n;
        let mut mu = prior;
        let mut variance = PRIOR_SIGMA * PRIOR_SIGMA;
        if n > 0.0 {
            mu = (PRIOR_WEIGHT * prior + n * mean) / total;
            let between = PRIOR_WEIGHT * n / total * (mean - prior).powi(2);
            variance = (PRIOR_WEIGHT * variance + m2 + between) / total;
        }
        let median = mu.clamp(*believable.start(), *believable.end()).exp();
        let sigma = variance.sqrt().clamp(MIN_SIGMA, MAX_SIGMA);
        Distribution {
            fit: LogNormal::with_median(median, sigma),
            broad: LogNormal::with_median(median, BROAD_SIGMA.max(sigma)),
        }
    }

    /// The median in seconds.
    pub fn median(&self) -> f64 {
        self.fit.median()
    }

    /// What only one task in 200 exceeds if the fitted part is right, in seconds.
    pub fn longest_usual(&self) -> f64 {
        self.fit.quantile(0.995)
    }

    /// Probability that a task has finished by this age in seconds.
    pub fn cdf(&self, age_s: f64) -> f64 {
        (1.0 - BROAD_SHARE) * self.fit.cdf(age_s) + BROAD_SHARE * self.broad.cdf(age_s)
    }
}

/// What is left, in the three steps that can honestly be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Eta {
    /// Before the usual time: half of the tasks of this age need no longer than this.
    About {
        /// Seconds from now.
        seconds: f64,
    },
    /// Past the usual time, within the usual spread.
    Soon,
    /// Longer than 19 of 20.
    Longer,
}

/// What can be told about a task of this age in seconds.
pub fn eta(expected: &Distribution, age_s: f64) -> Eta {
    let fit = &expected.fit;
    let done = fit.cdf(age_s);
    if done >= 0.95 {
        Eta::Longer
    } else if done >= 0.5 {
        Eta::Soon
    } else {
        Eta::About { seconds: fit.quantile(0.5 * (1.0 + done)) - age_s.max(0.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn learned(seconds: &[f64]) -> Durations {
        let mut durations = Durations::default();
        for second in seconds {
            durations.learn(*second);
        }
        durations
    }

    #[test]
    fn learning_is_the_mean_and_scatter_of_the_logarithm() {
        let durations = learned(&[60.0, 90.0, 135.0]);
        let step = 1.5f64.ln();
        assert!((durations.mean - 90f64.ln()).abs() < 1e-12);
        assert!((durations.m2 - 2.0 * step * step).abs() < 1e-12);
    }

    #[test]
    fn nonsense_is_not_learned() {
        let mut durations = learned(&[60.0]);
        let before = durations;
        for seconds in [0.0, -5.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 86_401.0] {
            durations.learn(seconds);
        }
        assert_eq!(durations, before);
    }

    #[test]
    fn ten_tasks_outweigh_a_prior_that_was_off_by_two() {
        for factor in [0.5, 2.0] {
            let truth = LogNormal::with_median(150.0 * factor, 0.4);
            let tenths: Vec<f64> = (0..10).map(|i| truth.quantile(0.05 + 0.1 * f64::from(i))).collect();
            let median = Distribution::fitted(150.0, &learned(&tenths)).median();
            assert!((0.8..1.25).contains(&(median / truth.median())), "{median}");
        }
    }

    #[test]
    fn a_provider_that_became_slower_is_followed() {
        let mut durations = learned(&[60.0; 500]);
        for _ in 0..100 {
            durations.learn(240.0);
        }
        assert!(Distribution::fitted(60.0, &durations).median() > 180.0);
        assert!(durations.count() <= MEMORY);
    }

    #[test]
    fn what_is_told_goes_from_a_time_to_soon_to_longer() {
        let veo3 = Distribution::from_prior(150.0);
        assert!(
            matches!(eta(&veo3, 0.0), Eta::About { seconds } if (seconds - 150.0).abs() < 0.1),
            "{:?}",
            eta(&veo3, 0.0)
        );
        assert!(matches!(eta(&veo3, 100.0), Eta::About { seconds } if (50.0..70.0).contains(&seconds)));
        assert_eq!(eta(&veo3, 160.0), Eta::Soon);
        assert_eq!(eta(&veo3, 300.0), Eta::Longer);
        assert_eq!(eta(&veo3, 1e9), Eta::Longer);
    }

    proptest! {
        #[test]
        fn the_time_left_is_positive_and_never_jumps_up(median in 0.5f64..3600.0, step in 1u32..40) {
            let expected = Distribution::from_prior(median);
            let at = |share: u32| eta(&expected, median * f64::from(share) / 40.0);
            let (before, after) = (at(step - 1), at(step));
            if let (Eta::About { seconds: before }, Eta::About { seconds: after }) = (before, after) {
                prop_assert!(after > 0.0 && after <= before + 1e-6);
            }
            let back = matches!((before, after), (Eta::Soon, Eta::About { .. }));
            prop_assert!(!back);
        }

        #[test]
        fn whatever_was_stored_gives_a_usable_distribution(
            median in any::<f64>(), n in any::<u32>(), mean in any::<f64>(), m2 in any::<f64>(),
        ) {
            let expected = Distribution::fitted(median, &Durations { n, mean, m2 });
            prop_assert!((0.49..3_601.0).contains(&expected.median()));
            prop_assert!((0.0..=1.0).contains(&expected.cdf(expected.median())));
            prop_assert!(expected.longest_usual().is_finite());
        }
    }
}
