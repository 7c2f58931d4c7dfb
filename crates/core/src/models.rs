//! stub
use veo_api::*;
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub model: Model,
    pub mode: Mode,
    pub aspect_ratio: AspectRatio,
    pub resolution: Resolution,
    pub duration_s: u8,
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field {
    Model,
    Mode,
    AspectRatio,
    Resolution,
    Duration,
}
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub field: Field,
    pub to: String,
    pub because: Field,
}
pub fn adjust(_c: &mut Choice, _f: Field) -> Vec<Change> {
    vec![]
}
pub fn max_images(m: &Mode) -> usize {
    match m {
        Mode::Text => 0,
        Mode::Frames => 2,
        _ => 3,
    }
}
pub fn allows_resolution(_: &Choice, _: &Resolution) -> bool {
    true
}
pub fn allows_duration(_: &Choice, _: u8) -> bool {
    true
}
pub fn allows_ratio(_: &Choice, _: &AspectRatio) -> bool {
    true
}
