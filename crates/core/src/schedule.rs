//! stub
use serde::{Deserialize, Serialize};
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Durations {
    n: u32,
}
impl Durations {
    pub fn learn(&mut self, _s: f64) {}
}
#[derive(Clone, Debug)]
pub struct Distribution;
impl Distribution {
    pub fn from_prior(_m: f64) -> Self {
        Self
    }
    pub fn fitted(_m: f64, _d: &Durations) -> Self {
        Self
    }
}
#[derive(Clone, Debug)]
pub struct Schedule;
impl Schedule {
    pub fn solve(_d: &Distribution) -> Self {
        Self
    }
    pub fn next_look(&self, a: f64) -> f64 {
        a + 3.0
    }
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Eta {
    About { seconds: f64 },
    Soon,
    Longer,
}
pub fn eta(_d: &Distribution, _a: f64) -> Eta {
    Eta::Soon
}
pub const STALE_AFTER_S: f64 = 86400.0;
