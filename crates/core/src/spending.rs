//! Watches the balance for charges that no record explains: information only, never a reason to act.

use crate::intent::{Intent, State};
use crate::price::{self, Prices};

/// Charges may be booked this much later than the record says, in milliseconds.
const BOOKING_MS: u64 = 2 * 60_000;

/// Prices drift: so much more than expected, as a share, is not worth a word.
const DRIFT: f64 = 0.1;

/// Nothing costs less than this, in credits.
const SMALLEST: f64 = price::UPGRADE_1080P;

/// What the balance was when watching began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Watch {
    since: Option<(f64, u64)>,
}

impl Watch {
    /// Takes a balance read at `now_ms`, beside all records of this browser. Returns by how many credits it fell more
    /// than they explain. A balance that rose (a top-up, credits returned) begins the watch anew.
    pub fn read<'a>(
        &mut self,
        balance: f64,
        now_ms: u64,
        records: impl Iterator<Item = &'a Intent>,
        prices: &Prices,
    ) -> Option<f64> {
        let (before, since_ms) = *self.since.get_or_insert((balance, now_ms));
        if balance > before {
            self.since = Some((balance, now_ms));
            return None;
        }
        let fell = before - balance;
        let from_ms = since_ms.saturating_sub(BOOKING_MS);
        let mut explained = 0.0;
        for intent in records.filter(|intent| may_be_booked_after(intent, from_ms)) {
            // Without a known price nothing can be said.
            explained += cost(intent, prices)?;
        }
        let more = fell - explained;
        (more >= SMALLEST && more > explained * DRIFT).then_some(more)
    }

    /// Begins anew with the next balance: the person has read it, or the key changed.
    pub fn forget(&mut self) {
        self.since = None;
    }
}

fn may_be_booked_after(intent: &Intent, from_ms: u64) -> bool {
    let was_sent = !matches!(intent.state, State::Queued | State::Rejected);
    // Some charges are booked at the end.
    let last_ms = intent.ended_ms.or(if intent.state.is_final() { intent.sent_ms } else { None });
    was_sent && last_ms.is_none_or(|at| at >= from_ms)
}

/// The most an intent may have cost by its price. What was measured counts only where there is none: it was read off the
/// same balance, and would explain whatever else was charged meanwhile.
fn cost(intent: &Intent, prices: &Prices) -> Option<f64> {
    let most = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    most(prices.order(&intent.order), intent.estimate).or(intent.charged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{IntentId, Order};
    use rstest::rstest;
    use veo_api::{Generate, Model};

    fn prices() -> Prices {
        Prices::default()
    }

    const NOW: u64 = 1_800_000_000_000;
    const HOUR: u64 = 3_600_000;

    /// A video in 720p by the fast model: 60 credits.
    fn video(state: State, at_ms: u64) -> Intent {
        let order = Order::Generate(Generate { model: Model::Fast, ..Generate::default() });
        let mut intent = Intent::new(IntentId::new(at_ms, [0; 10]), order, "", at_ms);
        intent.state = state;
        intent.sent_ms = Some(at_ms);
        intent.ended_ms = state.is_final().then_some(at_ms + 60_000);
        intent
    }

    fn fell(by: f64, records: &[Intent]) -> Option<f64> {
        let mut watch = Watch::default();
        assert_eq!(watch.read(1_000.0, NOW, records.iter(), &prices()), None);
        watch.read(1_000.0 - by, NOW + HOUR, records.iter(), &prices())
    }

    #[rstest]
    #[case::nothing_happened(0.0, &[], None)]
    #[case::one_video(60.0, &[State::Succeeded], None)]
    #[case::two_for_one(120.0, &[State::Succeeded], Some(60.0))]
    #[case::nobody(60.0, &[], Some(60.0))]
    #[case::perhaps_bought(60.0, &[State::Unknown], None)]
    #[case::failed_but_not_returned_yet(60.0, &[State::Failed], None)]
    #[case::refused(60.0, &[State::Rejected], Some(60.0))]
    #[case::not_sent(60.0, &[State::Queued], Some(60.0))]
    #[case::a_little_dearer(65.0, &[State::Succeeded], None)]
    #[case::cheaper(30.0, &[State::Succeeded], None)]
    #[case::rounding(1.0, &[], None)]
    fn what_the_records_explain(#[case] by: f64, #[case] states: &[State], #[case] more: Option<f64>) {
        let records: Vec<Intent> = states.iter().map(|state| video(*state, NOW + 60_000)).collect();
        assert_eq!(fell(by, &records), more);
    }

    #[test]
    fn what_ended_long_ago_explains_nothing_and_what_still_runs_does() {
        assert_eq!(fell(60.0, &[video(State::Succeeded, NOW - HOUR)]), Some(60.0));
        assert_eq!(fell(60.0, &[video(State::Generating, NOW - HOUR)]), None);
    }

    #[test]
    fn a_top_up_begins_anew() {
        let mut watch = Watch::default();
        watch.read(100.0, NOW, [].iter(), &prices());
        assert_eq!(watch.read(1_000.0, NOW + 1, [].iter(), &prices()), None);
        assert_eq!(watch.read(940.0, NOW + 2, [].iter(), &prices()), Some(60.0));
        watch.forget();
        assert_eq!(watch.read(940.0, NOW + 3, [].iter(), &prices()), None);
    }

    #[test]
    fn a_model_without_a_known_price_leaves_it_open() {
        let mut other = video(State::Succeeded, NOW + 1);
        if let Order::Generate(generate) = &mut other.order {
            generate.model = "veo4".into();
        }
        assert_eq!(fell(900.0, &[other]), None);
    }
}
