//! What each order cost, by how far the balance fell: the provider's records do not say. Where several orders were booked
//! between two readings, only what follows from the readings is told.

use crate::intent::{Intent, IntentId, State};

/// Amounts this near are the same: the balance is a fraction.
const NEAR: f64 = 0.01;

/// An order that was accepted after the last reading of the balance.
#[derive(Clone, Debug, PartialEq)]
struct Booked {
    id: IntentId,
    estimate: Option<f64>,
    /// It brought no video: its credits come back, or have.
    failed: bool,
}

/// Readings of the balance, and the orders between them.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// The last reading that told something.
    last: Option<f64>,
    /// When the first one was taken.
    since_ms: u64,
    /// Orders on their way: they may be booked already, or not.
    flying: Vec<IntentId>,
    /// Orders booked since the last reading.
    booked: Vec<Booked>,
    /// Measured orders that are being made: should they fail, their credits come back.
    open: Vec<(IntentId, f64)>,
    /// Measured orders that failed: their credits come back.
    returning: Vec<(IntentId, f64)>,
    /// What the balance has risen by for those that are returning, or will be: credits may be back before the verdict is
    /// here, or before that of another order.
    risen: f64,
    /// Orders that were settled or given up, so that a record that is shown again is not booked again.
    done: Vec<IntentId>,
    changes: u32,
}

/// What the meter had seen when a reading began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u32);

impl Meter {
    /// Takes note of a record that changed. True where a reading of the balance would tell something new.
    pub fn note(&mut self, intent: &Intent) -> bool {
        let (id, state, since_ms) = (&intent.id, intent.state, self.since_ms);
        if self.last.is_none() {
            return false;
        }
        self.open.retain(|(other, _)| other != id);
        if state == State::Generating
            && let Some(credits) = intent.charged
        {
            self.open.push((id.clone(), credits));
        }
        if state == State::Sending {
            if !self.flying.contains(id) {
                self.flying.push(id.clone());
                self.changes += 1;
            }
            return false;
        }
        let flew = remove(&mut self.flying, |other| other == id).is_some();
        let was_booked = self.booked.iter().any(|other| other.id == *id);
        match state {
            State::Generating | State::Succeeded
                if !was_booked && !self.done.contains(id) && intent.charged.is_none() =>
            {
                // What was sent before the first reading is in it already.
                if !flew && intent.sent_ms.is_none_or(|sent| sent < since_ms) {
                    return false;
                }
                self.booked.push(Booked { id: id.clone(), estimate: intent.estimate, failed: false });
            }
            State::Failed if was_booked => {
                self.booked.iter_mut().filter(|other| other.id == *id).for_each(|order| order.failed = true);
            }
            State::Failed if intent.ended_ms.is_none_or(|ended| ended < since_ms) => return false,
            State::Failed => match intent.charged {
                Some(credits) if credits > 0.0 && !self.returning.iter().any(|(other, _)| other == id) => {
                    self.returning.push((id.clone(), credits));
                }
                _ => return false,
            },
            // Not known whether it is in the balance: nothing can be said about its neighbours either.
            State::Unknown if flew => self.give_up(),
            _ if flew => {
                self.changes += 1;
                return !self.booked.is_empty();
            }
            _ => return false,
        }
        self.changes += 1;
        true
    }

    /// A reading of the balance begins.
    pub fn begin(&self) -> Mark {
        Mark(self.changes)
    }

    /// Takes a reading that began at `mark`, and tells what orders cost. Where something changed while it was taken, it
    /// tells nothing and the next one will.
    pub fn read(&mut self, mark: Mark, balance: f64, now_ms: u64) -> Vec<(IntentId, f64)> {
        let Some(before) = self.last else {
            (self.last, self.since_ms) = (Some(balance), now_ms);
            return Vec::new();
        };
        if mark != self.begin() || !self.flying.is_empty() {
            return Vec::new();
        }
        let fell = before - balance;
        let back = sum(&self.returning);
        if self.booked.is_empty() {
            self.last = Some(balance);
            let risen = self.risen - fell;
            if !self.returning.is_empty() && near(risen, back) {
                return self.returned().collect();
            }
            // More than may come back was bought.
            if fell < 0.0 && risen <= back + sum(&self.open) + NEAR {
                self.risen = risen;
            }
            return Vec::new();
        }
        // What is booked late stays to be measured; what failed may have its credits back already.
        if near(fell, 0.0) && !self.booked.iter().all(|order| order.failed) {
            return Vec::new();
        }
        self.last = Some(balance);
        let booked = std::mem::take(&mut self.booked);
        let mut told = Vec::new();
        let costs = match self.returning.is_empty() {
            true => shares(fell, &booked),
            // Two unknowns: told only where both are as expected.
            false => {
                match shares(fell + back - self.risen, &booked).filter(|costs| as_expected(costs, &booked)) {
                    Some(costs) => {
                        told.extend(self.returned());
                        Some(costs)
                    }
                    None => shares(fell, &booked).filter(|costs| as_expected(costs, &booked)),
                }
            }
        };
        for (order, cost) in booked.iter().zip(costs.unwrap_or_default()) {
            let list = if order.failed { &mut self.returning } else { &mut self.open };
            if cost > 0.0 {
                list.push((order.id.clone(), cost));
            }
            told.push((order.id.clone(), cost));
        }
        self.done.extend(booked.into_iter().map(|order| order.id));
        told
    }

