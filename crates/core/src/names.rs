//! stub
use crate::check::ImageKind;
pub fn download_name(d: &str, _p: &str, _r: &str, _s: &str) -> String {
    format!("{d}.mp4")
}
pub fn upload_name(r: &str, _k: ImageKind) -> String {
    format!("{r}.png")
}
