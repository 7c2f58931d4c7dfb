//! stub
pub fn after_poll_error(_n: u32, _r: Option<u32>, x: f64) -> f64 {
    1.0 + x
}
pub fn wait_for_slot(_r: &[u64], _n: u64) -> Option<u64> {
    None
}
