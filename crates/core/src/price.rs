//! What things cost, in credits. The provider has no way to ask beforehand, and prices drift: the table is a person's to
//! correct, and says from when its figures are.

use crate::intent::{Height, Order};
use veo_api::json::{self, Value};
use veo_api::{Model, Resolution};

/// A 1080p upgrade of a finished video.
pub const UPGRADE_1080P: f64 = 5.0;

/// A 4K upgrade of a finished video.
pub const UPGRADE_4K: f64 = 120.0;

/// Since when the usual prices are as they are: collected from third-party price pages (medium confidence).
pub const USUAL_AS_OF: &str = "2026-07";

/// The models in the order of the table's rows.
pub const MODELS: [Model; 3] = [Model::Lite, Model::Fast, Model::Quality];

/// The usual prices by row: 720p, 1080p, 4K, and making a video longer, which costs as much as one in 720p.
const USUAL: [[f64; 4]; 3] =
    [[30.0, 35.0, 150.0, 30.0], [60.0, 65.0, 180.0, 60.0], [250.0, 255.0, 370.0, 250.0]];

/// More than this is a slip of the finger.
const DEAREST: f64 = 100_000.0;

/// What a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A new video: the row of its model, and 0 to 2 for 720p, 1080p and 4K.
    Video(usize, usize),
    /// A video made longer, by the row of the model.
    Extension(usize),
    /// A larger rendition of a finished video.
    Upgrade(Height),
}

/// The price table.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// From when the figures are: an ISO date, or the beginning of one.
    pub as_of: String,
    rows: [[f64; 4]; 3],
    upgrades: [f64; 2],
}

impl Default for Prices {
    fn default() -> Self {
        Prices { as_of: USUAL_AS_OF.to_owned(), rows: USUAL, upgrades: [UPGRADE_1080P, UPGRADE_4K] }
    }
}

impl Prices {
    /// Reads the stored form. `None` for what is broken or holds a price that cannot be.
    pub fn read(text: &str) -> Option<Self> {
        let stored = json::parse(text)?;
        let list = stored.get("prices").and_then(Value::as_list)?;
        let credits = list.iter().map(|price| price.as_f64().filter(|credits| is_price(*credits)));
        let credits: Vec<f64> = credits.collect::<Option<_>>()?;
        let mut prices = Prices { as_of: stored.get("asOf")?.as_str()?.to_owned(), ..Prices::default() };
        let mut all: Vec<&mut f64> = prices.rows.iter_mut().flatten().chain(&mut prices.upgrades).collect();
        (credits.len() == all.len()).then_some(())?;
        all.iter_mut().zip(credits).for_each(|(price, credits)| **price = credits);
        drop(all);
        Some(prices)
    }

    /// The stored form: the rows of the table one after the other, then the upgrades.
    pub fn to_text(&self) -> String {
        let all = self.rows.iter().flatten().chain(&self.upgrades);
        let prices = Value::List(all.map(|price| Value::Number(*price)).collect());
        json::write(&json::object([("asOf", Some(self.as_of.as_str().into())), ("prices", Some(prices))]))
    }

    /// The price of one thing.
    pub fn get(&self, item: Item) -> f64 {
        match item {
            Item::Video(row, column) => self.rows[row][column],
            Item::Extension(row) => self.rows[row][3],
            Item::Upgrade(height) => self.upgrades[upgrade(height)],
        }
    }

    /// Changes the price of one thing. False for what cannot be a price.
    pub fn set(&mut self, item: Item, credits: f64) -> bool {
        if is_price(credits) {
            match item {
                Item::Video(row, column) => self.rows[row][column] = credits,
                Item::Extension(row) => self.rows[row][3] = credits,
                Item::Upgrade(height) => self.upgrades[upgrade(height)] = credits,
            }
        }
        is_price(credits)
    }

    /// What a new video will probably cost; `None` for a model or resolution without a known price.
    pub fn video(&self, model: &Model, resolution: &Resolution) -> Option<f64> {
        let column = match resolution {
            Resolution::P720 => 0,
            Resolution::P1080 => 1,
            Resolution::P4k => 2,
            Resolution::Other(_) => return None,
        };
        Some(self.get(Item::Video(row(model)?, column)))
    }

    /// What making a finished video longer will probably cost.
    pub fn extension(&self, model: &Model) -> Option<f64> {
        Some(self.get(Item::Extension(row(model)?)))
    }

    /// What an order will probably cost.
    pub fn order(&self, order: &Order) -> Option<f64> {
        match order {
            Order::Generate(generate) => self.video(&generate.model, &generate.resolution),
            Order::Extend(extend) => self.extension(&extend.model),
            Order::Upgrade { height, .. } => Some(self.get(Item::Upgrade(*height))),
        }
    }
}

fn row(model: &Model) -> Option<usize> {
    MODELS.iter().position(|known| known == model)
}

fn upgrade(height: Height) -> usize {
    match height {
        Height::P1080 => 0,
        Height::P4k => 1,
    }
}

fn is_price(credits: f64) -> bool {
    (0.0..=DEAREST).contains(&credits)
}

/// What a new video usually costs, for who keeps no table; `None` for a model or resolution without a known price.
pub fn estimate(model: &Model, resolution: &Resolution) -> Option<f64> {
    Prices::default().video(model, resolution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use veo_api::{Generate, TaskId};

    #[rstest]
    #[case("veo3_lite", [30.0, 35.0, 150.0])]
    #[case("veo3_fast", [60.0, 65.0, 180.0])]
    #[case("veo3", [250.0, 255.0, 370.0])]
    fn prices_are_those_of_the_table(#[case] model: &str, #[case] credits: [f64; 3]) {
        let heights = [Resolution::P720, Resolution::P1080, Resolution::P4k];
        let estimates = heights.map(|resolution| estimate(&model.into(), &resolution));
        assert_eq!(estimates, credits.map(Some));
    }

    #[test]
    fn what_is_not_in_the_table_has_no_price() {
        assert_eq!(estimate(&"veo4".into(), &Resolution::P720), None);
        assert_eq!(estimate(&Model::Fast, &"8k".into()), None);
    }

    #[test]
    fn a_corrected_price_is_kept_and_used() {
        let mut prices = Prices { as_of: "2026-11-23".into(), ..Prices::default() };
        assert!(prices.set(Item::Video(1, 0), 80.0) && prices.set(Item::Upgrade(Height::P4k), 99.5));
        let prices = Prices::read(&prices.to_text()).expect("its own form");
        assert_eq!(prices.as_of, "2026-11-23");
        let fast = Order::Generate(Generate { model: Model::Fast, ..Generate::default() });
        assert_eq!(prices.order(&fast), Some(80.0));
        let task_id = TaskId::parse("abc").expect("an id");
        assert_eq!(prices.order(&Order::upgrade(task_id, Height::P4k)), Some(99.5));
        assert_eq!(prices.extension(&Model::Fast), Some(60.0));
    }

    #[test]
    fn nonsense_is_no_price() {
        let mut prices = Prices::default();
        for credits in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(!prices.set(Item::Extension(0), credits));
        }
        assert_eq!(prices, Prices::default());
        let broken = prices.to_text().replace("250", "-250");
        for text in ["", "{}", broken.as_str()] {
            assert_eq!(Prices::read(text), None, "{text}");
        }
    }
}
