//! Players of the page.

use super::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlVideoElement;

/// Starts a player. A browser that wants a press first, or a link that has ended, leaves it standing.
pub fn play(player: &HtmlVideoElement) {
    if let Ok(started) = player.play() {
        spawn_local(async move { drop(JsFuture::from(started).await) });
    }
}
