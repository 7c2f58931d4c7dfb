//! stub
use veo_api::*;
pub const UPGRADE_1080P: f64 = 5.0;
pub const UPGRADE_4K: f64 = 120.0;
pub fn estimate(_g: &Generate) -> Option<f64> {
    Some(60.0)
}
