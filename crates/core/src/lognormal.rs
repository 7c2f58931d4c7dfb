//! The log-normal distribution: how long machines take to finish work.

use std::f64::consts::{SQRT_2, TAU};

/// A duration in seconds whose logarithm is normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    /// Mean of the logarithm.
    pub mu: f64,
    /// Standard deviation of the logarithm; above 0.
    pub sigma: f64,
}

impl LogNormal {
    /// The distribution with this median in seconds.
    pub fn with_median(seconds: f64, sigma: f64) -> Self {
        LogNormal { mu: seconds.ln(), sigma }
    }

    /// The duration that half of all stay below, in seconds.
    pub fn median(&self) -> f64 {
        self.mu.exp()
    }

    /// Share of durations up to `t` seconds.
    pub fn cdf(&self, t: f64) -> f64 {
        if t > 0.0 { normal_cdf(self.z(t)) } else { 0.0 }
    }

    /// Density at `t` seconds, per second.
    pub fn pdf(&self, t: f64) -> f64 {
        if t > 0.0 { (-0.5 * self.z(t).powi(2)).exp() / (t * self.sigma * TAU.sqrt()) } else { 0.0 }
    }

    /// The part of the mean that durations up to `t` seconds contribute.
    pub fn mean_below(&self, t: f64) -> f64 {
        if t > 0.0 {
            (self.mu + 0.5 * self.sigma * self.sigma).exp() * normal_cdf(self.z(t) - self.sigma)
        } else {
            0.0
        }
    }

    /// The duration that a share `q` of all stays below, in seconds; `q` between 0 and 1.
    pub fn quantile(&self, q: f64) -> f64 {
        let (mut low, mut high) = (-8.0, 8.0);
        for _ in 0..50 {
            let z = 0.5 * (low + high);
            if normal_cdf(z) < q {
                low = z;
            } else {
                high = z;
            }
        }
        (self.mu + self.sigma * high).exp()
    }

    fn z(&self, t: f64) -> f64 {
        (t.ln() - self.mu) / self.sigma
    }
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// Complementary error function by a Chebyshev fit; relative error below 1.2e-7 everywhere (Numerical Recipes).
fn erfc(x: f64) -> f64 {
    const FIT: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let t = 1.0 / (1.0 + 0.5 * x.abs());
    let polynomial = FIT.iter().fold(0.0, |sum, factor| sum * t + factor);
    let tail = t * (polynomial - x * x).exp();
    if x >= 0.0 { tail } else { 2.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0.0, 1.0)]
    #[case(0.5, 0.479_500_122_186_953_5)]
    #[case(1.0, 0.157_299_207_050_285_13)]
    #[case(3.0, 2.209_049_699_858_544e-5)]
    #[case(6.0, 2.151_973_671_249_891e-17)]
    #[case(-1.0, 1.842_700_792_949_715)]
    fn erfc_is_right_to_seven_digits(#[case] x: f64, #[case] expected: f64) {
        assert!((erfc(x) / expected - 1.0).abs() < 1.2e-7, "{}", erfc(x));
    }

    #[test]
    fn quantiles_undo_the_distribution() {
        let veo3 = LogNormal::with_median(150.0, 0.421_4);
        assert!((veo3.median() - 150.0).abs() < 1e-9);
        assert!((veo3.quantile(0.95) - 300.0).abs() < 0.1);
        for q in [0.001, 0.1, 0.5, 0.9, 0.999] {
            assert!((veo3.cdf(veo3.quantile(q)) - q).abs() < 1e-6);
        }
    }

    #[test]
    fn density_and_partial_mean_are_the_derivatives_they_claim_to_be() {
        let d = LogNormal::with_median(75.0, 0.38);
        for t in [20.0, 75.0, 200.0] {
            let h = 0.01;
            let slope = (d.cdf(t + h) - d.cdf(t - h)) / (2.0 * h);
            assert!((slope / d.pdf(t) - 1.0).abs() < 1e-3);
            let slope = (d.mean_below(t + h) - d.mean_below(t - h)) / (2.0 * h);
            assert!((slope / (t * d.pdf(t)) - 1.0).abs() < 1e-3);
        }
        assert_eq!((d.cdf(0.0), d.pdf(-1.0), d.mean_below(0.0)), (0.0, 0.0, 0.0));
    }
}
