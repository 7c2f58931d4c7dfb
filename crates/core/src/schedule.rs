//! When to look at a task: the ages at which a look pays, solved exactly for the durations expected.
//!
//! A look costs, waiting unnoticed costs; a dynamic programme over a grid of ages finds the cheapest plan. It depends on
//! the age alone, so a page that was away goes on with the next entry. Lanes, with the looks of a task that never ends
//! for the priors 150, 75 and 60 s:
//! - one early look at 9 s, for refusals that come at once;
//! - the plan, with gaps of 3 to 45 s, to the age that one task in 200 exceeds (64, 46 and 39 looks);
//! - then each gap is a fifth longer than the one before, up to 60 s (31, 36 and 37 looks until 30 minutes);
//! - after 30 minutes on to 10 minutes, which is reached before 2 hours (149 looks until 24 hours).

pub use crate::durations::{Distribution, Durations, Eta, eta};

/// Age at which a task without a verdict is called stale, in seconds.
pub const STALE_AFTER_S: f64 = 86_400.0;

/// What a look may cost: this many seconds of a person's waiting.
const LOOK_COST_S: f64 = 0.15;

/// Age of the first look: most refusals come in 5 to 10 s, and before 5 s the provider may not know the task yet.
const EARLY_LOOK_S: f64 = 9.0;

const LEAST_GAP_S: f64 = 3.0;
const GREATEST_GAP_S: f64 = 45.0;

/// Tasks that take less than this have all times shortened alike (to a tenth at most): demos and tests.
const SHORT_TASK_S: f64 = 20.0;

/// Fineness of the plan: ages on a grid of half a second, or a thousand of them.
const GRID_S: f64 = 0.5;
const GRID_POINTS: f64 = 1_000.0;

/// Growth of a gap over the one before, past what is usual.
const GROWTH: f64 = 1.2;
const SLOW_AFTER_S: f64 = 1_800.0;
const SLOW_GAP_S: f64 = 60.0;
const SLOWEST_GAP_S: f64 = 600.0;

/// Most looks at a task that never ends; with the last ones before it is called stale that makes 250 in 25 hours.
const MOST_LOOKS: usize = 247;

/// The ages at which a task is looked at. It never ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    looks: Vec<f64>,
    least_gap_s: f64,
}

impl Schedule {
    /// The best plan for these durations that also keeps a task that never ends within its budget of looks.
    pub fn solve(expected: &Distribution) -> Schedule {
        let mut look_cost_s = LOOK_COST_S;
        loop {
            let schedule = Schedule::solve_at(expected, look_cost_s);
            if schedule.looks.len() <= MOST_LOOKS || look_cost_s > 10.0 {
                return schedule;
            }
            look_cost_s *= 1.25;
        }
    }

    /// The best plan if one look is worth `look_cost_s` seconds of waiting: the more it costs, the fewer looks.
    pub fn solve_at(expected: &Distribution, look_cost_s: f64) -> Schedule {
        let scale = (expected.median() / SHORT_TASK_S).clamp(0.1, 1.0);
        let begin_s = EARLY_LOOK_S * scale;
        let end_s = expected.longest_usual().clamp(2.0 * begin_s, SLOW_AFTER_S);
        let rules = Rules {
            grid_s: (GRID_S * scale).max((end_s - begin_s) / GRID_POINTS),
            begin_s,
            end_s,
            least_gap_s: LEAST_GAP_S * scale,
            greatest_gap_s: GREATEST_GAP_S,
            look_cost_s: look_cost_s * scale,
        };
        let mut looks = cheapest(&|age| expected.cdf(age), &rules);
        slow_down(&mut looks);
        Schedule { looks, least_gap_s: rules.least_gap_s }
    }

    /// Age of the next look at a task of this age, in seconds. A look that is due within half of the least gap is left
    /// out: the one that led to the question was late, or its answer was slow.
    pub fn next_look(&self, age_s: f64) -> f64 {
        let after = age_s.max(0.0) + 0.5 * self.least_gap_s;
        let next = self.looks.partition_point(|look| *look <= after);
        self.looks.get(next).copied().unwrap_or(after + SLOWEST_GAP_S)
    }

