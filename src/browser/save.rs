//! Bytes of finished videos: checked, and handed to the person as a file.

use crate::browser::files::BlobUrl;
use futures_channel::oneshot;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlAnchorElement};

/// Why the bytes could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveError {
    /// The host does not let a page read them (no CORS), or there is no network; the browser does not say which.
    Blocked,
    /// The link is dead.
    Gone,
    /// What came is not an MP4.
    NotVideo,
    /// This device has no room for it.
    NoRoom,
}

/// True for bytes that begin as an MP4 does.
pub async fn is_mp4(blob: &Blob) -> bool {
    let Ok(start) = blob.slice_with_i32_and_i32(0, 12) else {
        return false;
    };
    match JsFuture::from(start.array_buffer()).await {
        Ok(buffer) => Uint8Array::new(&buffer).to_vec().get(4..8) == Some(b"ftyp"),
        Err(_) => false,
    }
}

/// Hands bytes to the person as a file of this name.
pub fn hand_over(blob: &Blob, name: &str) {
    let Some(url) = BlobUrl::new(blob) else { return };
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    if let Ok(element) = document.create_element("a") {
        let link: HtmlAnchorElement = element.unchecked_into();
        link.set_href(url.as_str());
        link.set_download(name);
        link.click();
    }
    // The download has its own hold on the bytes once it has begun, which is after this turn.
    gloo_timers::callback::Timeout::new(60_000, move || drop(url)).forget();
}

/// Opens an address in a tab of its own, which cannot reach this one. False where the browser keeps it from opening, as
/// some do once a click is a moment ago; asked for by `noopener` it would not tell.
///
/// Firefox goes on with other work while a tab opens: begun from within a future, that work would find the executor
/// busy and stop the page. So the tab opens in a turn of its own.
pub async fn open(url: &str) -> bool {
    let url = url.to_owned();
    let (sender, opened) = oneshot::channel();
    let open = move || {
        let tab =
            web_sys::window().and_then(|window| window.open_with_url_and_target(&url, "_blank").ok()?);
        sender.send(tab.is_some_and(|tab| tab.set_opener(&JsValue::NULL).is_ok())).unwrap_or_default();
    };
    gloo_timers::callback::Timeout::new(0, open).forget();
    opened.await.unwrap_or(false)
}

/// Puts a text on the clipboard. False where that is not allowed.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let clipboard = js_sys::Reflect::get(&window.navigator(), &"clipboard".into());
    if clipboard.is_ok_and(|clipboard| clipboard.is_undefined()) {
        return false;
    }
    JsFuture::from(window.navigator().clipboard().write_text(text)).await.is_ok()
}
