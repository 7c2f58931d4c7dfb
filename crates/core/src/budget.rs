//! What a person lets themselves spend: a question above a price, a cap for a day, and what each day has cost.

use crate::intent::{Intent, State};
use serde::{Deserialize, Serialize};
use veo_api::json;

/// The bounds, in credits. Neither is there unless a person sets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// What costs more is asked about.
    #[serde(default)]
    pub confirm_above: Option<f64>,
    /// What would make a day cost more is not bought.
    #[serde(default)]
    pub daily_cap: Option<f64>,
}

/// Why something is not bought at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Worry {
    /// It costs more than they want to spend without a word.
    Dear {
        /// What it costs.
        credits: f64,
        /// What goes without a word.
        limit: f64,
    },
    /// The day would cost more than its cap.
    OverCap {
        /// What it costs.
        credits: f64,
        /// What the day has cost.
        spent: f64,
        /// The cap.
        cap: f64,
    },
    /// Nobody knows what it costs, and there is a bound.
    PriceUnknown,
}

impl Budget {
    /// Reads the stored form; what is broken sets no bound.
    pub fn read(text: &str) -> Self {
        let usable = |credits: &f64| credits.is_finite() && *credits >= 0.0;
        let Budget { confirm_above, daily_cap } = json::read(text).unwrap_or_default();
        Budget { confirm_above: confirm_above.filter(usable), daily_cap: daily_cap.filter(usable) }
    }

    /// The stored form.
    pub fn to_text(&self) -> String {
        json::to_text(self)
    }

    /// Why not to buy at once what costs so much on a day that has cost `spent`. The cap weighs more.
    pub fn worry(&self, credits: Option<f64>, spent: f64) -> Option<Worry> {
        let Some(credits) = credits else {
            let bounded = self.confirm_above.is_some() || self.daily_cap.is_some();
            return bounded.then_some(Worry::PriceUnknown);
        };
        let over = self.daily_cap.filter(|cap| credits > 0.0 && spent + credits > *cap);
        let dear = self.confirm_above.filter(|limit| credits > *limit);
        let over = over.map(|cap| Worry::OverCap { credits, spent, cap });
        over.or(dear.map(|limit| Worry::Dear { credits, limit }))
    }
}

/// What was typed is no number of credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAmount;

/// Reads a number of credits as typed; nothing typed is no bound.
pub fn read_credits(typed: &str) -> Result<Option<f64>, NoAmount> {
    let typed = typed.trim().replace(',', ".");
    if typed.is_empty() {
        return Ok(None);
    }
    typed
        .parse()
        .ok()
        .filter(|credits: &f64| credits.is_finite() && *credits >= 0.0)
        .map(Some)
        .ok_or(NoAmount)
}

/// What one day has cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Its date.
    pub date: String,
    /// The credits.
    pub credits: f64,
    /// How many orders.
    pub orders: usize,
    /// True where all of it was measured by the balance, and nothing is an estimate.
    pub measured: bool,
}

/// What an order has cost, or will: measured, or else as it was estimated. `None` where nothing was charged.
pub fn cost(intent: &Intent) -> Option<f64> {
    match intent.state {
        State::Rejected => None,
        // Returned, as the provider says, unless the balance told otherwise.
        State::Failed => intent.charged.filter(|credits| *credits > 0.0),
        _ => intent.charged.or(intent.estimate),
    }
}

/// What each day has cost, newest first. `date` names the day of a moment, in milliseconds. Orders that wait in this
/// browser count too: they were agreed to.
pub fn by_day<'a>(records: impl Iterator<Item = &'a Intent>, date: impl Fn(u64) -> String) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for intent in records {
        let Some(credits) = cost(intent) else { continue };
        let date = date(intent.sent_ms.unwrap_or(intent.created_ms));
        let known = days.iter().position(|day| day.date == date);
        let place = known.unwrap_or_else(|| {
            days.push(Day { date, credits: 0.0, orders: 0, measured: true });
            days.len() - 1
        });
        let day = &mut days[place];
        day.credits += credits;
        day.orders += 1;
        day.measured &= intent.charged.is_some();
    }
    days.sort_by(|a, b| b.date.cmp(&a.date));
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{IntentId, Order};
    use rstest::rstest;
    use veo_api::Generate;

    const CAPPED: Budget = Budget { confirm_above: Some(100.0), daily_cap: Some(300.0) };

    #[rstest]
    #[case::no_bounds(Budget::default(), Some(5_000.0), 9_000.0, None)]
    #[case::unknown_but_free(Budget::default(), None, 0.0, None)]
    #[case::cheap(CAPPED, Some(100.0), 200.0, None)]
    #[case::dear(CAPPED, Some(101.0), 0.0, Some(Worry::Dear { credits: 101.0, limit: 100.0 }))]
    #[case::the_cap_is_reached(CAPPED, Some(60.0), 241.0, Some(Worry::OverCap { credits: 60.0, spent: 241.0, cap: 300.0 }))]
    #[case::exactly_the_cap(CAPPED, Some(60.0), 240.0, None)]
    #[case::both(CAPPED, Some(250.0), 100.0, Some(Worry::OverCap { credits: 250.0, spent: 100.0, cap: 300.0 }))]
    #[case::nothing_after_the_cap(CAPPED, Some(0.0), 400.0, None)]
    #[case::unknown(CAPPED, None, 0.0, Some(Worry::PriceUnknown))]
    fn what_is_asked_about(
        #[case] budget: Budget,
        #[case] credits: Option<f64>,
        #[case] spent: f64,
        #[case] worry: Option<Worry>,
    ) {
        assert_eq!(budget.worry(credits, spent), worry);
        assert_eq!(Budget::read(&budget.to_text()), budget);
    }

    #[test]
    fn what_is_broken_sets_no_bound() {
        for text in ["", "[]", r#"{"daily_cap":-5}"#, r#"{"daily_cap":"much"}"#] {
            assert_eq!(Budget::read(text), Budget::default(), "{text}");
        }
    }

    #[rstest]
    #[case("", Ok(None))]
    #[case(" 250 ", Ok(Some(250.0)))]
    #[case("0,5", Ok(Some(0.5)))]
    #[case("-1", Err(NoAmount))]
    #[case("lots", Err(NoAmount))]
    #[case("inf", Err(NoAmount))]
    fn amounts_as_typed(#[case] typed: &str, #[case] read: Result<Option<f64>, NoAmount>) {
        assert_eq!(read_credits(typed), read);
    }

    #[test]
    fn days_add_up_what_was_charged_or_will_be() {
        let order = |day: u64, state, estimate, charged| {
            let order = Order::Generate(Generate::default());
            let mut intent = Intent::new(IntentId::new(day, [0; 10]), order, "", day);
            (intent.state, intent.estimate, intent.charged) = (state, estimate, charged);
            intent
        };
        let records = [
            order(1, State::Succeeded, Some(60.0), Some(65.0)),
            order(2, State::Succeeded, Some(60.0), Some(60.0)),
            order(2, State::Generating, Some(30.0), None),
            order(2, State::Rejected, Some(250.0), None),
            order(2, State::Failed, Some(250.0), None),
            order(3, State::Failed, Some(250.0), Some(0.0)),
            order(3, State::Failed, Some(60.0), Some(60.0)),
        ];
        let days = by_day(records.iter(), |ms| ms.to_string());
        let day =
            |date: &str, credits, orders, measured| Day { date: date.into(), credits, orders, measured };
        assert_eq!(days, [day("3", 60.0, 1, true), day("2", 90.0, 2, false), day("1", 65.0, 1, true)]);
    }
}