    /// The looks at a task that is never done, up to the age at which it is stale.
    pub fn looks(&self) -> &[f64] {
        &self.looks
    }
}

/// Adds looks after the plan's last one until the task is stale.
fn slow_down(looks: &mut Vec<f64>) {
    let (mut age, mut gap) = match looks[..] {
        [.., before, last] => (last, last - before),
        _ => return,
    };
    while age < STALE_AFTER_S {
        let most = if age < SLOW_AFTER_S { SLOW_GAP_S } else { SLOWEST_GAP_S };
        gap = (gap * GROWTH).min(most);
        age += gap;
        looks.push(age);
    }
}

/// What the plan must keep to, in seconds.
#[derive(Clone, Copy, Debug)]
struct Rules {
    grid_s: f64,
    /// Age of the first look, at which the plan begins.
    begin_s: f64,
    /// Age of the last look.
    end_s: f64,
    least_gap_s: f64,
    greatest_gap_s: f64,
    look_cost_s: f64,
}

/// Ages of the looks that cost least, from the first to the last, by a dynamic programme from the end backwards.
fn cheapest(cdf: &dyn Fn(f64) -> f64, rules: &Rules) -> Vec<f64> {
    let age = |i: usize| rules.begin_s + i as f64 * rules.grid_s;
    let steps = |seconds: f64| seconds / rules.grid_s;
    let n = steps(rules.end_s - rules.begin_s).round().max(1.0) as usize;
    // Just less than a step, so that rounding errors do not lengthen a gap.
    let least = (steps(rules.least_gap_s) - 1e-6).ceil().max(1.0) as usize;
    let greatest = steps(rules.greatest_gap_s) as usize;

    let done: Vec<f64> = (0..=n).map(|i| cdf(age(i)).clamp(0.0, 1.0)).collect();
    // Expected cost from age i on, not divided by the share that is still running then: a price for each look, and the
    // age at which the end is noticed. (What lies between ready and noticed differs from it by a constant.)
    let mut cost = vec![0.0; n + 1];
    let mut next = vec![n; n + 1];
    for i in (0..n).rev() {
        cost[i] = f64::INFINITY;
        if i > 0 && i + least > n {
            continue;
        }
        // The first wait may be long: nothing is ready yet.
        let last = if i == 0 { n } else { n.min(i + greatest) };
        let look = rules.look_cost_s * (1.0 - done[i]);
        for j in n.min(i + least)..=last {
            let noticed = age(j) * (done[j] - done[i]);
            let total = look + noticed + cost[j];
            if total < cost[i] {
                cost[i] = total;
                next[i] = j;
            }
        }
    }
    let mut looks = vec![age(0)];
    let mut i = 0;
    while i < n {
        i = next[i];
        looks.push(age(i));
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{self, Truth};
    use proptest::prelude::*;
    use rstest::rstest;

    fn rules(end_s: f64, grid_s: f64) -> Rules {
        Rules { grid_s, begin_s: 0.0, end_s, least_gap_s: grid_s, greatest_gap_s: end_s, look_cost_s: 5.0 }
    }

    fn gaps(looks: &[f64]) -> Vec<f64> {
        looks.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    #[test]
    fn with_equal_chances_each_gap_is_shorter_by_the_price_of_a_look() {
        let gaps = gaps(&cheapest(&|t| t / 300.0, &rules(300.0, 0.5)));
        assert!((gaps[0] - 52.0).abs() <= 0.5, "{gaps:?}");
        for pair in gaps.windows(2) {
            assert!((pair[0] - pair[1] - 5.0).abs() <= 0.5, "{gaps:?}");
        }
        assert!((gaps[gaps.len() - 1] - 2.5).abs() <= 0.5, "{gaps:?}");
    }

    #[test]
    fn without_memory_all_gaps_are_alike() {
        let gaps = gaps(&cheapest(&|t| 1.0 - (-t / 180.0).exp(), &rules(3_600.0, 1.0)));
        // The root of eˣ - 1 - x = 5/180 is a gap of 40.8 s; the end of the horizon bends the last ones.
        for gap in &gaps[..40] {
            assert!((gap - 40.8).abs() <= 1.0, "{gaps:?}");
        }
    }

    #[test]
    fn no_other_plan_on_a_small_grid_is_cheaper() {
        let expected = Distribution::from_prior(6.0);
        let rules = Rules { least_gap_s: 2.0, greatest_gap_s: 6.0, look_cost_s: 0.4, ..rules(14.0, 1.0) };
        let cost = |looks: &[f64]| -> f64 {
            let pieces = looks.windows(2).map(|pair| {
                let steps = pair[0] as usize..pair[1] as usize;
                let waiting: f64 = steps
                    .map(|t| t as f64)
                    .map(|t| (expected.cdf(t + 1.0) - expected.cdf(t)) * (pair[1] - t - 0.5))
                    .sum();
                0.4 * (1.0 - expected.cdf(pair[0])) + waiting
            });
            pieces.sum()
        };
        let every_subset = (0u32..1 << 13).map(|bits| {
            let inner = (1..14).filter(|t| bits >> (t - 1) & 1 == 1).map(f64::from);
            [0.0].into_iter().chain(inner).chain([14.0]).collect::<Vec<f64>>()
        });
        let allowed = every_subset.filter(|looks| {
            let gaps = gaps(looks);
            gaps.iter().all(|gap| *gap >= 2.0) && gaps[1..].iter().all(|gap| *gap <= 6.0)
        });
        let cheapest_of_all = allowed.map(|looks| cost(&looks)).fold(f64::INFINITY, f64::min);
        let ours = cost(&cheapest(&|t| expected.cdf(t), &rules));
        assert!((ours - cheapest_of_all).abs() < 1e-9, "{ours} {cheapest_of_all}");
    }

    #[rstest]
    #[case(150.0, 300.0, 21.0, 3.0)]
    #[case(75.0, 140.0, 15.0, 2.0)]
    fn the_goals_for_polling_are_kept(
        #[case] median: f64,
        #[case] p95: f64,
        #[case] most_looks: f64,
        #[case] most_lag: f64,
    ) {
        let truth = Truth::from_percentiles(median, p95);
        let schedule = Schedule::solve(&Distribution::from_prior(median));
        let figures = simulate::run(schedule.looks(), &truth);
        assert!(figures.looks <= most_looks && figures.mean_lag_s <= most_lag, "{figures:?}");
        assert!(figures.looks * figures.mean_lag_s <= 1.1 * truth.bound(), "{figures:?}");
    }

    #[rstest]
    #[case(0.5)]
    #[case(2.0)]
    fn a_prior_that_is_off_by_two_costs_little(#[case] factor: f64) {
        let schedule = Schedule::solve(&Distribution::from_prior(150.0));
        let truth = Truth::from_percentiles(150.0 * factor, 300.0 * factor);
        let figures = simulate::run(schedule.looks(), &truth);
        assert!(figures.mean_lag_s <= 7.0 && figures.looks <= 50.0, "{figures:?}");
    }

    #[rstest]
    #[case(150.0, 65, 96)]
    #[case(75.0, 47, 83)]
    #[case(60.0, 40, 77)]
    fn the_lanes_are_as_told(#[case] median: f64, #[case] planned: usize, #[case] in_30_minutes: usize) {
        let expected = Distribution::from_prior(median);
        let schedule = Schedule::solve(&expected);
        let until = |age: f64| schedule.looks.partition_point(|look| *look <= age);
        assert_eq!((until(expected.longest_usual() + 0.5), until(1_800.0)), (planned, in_30_minutes));
        let slow: Vec<f64> = gaps(&schedule.looks[in_30_minutes - 1..]);
        assert!(slow.iter().all(|gap| (59.9..600.1).contains(gap)), "{slow:?}");
        assert!(schedule.next_look(7_200.0) - 7_200.0 >= 300.0);
        assert!(slow[slow.len() - 1] > 599.9);
    }

    #[test]
    fn after_the_first_wait_nobody_waits_longer_than_45_s_in_the_plan() {
        let looks = Schedule::solve(&Distribution::from_prior(3_600.0)).looks;
        let planned = looks.partition_point(|look| *look <= SLOW_AFTER_S);
        assert!(looks[1] - looks[0] > 600.0, "{looks:?}");
        assert!(planned > 10 && gaps(&looks[1..planned]).iter().all(|gap| *gap <= 45.0), "{looks:?}");
    }

    #[test]
    fn tasks_that_take_anything_stay_within_the_budget_too() {
        let mut learned = Durations::default();
        for _ in 0..25 {
            learned.learn(30.0);
            learned.learn(1_000.0);
        }
        let expected = Distribution::fitted(150.0, &learned);
        assert!(Schedule::solve_at(&expected, LOOK_COST_S).looks.len() > MOST_LOOKS);
        assert!(Schedule::solve(&expected).looks.len() <= MOST_LOOKS);
    }

    #[rstest]
    #[case(1.0)]
    #[case(2.0)]
    fn tasks_of_seconds_are_looked_at_every_fraction_of_one(#[case] median: f64) {
        let schedule = Schedule::solve(&Distribution::from_prior(median));
        assert!((0.5..=1.0).contains(&schedule.next_look(0.0)));
        let near: Vec<f64> = schedule.looks.iter().copied().filter(|look| *look < 2.0 * median).collect();
        assert!(gaps(&near).iter().all(|gap| (0.29..=1.0).contains(gap)), "{near:?}");
    }

    #[test]
    fn a_look_that_came_late_or_a_hair_early_is_not_repeated_at_once() {
        let schedule = Schedule::solve(&Distribution::from_prior(150.0));
        let [first, second, third] = schedule.looks[..3] else { panic!("three looks") };
        assert_eq!(first, 9.0);
        assert_eq!(schedule.next_look(first), second);
        assert_eq!(schedule.next_look(first - 0.001), second);
        assert_eq!(schedule.next_look(first + 0.6), second);
        assert_eq!(schedule.next_look(second - 1.0), third);
    }

    #[test]
    fn it_never_ends() {
        let schedule = Schedule::solve(&Distribution::from_prior(75.0));
        for age in [2.0 * STALE_AFTER_S, 14.0 * STALE_AFTER_S, 1e12] {
            assert!(schedule.next_look(age) - age >= 600.0);
        }
    }

    fn any_expectation() -> impl Strategy<Value = Distribution> {
        let seconds = prop::collection::vec(0.2f64..7_200.0, 0..30);
        (0.1f64..5_000.0, seconds).prop_map(|(median, seconds)| {
            let mut learned = Durations::default();
            for second in seconds {
                learned.learn(second);
            }
            Distribution::fitted(median, &learned)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn looks_ascend_with_room_between_and_within_the_budget(
            expected in any_expectation(), age in 0f64..100_000.0,
        ) {
            let schedule = Schedule::solve(&expected);
            let looks = schedule.looks();
            prop_assert!(looks[0] >= 0.9 && looks[0] <= 9.0);
            prop_assert!(gaps(looks).iter().all(|gap| *gap >= schedule.least_gap_s - 1e-6), "{:?}", looks);
            prop_assert!(looks.len() <= MOST_LOOKS, "{} looks", looks.len());
            prop_assert!(looks[looks.len() - 1] >= STALE_AFTER_S);
            let next = schedule.next_look(age);
            prop_assert!(next > age && next - age <= 1_800.0 + SLOWEST_GAP_S, "{} after {}", next, age);
        }

        #[test]
        fn a_dearer_look_is_taken_less_often(expected in any_expectation(), cost in 0.05f64..2.0) {
            let truth = Truth { tasks: crate::lognormal::LogNormal::with_median(expected.median(), 0.4), refused: 0.0 };
            let looks = |cost| simulate::run(Schedule::solve_at(&expected, cost).looks(), &truth).looks;
            prop_assert!(looks(4.0 * cost) <= looks(cost) + 0.5);
        }
    }
}
