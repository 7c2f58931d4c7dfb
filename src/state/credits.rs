//! Credits: what things cost, what a person lets themselves spend, what was charged.

use super::screen::Screen;
use super::studio::Studio;
use super::work::Job;
use crate::browser::task::spawn_local;
use crate::browser::{clock, prefs};
use crate::lazy;
use leptos::prelude::*;
use veo_api::json;
use vireo_client::Connection;
use vireo_core::budget::{self, Budget, Day};
use vireo_core::intent::Intent;
use vireo_core::meter::Mark;
use vireo_core::price::Prices;

/// What removed videos had cost: dates and credits.
type RemovedCosts = Vec<(String, f64)>;

/// What is done once its price is agreed to.
pub(super) type Act = Box<dyn FnOnce()>;

lazy! { work => fn weigh(studio: Studio, credits: Option<f64>, act: Act) -> () {
    studio.weigh(credits, act);
} }

impl Studio {
    /// Keeps a corrected price table; the usual one is forgotten rather than kept, so that it may change.
    pub fn set_prices(self, prices: Prices) {
        match prices == Prices::default() {
            true => self.prefs().remove(prefs::PRICES),
            false => self.prefs().set(prefs::PRICES, &prices.to_text()),
        }
        self.prices.set(prices);
    }

    /// The bounds a person has set.
    pub fn budget(self) -> Budget {
        self.prefs().get(prefs::BUDGET).map(|text| Budget::read(&text)).unwrap_or_default()
    }

    /// Keeps the bounds.
    pub fn set_budget(self, budget: Budget) {
        match budget == Budget::default() {
            true => self.prefs().remove(prefs::BUDGET),
            false => self.prefs().set(prefs::BUDGET, &budget.to_text()),
        }
    }

    /// Does what costs so many credits together: at once, after the person agreed where it is more than they said they
    /// want to spend without a word, or not at all where it would break their daily cap.
    pub fn agree(self, credits: Option<f64>, act: impl FnOnce() + 'static) {
        if self.prefs().get(prefs::BUDGET).is_none() || !self.ready.get_untracked() {
            return act();
        }
        self.run(weigh(self, credits, Box::new(act)));
    }

    fn weigh(self, credits: Option<f64>, act: Act) {
        let budget = self.budget();
        let today = clock::iso_date(clock::now_ms());
        let spent = || self.days().into_iter().find(|day| day.date == today).map_or(0.0, |day| day.credits);
        // Adding up takes a moment in a large library, so only where there is a cap.
        let spent = if budget.daily_cap.is_some() { spent() } else { 0.0 };
        match budget.worry(credits, spent) {
            Some(worry) => {
                *self.local().agreeing.borrow_mut() = Some(act);
                self.screen.set(Some(Screen::Spend(worry)));
            }
            None => act(),
        }
    }

    /// The person agreed to what was asked about.
    pub fn agreed(self) {
        let act = self.local().agreeing.take();
        if let Some(act) = act {
            act();
        }
    }

    /// What each day has cost, newest first; of removed videos, what was known.
    pub fn days(self) -> Vec<Day> {
        let mut days = self.engine().with_intents(|all| budget::by_day(all.iter(), clock::iso_date));
        for (date, credits) in self.removed_costs() {
            match days.iter_mut().find(|day| day.date == date) {
                Some(day) => day.credits += credits,
                None => days.push(Day { date, credits, orders: 0, measured: false }),
            }
        }
        days.retain(|day| day.orders > 0 || day.credits > 0.0);
        days.sort_by(|a, b| b.date.cmp(&a.date));
        days
    }

    fn removed_costs(self) -> RemovedCosts {
        self.prefs().get(prefs::REMOVED_COSTS).and_then(|text| json::read(&text)).unwrap_or_default()
    }

    /// Removing videos brings no credits back: what they cost stays in their days. `sign` is -1 where they come back.
    pub(super) fn note_removed_costs(self, removed: &[Intent], sign: f64) {
        let mut costs = self.removed_costs();
        for day in budget::by_day(removed.iter(), clock::iso_date) {
            match costs.iter_mut().find(|(date, _)| *date == day.date) {
                Some((_, credits)) => *credits += sign * day.credits,
                None => costs.push((day.date, sign * day.credits)),
            }
        }
        costs.retain(|(_, credits)| *credits > 0.0);
        self.prefs().set(prefs::REMOVED_COSTS, &json::to_text(&costs));
    }

    /// Asks for the balance; a failure leaves the last one.
    pub fn refresh_balance(self) {
        if !self.net().is_ready() {
            return;
        }
        let engine = self.engine();
        let mark = self.local().meter.borrow().begin();
        self.spawn(async move {
            if let Ok(balance) = engine.balance().await {
                self.balance.try_set(Some(balance));
                self.meter_balance(mark, balance);
                self.watch_spending(balance);
            }
        });
    }

    /// Compares the balance with what the records explain. A relay may serve others with the same key, so there it would
    /// say nothing.
    fn watch_spending(self, balance: f64) {
        if self.net().connection() == Connection::Direct {
            let local = self.local();
            let mut watch = local.spending.borrow_mut();
            let prices = self.prices.get_untracked();
            let read = |all: &[Intent]| watch.read(balance, clock::now_ms(), all.iter(), &prices);
            let more = local.engine.with_intents(read);
            drop(watch);
            self.unexplained.try_set(more);
        }
    }

    /// The person has read what the balance lost; from now on only what is lost later is told.
    pub fn forget_spending(self) {
        self.unexplained.set(None);
        self.ask(Job::ForgetSpending);
    }

    pub(super) fn watch_anew(self) {
        self.local().spending.borrow_mut().forget();
        self.refresh_balance();
    }

    /// A record changed: reads the balance where that tells what it cost.
    pub(super) fn meter_record(self, intent: &Intent) {
        let tells = self.local().meter.borrow_mut().note(intent);
        if tells {
            self.refresh_balance();
        }
    }

    /// What a reading of the balance tells, by the meter's mark at its beginning.
    pub(super) fn meter_balance(self, mark: Mark, balance: f64) {
        let told = self.local().meter.borrow_mut().read(mark, balance, clock::now_ms());
        let engine = self.engine();
        spawn_local(async move {
            for (id, credits) in told {
                engine.note_charge(&id, credits).await;
            }
        });
    }
}