    /// Those whose credits are back, and cost nothing.
    fn returned(&mut self) -> impl Iterator<Item = (IntentId, f64)> + use<> {
        self.risen = 0.0;
        std::mem::take(&mut self.returning).into_iter().map(|(id, _)| (id, 0.0))
    }

    /// Begins anew with the next reading: the key changed, or nothing can be told of what is booked now.
    pub fn give_up(&mut self) {
        self.done.extend(self.booked.drain(..).map(|order| order.id));
        self.open.clear();
        self.returned().for_each(drop);
        self.last = None;
        self.changes += 1;
    }
}

/// Each order's share of what the balance fell by; `None` where it does not follow.
fn shares(fell: f64, booked: &[Booked]) -> Option<Vec<f64>> {
    if fell < -NEAR {
        return None;
    }
    if booked.len() == 1 {
        return Some(vec![fell.max(0.0)]);
    }
    let estimates: Vec<f64> = booked.iter().map(|order| order.estimate).collect::<Option<_>>()?;
    let some_failed = booked.iter().any(|order| order.failed);
    let kept: Vec<f64> =
        booked.iter().zip(&estimates).map(|(order, cost)| if order.failed { 0.0 } else { *cost }).collect();
    for costs in [&kept, &estimates] {
        if near(costs.iter().sum(), fell) {
            return Some(costs.clone());
        }
    }
    let alike = !some_failed && estimates.iter().all(|other| near(*other, estimates[0]));
    alike.then(|| vec![fell / booked.len() as f64; booked.len()])
}

fn as_expected(costs: &[f64], booked: &[Booked]) -> bool {
    costs
        .iter()
        .zip(booked)
        .all(|(cost, order)| order.failed || order.estimate.is_some_and(|estimate| near(*cost, estimate)))
}

fn sum(orders: &[(IntentId, f64)]) -> f64 {
    orders.iter().map(|(_, credits)| credits).sum()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < NEAR
}

