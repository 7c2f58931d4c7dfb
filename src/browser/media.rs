//! Videos kept on this device: their bytes and a picture of their beginning, in the journal's database.

use crate::browser::journal::{BrowserJournal, MEDIA};
use crate::browser::save::{SaveError, is_mp4};
use futures_channel::oneshot;
use js_sys::{Array, ArrayBuffer, Object, Reflect};
use std::cell::Cell;
use vireo_client::JournalError;
use vireo_core::check::ImageKind;
use vireo_core::intent::IntentId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement};

/// A kept video.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its bytes.
    pub video: Blob,
    /// A picture of its beginning.
    pub poster: Option<Blob>,
}

/// How many older videos make room for a new one at the most.
pub const MAX_EVICTIONS: usize = 8;

/// Width of a kept picture, in pixels; as wide as a card gets.
const POSTER_WIDTH: u32 = 640;

/// A video whose picture is not there after this time is kept without.
const POSTER_TIMEOUT_MS: u32 = 4_000;

/// Reads what is kept for an intent; nothing in a visit without memory.
pub async fn kept(journal: &BrowserJournal, id: &IntentId) -> Option<Kept> {
    if journal.is_small() {
        return None;
    }
    let record = journal.read(MEDIA, id.as_str()).await.ok()??;
    let part = |name: &str, kind: &str| {
        let value = Reflect::get(&record, &name.into()).ok()?;
        value.dyn_into::<Blob>().or_else(|bytes| from_bytes(&bytes, kind)).ok()
    };
    Some(Kept { video: part("video", "video/mp4")?, poster: part("poster", "image/jpeg") })
}

/// A blob that was stored as its bytes.
fn from_bytes(bytes: &JsValue, kind: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_buffer_source_sequence_and_options(
        &Array::of1(bytes.dyn_ref::<ArrayBuffer>().ok_or(JsValue::NULL)?),
        &options,
    )
}

/// Puts the bytes of a record's blobs in their place.
async fn as_bytes(record: &Object) -> Result<(), JsValue> {
    for name in ["video", "poster"] {
        if let Ok(blob) = Reflect::get(record, &name.into())?.dyn_into::<Blob>() {
            Reflect::set(record, &name.into(), &JsFuture::from(blob.array_buffer()).await?)?;
        }
    }
    Ok(())
}

/// Keeps a video with a picture of its beginning, except in a visit without memory. Up to `evictions` older videos make
/// room for it; records never do.
pub async fn store(
    journal: &BrowserJournal,
    id: &IntentId,
    video: Blob,
    evictions: usize,
) -> Result<Kept, SaveError> {
    if journal.is_small() {
        return Err(SaveError::NoRoom);
    }
    if !is_mp4(&video).await {
        return Err(SaveError::NotVideo);
    }
    let poster = poster_of(&video).await;
    let record = Object::new();
    Reflect::set(&record, &"video".into(), &video).map_err(|_| SaveError::Blocked)?;
    if let Some(poster) = &poster {
        Reflect::set(&record, &"poster".into(), poster).map_err(|_| SaveError::Blocked)?;
    }
    let mut left = evictions;
    // A private visit in WebKit stores no blobs, but their bytes.
    thread_local! { static BLOBS: Cell<bool> = const { Cell::new(true) } }
    if !BLOBS.get() {
        as_bytes(&record).await.map_err(|_| SaveError::NoRoom)?;
    }
    loop {
        match journal.write(MEDIA, id.as_str(), &record).await {
            Ok(()) => return Ok(Kept { video, poster }),
            Err(JournalError::Full) if left > 0 && evict_oldest(journal, id).await => left -= 1,
            Err(JournalError::Unavailable(_)) if BLOBS.get() && as_bytes(&record).await.is_ok() => {
                BLOBS.set(false);
            }
            Err(_) => break,
        }
    }
    Err(SaveError::NoRoom)
}

/// Deletes what is kept for an intent.
pub async fn forget(journal: &BrowserJournal, id: &IntentId) {
    if !journal.is_small() {
        journal.delete(MEDIA, id.as_str()).await.unwrap_or_default();
    }
}

/// Where an uploaded image is kept. These keys sort after those of videos, which make room first.
fn image_key(address: &str) -> String {
    ["image/", address].concat()
}

/// Keeps an uploaded image, so that it can go up again: its bytes, since a private visit in WebKit stores no blobs.
/// Losing them is no harm.
pub async fn store_image(journal: &BrowserJournal, address: &str, image: &Blob) {
    if !journal.is_small()
        && let Ok(bytes) = JsFuture::from(image.array_buffer()).await
    {
        journal.write(MEDIA, &image_key(address), &bytes).await.unwrap_or_default();
    }
}

/// An uploaded image that was kept.
pub async fn image(journal: &BrowserJournal, address: &str, kind: ImageKind) -> Option<Blob> {
    if journal.is_small() {
        return None;
    }
    from_bytes(&journal.read(MEDIA, &image_key(address)).await.ok()??, kind.mime()).ok()
}

/// Deletes the bytes of an uploaded image.
pub async fn forget_image(journal: &BrowserJournal, address: &str) {
    if !journal.is_small() {
        journal.delete(MEDIA, &image_key(address)).await.unwrap_or_default();
    }
}

/// Deletes the oldest kept video. Ids sort by creation, so the first key is the oldest.
async fn evict_oldest(journal: &BrowserJournal, but: &IntentId) -> bool {
    let keys = journal.keys(MEDIA).await.unwrap_or_default();
    match keys.into_iter().find(|key| key != but.as_str()) {
        Some(oldest) => journal.delete(MEDIA, &oldest).await.is_ok(),
        None => false,
    }
}

/// Draws the beginning of a video.
async fn poster_of(video: &Blob) -> Option<Blob> {
    let url = crate::browser::files::BlobUrl::new(video)?;
    let document = web_sys::window()?.document()?;
    let player: HtmlVideoElement = document.create_element("video").ok()?.unchecked_into();
    player.set_muted(true);
    player.set_preload("auto");
    let (sender, ready) = oneshot::channel();
    let mut sender = Some(sender);
    let on_frame = Closure::<dyn FnMut()>::new(move || {
        if let Some(sender) = sender.take() {
            sender.send(()).unwrap_or_default();
        }
    });
    player.set_onseeked(Some(on_frame.as_ref().unchecked_ref()));
    // Sooner, and WebKit's player never gets there.
    let seeking = player.clone();
    let on_metadata = Closure::once(move || seeking.set_current_time(0.1));
    player.set_onloadedmetadata(Some(on_metadata.as_ref().unchecked_ref()));
    player.set_src(url.as_str());
    let timeout = gloo_timers::future::TimeoutFuture::new(POSTER_TIMEOUT_MS);
    crate::browser::journal::race(ready, timeout).await?.ok()?;

    let (width, height) = (player.video_width(), player.video_height());
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(POSTER_WIDTH);
    canvas.set_height(POSTER_WIDTH * height / width.max(1));
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    let (w, h) = (f64::from(canvas.width()), f64::from(canvas.height()));
    context.draw_image_with_html_video_element_and_dw_and_dh(&player, 0.0, 0.0, w, h).ok()?;
    let (sender, drawn) = oneshot::channel();
    let done = Closure::once(move |blob: JsValue| sender.send(blob).unwrap_or_default());
    canvas.to_blob_with_type(done.as_ref().unchecked_ref(), "image/jpeg").ok()?;
    let blob = drawn.await.ok()?.dyn_into().ok();
    player.set_src("");
    blob
}
