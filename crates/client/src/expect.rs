//! How long a task probably takes: first by what is usual, then by what this browser has seen.

use crate::engine::Engine;
use crate::journal::Journal;
use crate::platform::Platform;
use std::rc::Rc;
use veo_api::{Model, Resolution};
use vireo_core::intent::{Height, Order};
use vireo_core::schedule::{Distribution, Durations, Schedule};

/// Prior medians of the generation time, in seconds, by model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Typical {
    /// For `veo3`.
    pub quality: f64,
    /// For `veo3_fast`, and for models this build does not know.
    pub fast: f64,
    /// For `veo3_lite`.
    pub lite: f64,
}

impl Default for Typical {
    fn default() -> Self {
        Typical { quality: 150.0, fast: 75.0, lite: 60.0 }
    }
}

impl Typical {
    /// The prior median for one order, in seconds.
    pub fn of(&self, order: &Order) -> f64 {
        match order {
            Order::Upgrade { height: Height::P1080, .. } => self.fast * 1.2,
            Order::Upgrade { height: Height::P4k, .. } => self.fast * 6.0,
            _ => match order.model() {
                Some(Model::Quality) => self.quality,
                Some(Model::Lite) => self.lite,
                _ => self.fast,
            },
        }
    }
}

/// How long an order probably takes, and when to look.
pub type Expectation = (Distribution, Schedule);

impl<P: Platform, J: Journal> Engine<P, J> {
    /// Key under which durations are learned and schedules kept. The prior is a part of it, so that a demo that takes
    /// seconds teaches nothing about a provider that takes minutes.
    fn kind(&self, order: &Order) -> String {
        let prior = (self.0.settings.typical.of(order) as u32).to_string();
        match order {
            Order::Generate(g) => {
                [&prior, g.model.as_str(), g.mode.as_str(), g.resolution.as_str()].join("/")
            }
            Order::Extend(extend) => [&prior, "extend", extend.model.as_str()].join("/"),
            Order::Upgrade { height: Height::P1080, .. } => [&prior, Resolution::P1080.as_str()].join("/"),
            Order::Upgrade { .. } => [&prior, Resolution::P4k.as_str()].join("/"),
        }
    }

    /// The durations expected for an order, and when to look.
    pub fn expectation(&self, order: &Order) -> Rc<Expectation> {
        let kind = self.kind(order);
        let known = self
            .0
            .schedules
            .borrow()
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, made)| Rc::clone(made));
        if let Some(known) = known {
            return known;
        }
        let median = self.0.settings.typical.of(order);
        let distribution = match self.0.durations.borrow().iter().find(|(known, _)| *known == kind) {
            Some((_, durations)) => Distribution::fitted(median, durations),
            None => Distribution::from_prior(median),
        };
        let schedule = Schedule::solve(&distribution);
        let made = Rc::new((distribution, schedule));
        self.0.schedules.borrow_mut().push((kind, Rc::clone(&made)));
        made
    }

    /// Learns how long a task took, by the provider's own clock where it says so.
    pub(crate) async fn learn(&self, order: &Order, seconds: f64) {
        let kind = self.kind(order);
        {
            let mut durations = self.0.durations.borrow_mut();
            let known = durations.iter().position(|(known, _)| *known == kind);
            let place = known.unwrap_or_else(|| {
                durations.push((kind.clone(), Durations::default()));
                durations.len() - 1
            });
            durations[place].1.learn(seconds);
        }
        self.0.schedules.borrow_mut().retain(|(known, _)| *known != kind);
        let text = veo_api::json::to_text(&*self.0.durations.borrow());
        self.0.journal.keep_note("durations", &text).await;
    }
}