fn remove<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool) -> Option<T> {
    let place = list.iter().position(is)?;
    Some(list.swap_remove(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::Order;
    use veo_api::Generate;

    const START: u64 = 1_000;

    fn order(n: u8, state: State, estimate: f64) -> Intent {
        let id = IntentId::new(START + u64::from(n), [n; 10]);
        let mut intent = Intent::new(id, Order::Generate(Generate::default()), "", START);
        (intent.state, intent.sent_ms, intent.estimate) = (state, Some(START + 1), Some(estimate));
        intent
    }

    fn failed(n: u8, charged: f64) -> Intent {
        let mut failed = order(n, State::Failed, charged);
        (failed.charged, failed.ended_ms) = (Some(charged), Some(START + 5));
        failed
    }

    fn started() -> Meter {
        let mut meter = Meter::default();
        assert_eq!(meter.read(meter.begin(), 1_000.0, START), []);
        meter
    }

    fn read(meter: &mut Meter, balance: f64) -> Vec<f64> {
        meter.read(meter.begin(), balance, START + 9).into_iter().map(|(_, credits)| credits).collect()
    }

    fn accept(meter: &mut Meter, n: u8, estimate: f64) {
        assert!(!meter.note(&order(n, State::Sending, estimate)));
        assert!(meter.note(&order(n, State::Generating, estimate)));
    }

    #[test]
    fn one_order_cost_what_the_balance_fell_by() {
        let mut meter = started();
        accept(&mut meter, 1, 60.0);
        assert_eq!(read(&mut meter, 935.5), [64.5]);
        // Shown again it costs nothing again.
        assert!(!meter.note(&order(1, State::Succeeded, 60.0)));
        assert_eq!(read(&mut meter, 935.5), [0.0; 0]);
        accept(&mut meter, 2, 60.0);
        assert_eq!(read(&mut meter, 875.5), [60.0]);
    }

    #[test]
    fn a_charge_that_is_booked_late_is_waited_for() {
        let mut meter = started();
        accept(&mut meter, 1, 60.0);
        assert_eq!(read(&mut meter, 1_000.0), [0.0; 0]);
        assert_eq!(read(&mut meter, 940.0), [60.0]);
    }

    #[test]
    fn a_reading_that_something_changed_under_tells_nothing() {
        let mut meter = started();
        accept(&mut meter, 1, 60.0);
        let mark = meter.begin();
        assert!(!meter.note(&order(2, State::Sending, 60.0)));
        assert_eq!(meter.read(mark, 880.0, START + 9), []);
        assert_eq!(read(&mut meter, 880.0), [0.0; 0], "the second may or may not be in it");
        assert!(meter.note(&order(2, State::Generating, 60.0)));
        assert_eq!(read(&mut meter, 880.0), [60.0, 60.0]);
    }

    #[test]
    fn several_are_told_only_where_it_follows() {
        let mut meter = started();
        accept(&mut meter, 1, 60.0);
        accept(&mut meter, 2, 250.0);
        assert_eq!(read(&mut meter, 690.0), [60.0, 250.0]);
        accept(&mut meter, 3, 60.0);
        accept(&mut meter, 4, 60.0);
        assert_eq!(read(&mut meter, 560.0), [65.0, 65.0], "alike, and dearer than thought");
        accept(&mut meter, 5, 60.0);
        accept(&mut meter, 6, 250.0);
        assert_eq!(read(&mut meter, 200.0), [0.0; 0]);
    }

    #[test]
    fn a_failed_order_gets_its_credits_back() {
        let mut meter = started();
        accept(&mut meter, 1, 60.0);
        assert_eq!(read(&mut meter, 940.0), [60.0]);
        assert!(meter.note(&failed(1, 60.0)));
        assert_eq!(read(&mut meter, 940.0), [0.0; 0], "not yet");
        assert_eq!(read(&mut meter, 1_000.0), [0.0]);
        // Together with another order: as expected, or not told.
        accept(&mut meter, 2, 30.0);
        assert_eq!(read(&mut meter, 970.0), [30.0]);
        assert!(meter.note(&failed(2, 30.0)));
        accept(&mut meter, 3, 60.0);
        assert_eq!(read(&mut meter, 940.0), [0.0, 60.0]);
    }

    #[test]
    fn credits_that_come_back_before_the_verdict_are_known_by_it() {
        let mut meter = started();
        for n in 1..=4 {
            accept(&mut meter, n, 60.0);
        }
        assert_eq!(read(&mut meter, 760.0), [60.0; 4]);
        // Two are back; only one is known to have failed.
        assert!(meter.note(&failed(1, 60.0)));
        assert_eq!(read(&mut meter, 880.0), [0.0; 0]);
        assert!(meter.note(&failed(2, 60.0)));
        assert_eq!(read(&mut meter, 880.0), [0.0, 0.0]);
        // A third, which another order was the reason to look at.
        assert_eq!(read(&mut meter, 940.0), [0.0; 0]);
        accept(&mut meter, 5, 60.0);
        assert_eq!(read(&mut meter, 880.0), [60.0]);
        assert!(meter.note(&failed(3, 60.0)));
        assert_eq!(read(&mut meter, 880.0), [0.0]);
        // What was bought meanwhile is nothing that came back.
        assert_eq!(read(&mut meter, 5_880.0), [0.0; 0]);
        assert!(meter.note(&failed(4, 60.0)));
        assert_eq!(read(&mut meter, 5_880.0), [0.0; 0]);
        assert_eq!(read(&mut meter, 5_940.0), [0.0]);
    }

    #[test]
    fn an_order_that_fails_before_it_was_measured_costs_nothing() {
        let fail = |meter: &mut Meter, n| {
            accept(meter, n, 60.0);
            assert!(meter.note(&order(n, State::Failed, 60.0)));
        };
        let mut meter = started();
        fail(&mut meter, 1);
        assert_eq!(read(&mut meter, 1_000.0), [0.0], "returned before anybody looked");
        fail(&mut meter, 2);
        assert_eq!(read(&mut meter, 940.0), [60.0], "not returned yet");
        assert_eq!(read(&mut meter, 1_000.0), [0.0]);
        // Beside one that succeeds.
        fail(&mut meter, 3);
        accept(&mut meter, 4, 60.0);
        assert_eq!(read(&mut meter, 940.0), [0.0, 60.0]);
    }

    #[test]
    fn what_cannot_be_known_is_not_told() {
        let mut meter = started();
        accept(&mut meter, 1, 60.0);
        assert!(!meter.note(&order(2, State::Sending, 60.0)));
        assert!(meter.note(&order(2, State::Unknown, 60.0)));
        assert_eq!(read(&mut meter, 880.0), [0.0; 0]);
        // A top-up hides what was spent.
        accept(&mut meter, 3, 60.0);
        assert_eq!(read(&mut meter, 5_000.0), [0.0; 0]);
        // Sent before the first reading: it is in it.
        let mut old = order(4, State::Generating, 60.0);
        old.sent_ms = Some(START - 1);
        assert!(!meter.note(&old));
        // Refused: nothing to pay.
        assert!(!meter.note(&order(5, State::Sending, 60.0)));
        assert!(!meter.note(&order(5, State::Rejected, 60.0)));
        assert_eq!(read(&mut meter, 5_000.0), [0.0; 0]);
    }
}
