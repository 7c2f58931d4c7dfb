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
}

/// Readings of the balance, and the orders between them.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// The last reading that told something, and when it was taken.
    last: Option<(f64, u64)>,
    /// Orders on their way: they may be booked already, or not.
    flying: Vec<IntentId>,
    /// Orders booked since the last reading.
    booked: Vec<Booked>,
    /// Measured orders that failed: their credits come back.
    returning: Vec<(IntentId, f64)>,
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
        let (id, state) = (&intent.id, intent.state);
        let Some((_, since_ms)) = self.last else { return false };
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
                self.booked.push(Booked { id: id.clone(), estimate: intent.estimate });
            }
            State::Failed if was_booked => self.give_up(),
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
        let Some((before, _)) = self.last else {
            self.last = Some((balance, now_ms));
            return Vec::new();
        };
        if mark != self.begin() || !self.flying.is_empty() {
            return Vec::new();
        }
        let fell = before - balance;
        let back: f64 = self.returning.iter().map(|(_, credits)| credits).sum();
        if self.booked.is_empty() {
            self.last = Some((balance, now_ms));
            if !self.returning.is_empty() && near(-fell, back) {
                return std::mem::take(&mut self.returning).into_iter().map(|(id, _)| (id, 0.0)).collect();
            }
            return Vec::new();
        }
        // What is booked late stays to be measured.
        if near(fell, 0.0) {
            return Vec::new();
        }
        self.last = Some((balance, now_ms));
        let mut told = Vec::new();
        let costs = match self.returning.is_empty() {
            true => shares(fell, &self.booked),
            // Two unknowns: told only where both are as expected.
            false => match shares(fell + back, &self.booked).filter(|costs| as_expected(costs, &self.booked))
            {
                Some(costs) => {
                    told.extend(std::mem::take(&mut self.returning).into_iter().map(|(id, _)| (id, 0.0)));
                    Some(costs)
                }
                None => shares(fell, &self.booked).filter(|costs| as_expected(costs, &self.booked)),
            },
        };
        let booked = std::mem::take(&mut self.booked);
        self.done.extend(booked.iter().map(|order| order.id.clone()));
        told.extend(booked.into_iter().zip(costs.unwrap_or_default()).map(|(order, cost)| (order.id, cost)));
        told
    }

    /// Begins anew with the next reading: the key changed, or nothing can be told of what is booked now.
    pub fn give_up(&mut self) {
        self.done.extend(self.booked.drain(..).map(|order| order.id));
        self.returning.clear();
        self.last = None;
        self.changes += 1;
    }
}

/// Each order's share of what the balance fell by; `None` where it does not follow.
fn shares(fell: f64, booked: &[Booked]) -> Option<Vec<f64>> {
    if fell < 0.0 {
        return None;
    }
    if booked.len() == 1 {
        return Some(vec![fell]);
    }
    let estimates: Vec<f64> = booked.iter().map(|order| order.estimate).collect::<Option<_>>()?;
    let sum: f64 = estimates.iter().sum();
    if near(sum, fell) {
        return Some(estimates);
    }
    let alike = estimates.iter().all(|other| near(*other, estimates[0]));
    alike.then(|| vec![fell / booked.len() as f64; booked.len()])
}

fn as_expected(costs: &[f64], booked: &[Booked]) -> bool {
    costs.iter().zip(booked).all(|(cost, order)| order.estimate.is_some_and(|estimate| near(*cost, estimate)))
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
        let mut failed = order(1, State::Failed, 60.0);
        (failed.charged, failed.ended_ms) = (Some(60.0), Some(START + 9));
        assert!(meter.note(&failed));
        assert_eq!(read(&mut meter, 940.0), [0.0; 0], "not yet");
        assert_eq!(read(&mut meter, 1_000.0), [0.0]);
        // Together with another order: as expected, or not told.
        accept(&mut meter, 2, 30.0);
        assert_eq!(read(&mut meter, 970.0), [30.0]);
        let mut failed = order(2, State::Failed, 30.0);
        (failed.charged, failed.ended_ms) = (Some(30.0), Some(START + 9));
        assert!(meter.note(&failed));
        accept(&mut meter, 3, 60.0);
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
