//! What a schedule would cost and bring if tasks took this long: for benchmarks and tests, computed, not drawn.

use crate::lognormal::LogNormal;

/// How long refusals by the content policy take.
const REFUSAL: LogNormal = LogNormal { mu: 1.791_759_469_228_055, sigma: 0.5 };

/// What really happens, as far as a model can say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Durations of tasks that produce a video.
    pub tasks: LogNormal,
    /// Share of tasks that are refused early, around 6 s.
    pub refused: f64,
}

impl Truth {
    /// Tasks with this median and 95th percentile in seconds, none refused.
    pub fn from_percentiles(median_s: f64, p95_s: f64) -> Self {
        let z95 = 1.644_853_626_951_472_7;
        Truth { tasks: LogNormal::with_median(median_s, (p95_s / median_s).ln() / z95), refused: 0.0 }
    }

    fn cdf(&self, t: f64) -> f64 {
        (1.0 - self.refused) * self.tasks.cdf(t) + self.refused * REFUSAL.cdf(t)
    }

    fn mean_below(&self, t: f64) -> f64 {
        (1.0 - self.refused) * self.tasks.mean_below(t) + self.refused * REFUSAL.mean_below(t)
    }

    /// No schedule has a smaller product of mean lag and requests, at high rates: ½ (∫ √(f·S) dt)², in seconds.
    pub fn bound(&self) -> f64 {
        let step = 0.02;
        let end = self.tasks.quantile(0.999_999);
        let steps = (end / step) as usize;
        let root = |i: usize| {
            let t = (i as f64 + 0.5) * step;
            (self.tasks.pdf(t) * (1.0 - self.tasks.cdf(t)).max(0.0)).sqrt()
        };
        0.5 * ((0..steps).map(root).sum::<f64>() * step).powi(2)
    }
}

/// What a schedule costs and brings, per task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Expected requests.
    pub looks: f64,
    /// Mean time from ready to noticed, in seconds.
    pub mean_lag_s: f64,
    /// 95 of 100 tasks are noticed within this many seconds.
    pub p95_lag_s: f64,
}

/// The figures of looking at these ages (ascending, in seconds, reaching past the longest task).
pub fn run(looks: &[f64], truth: &Truth) -> Figures {
    let mut figures = Figures { looks: 0.0, mean_lag_s: 0.0, p95_lag_s: 0.0 };
    for (begin, end) in gaps(looks) {
        let ready = truth.cdf(end) - truth.cdf(begin);
        figures.looks += 1.0 - truth.cdf(begin);
        figures.mean_lag_s += end * ready - (truth.mean_below(end) - truth.mean_below(begin));
    }
    let noticed_within = |lag: f64| -> f64 {
        gaps(looks).map(|(begin, end)| truth.cdf(end) - truth.cdf(begin.max(end - lag))).sum()
    };
    let (mut low, mut high) = (0.0, looks.last().copied().unwrap_or_default());
    for _ in 0..60 {
        let lag = 0.5 * (low + high);
        if noticed_within(lag) < 0.95 {
            low = lag;
        } else {
            high = lag;
        }
    }
    figures.p95_lag_s = high;
    figures
}

/// Looks at a fixed interval in seconds, for a day.
pub fn every(seconds: f64) -> Vec<f64> {
    let count = (crate::schedule::STALE_AFTER_S / seconds) as usize;
    (1..=count).map(|i| i as f64 * seconds).collect()
}

fn gaps(looks: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let begins = std::iter::once(0.0).chain(looks.iter().copied());
    begins.zip(looks.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn close(figure: f64, expected: f64, within: f64) -> bool {
        (figure - expected).abs() <= within
    }

    // Fixed intervals have a lag of half the interval, and the request counts published with the goals.
    #[rstest]
    #[case(150.0, 300.0, 30.0, 6.0)]
    #[case(150.0, 300.0, 10.0, 16.9)]
    #[case(150.0, 300.0, 5.0, 33.3)]
    #[case(75.0, 140.0, 30.0, 3.2)]
    #[case(75.0, 140.0, 10.0, 8.6)]
    #[case(75.0, 140.0, 5.0, 16.6)]
    fn fixed_intervals_cost_what_they_are_known_to(
        #[case] median: f64,
        #[case] p95: f64,
        #[case] interval: f64,
        #[case] looks: f64,
    ) {
        let figures = run(&every(interval), &Truth::from_percentiles(median, p95));
        assert!(close(figures.looks, looks, 0.05), "{figures:?}");
        assert!(close(figures.mean_lag_s, interval / 2.0, 0.02), "{figures:?}");
        assert!(close(figures.p95_lag_s, 0.95 * interval, 0.05), "{figures:?}");
    }

    #[test]
    fn the_bounds_are_the_known_ones() {
        assert!(close(Truth::from_percentiles(150.0, 300.0).bound(), 53.7, 0.05));
        assert!(close(Truth::from_percentiles(75.0, 140.0).bound(), 24.5, 0.05));
    }

    #[test]
    fn uneven_looks_have_the_figures_that_counting_gives() {
        let looks = [60.0, 70.0, 100.0, 105.0, 300.0, 2_000.0];
        let truth = Truth { refused: 0.2, ..Truth::from_percentiles(75.0, 140.0) };
        let step = 0.01;
        let counted = (0..200_000).map(|i| {
            let t = (f64::from(i) + 0.5) * step;
            let next = looks.partition_point(|look| *look < t);
            let share = truth.cdf(t + 0.5 * step) - truth.cdf(t - 0.5 * step);
            (looks[next] - t, next as f64 + 1.0, share)
        });
        let mut counted: Vec<_> = counted.collect();
        counted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut lag, mut looked, mut noticed, mut p95) = (0.0, 0.0, 0.0, 0.0);
        for (wait, looks, share) in counted {
            lag += wait * share;
            looked += looks * share;
            if noticed < 0.95 {
                p95 = wait;
            }
            noticed += share;
        }
        let figures = run(&looks, &truth);
        assert!(close(figures.mean_lag_s, lag, 0.01), "{figures:?} {lag}");
        assert!(close(figures.looks, looked, 0.001), "{figures:?} {looked}");
        assert!(close(figures.p95_lag_s, p95, 0.05), "{figures:?} {p95}");
    }

    #[test]
    fn early_refusals_are_noticed_at_the_first_look_after_them() {
        let truth = Truth { refused: 1.0, ..Truth::from_percentiles(150.0, 300.0) };
        let figures = run(&[1_000.0], &truth);
        let mean = (6f64.ln() + 0.125).exp();
        assert!(close(figures.mean_lag_s, 1_000.0 - mean, 1e-6), "{figures:?}");
        assert!(close(figures.looks, 1.0, 1e-9));
    }
}
