//! Prints what the poll schedule costs and brings beside fixed intervals: `cargo xtask bench polls`.
//!
//! Nothing is drawn at random: the figures are computed for log-normal durations. "× floor" is requests times mean lag
//! over the least that any schedule reaches.

use vireo_core::lognormal::LogNormal;
use vireo_core::schedule::{Distribution, Durations, STALE_AFTER_S, Schedule};
use vireo_core::simulate::{Figures, Truth, every, run};

struct Model {
    name: &'static str,
    median_s: f64,
    p95_s: f64,
    /// Requests and mean lag in seconds that must be kept.
    goal: Option<(f64, f64)>,
}

const MODELS: [Model; 3] = [
    Model { name: "veo3", median_s: 150.0, p95_s: 300.0, goal: Some((21.0, 3.0)) },
    Model { name: "veo3_fast", median_s: 75.0, p95_s: 140.0, goal: Some((15.0, 2.0)) },
    Model { name: "veo3_lite", median_s: 60.0, p95_s: 112.0, goal: None },
];

fn main() {
    for Model { name, median_s, p95_s, goal } in MODELS {
        let truth = Truth::from_percentiles(median_s, p95_s);
        let floor = truth.bound();
        let ours = Schedule::solve(&Distribution::from_prior(median_s));
        println!("\n{name}: median {median_s} s, p95 {p95_s} s, floor {floor:.1} s");
        println!("{:<52}{:>9}{:>8}{:>8}{:>9}", "schedule", "requests", "lag s", "p95 s", "× floor");
        println!("{}", "─".repeat(86));
        for interval in [30.0, 10.0, 5.0] {
            row(&format!("fixed {interval} s"), &every(interval), &truth);
        }
        row("Vireo", ours.looks(), &truth);
        for factor in [0.5, 2.0] {
            let truth = stretched(&truth, factor);
            row(&format!("Vireo, tasks take {factor} times as long"), ours.looks(), &truth);
        }
        for factor in [0.5, 1.0, 2.0] {
            let truth = stretched(&truth, factor);
            let looks = at_requests_of_30_s(&after_ten_tasks(median_s, &truth), &truth);
            row(&format!("Vireo, {factor} times, ten tasks learned, fixed 30 s + 1"), &looks, &truth);
        }
        let refused = run(ours.looks(), &Truth { refused: 1.0, ..truth });
        println!("A task that is refused after 6 s is noticed {:.1} s later.", refused.mean_lag_s);
        let never = ours.looks().partition_point(|look| *look < STALE_AFTER_S);
        println!("A task that never ends is looked at {never} times in 24 hours.");
        if let Some((requests, lag)) = goal {
            let Figures { looks, mean_lag_s, .. } = run(ours.looks(), &truth);
            let kept = looks <= requests && mean_lag_s <= lag && looks * mean_lag_s <= 1.1 * floor;
            let verdict = if kept { "kept" } else { "MISSED" };
            println!("Goal: {requests} requests, {lag} s, 1.1 × floor: {verdict}.");
        }
    }
}

fn row(name: &str, looks: &[f64], truth: &Truth) {
    let Figures { looks, mean_lag_s, p95_lag_s } = run(looks, truth);
    let ratio = looks * mean_lag_s / truth.bound();
    println!("{name:<52}{looks:>9.1}{mean_lag_s:>8.2}{p95_lag_s:>8.1}{ratio:>9.2}");
}

fn stretched(truth: &Truth, factor: f64) -> Truth {
    let tasks = LogNormal::with_median(factor * truth.tasks.median(), truth.tasks.sigma);
    Truth { tasks, ..*truth }
}

/// What is expected after ten tasks, one from the middle of each tenth.
fn after_ten_tasks(prior_median_s: f64, truth: &Truth) -> Distribution {
    let mut learned = Durations::default();
    for tenth in 0..10 {
        learned.learn(truth.tasks.quantile(0.05 + 0.1 * f64::from(tenth)));
    }
    Distribution::fitted(prior_median_s, &learned)
}

/// The schedule that spends one request more than a look every 30 s.
fn at_requests_of_30_s(expected: &Distribution, truth: &Truth) -> Vec<f64> {
    let most = run(&every(30.0), truth).looks + 1.0;
    let costs = (0..200).map(|step| 0.1 * 1.03f64.powi(step));
    let plans = costs.map(|cost| Schedule::solve_at(expected, cost).looks().to_vec());
    plans.into_iter().find(|looks| run(looks, truth).looks <= most).unwrap_or_default()
}
