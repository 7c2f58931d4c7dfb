//! Fetching a video in pieces, over a connection that may break; see [`vireo_core::download`].

use crate::browser::journal::race;
use crate::browser::save::{SaveError, is_mp4};
use gloo_net::http::{RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Math, Reflect, Uint8Array};
use vireo_core::download::{Answer, Download, Take};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStreamDefaultReader, RequestCache, RequestCredentials};

/// A connection from which nothing comes for this long counts as broken.
const IDLE_MS: u32 = 30_000;

/// Pieces are handed to the browser at this size, which may keep them on the disk.
const PIECE_BYTES: u32 = 8 << 20;

/// The bytes as they come.
#[derive(Default)]
struct Bytes {
    whole: Vec<Blob>,
    pieces: Array,
    size: u32,
}

impl Bytes {
    fn push(&mut self, piece: &Uint8Array) {
        self.size += piece.length();
        self.pieces.push(piece);
        if self.size >= PIECE_BYTES {
            self.whole.extend(Blob::new_with_buffer_source_sequence(&self.pieces));
            self.pieces = Array::new();
            self.size = 0;
        }
    }

    fn join(self) -> Result<Blob, SaveError> {
        let parts: Array = self.whole.into_iter().map(JsValue::from).collect();
        for piece in self.pieces.iter() {
            parts.push(&piece);
        }
        let options = web_sys::BlobPropertyBag::new();
        options.set_type("video/mp4");
        Blob::new_with_blob_sequence_and_options(&parts, &options).map_err(|_| SaveError::NoRoom)
    }
}

/// Fetches a video. Goes on where a connection broke. Checks that it is one, so that an error page is never saved as
/// `.mp4`. `tell` hears how much is there, from 0 to 1.
pub async fn fetch(url: &str, authorization: Option<&str>, tell: impl Fn(f64)) -> Result<Blob, SaveError> {
    let mut download = Download::default();
    let mut bytes = Bytes::default();
    loop {
        let response = ask(url, authorization, &download).await;
        let heard = response.is_some();
        if let Some(response) = response {
            let take = download.answered(head(&response, &Headers::of(&response)));
            match take {
                Take::Gone => return Err(SaveError::Gone),
                Take::Refused => return Err(SaveError::Blocked),
                Take::StartOver | Take::Nothing => bytes = Bytes::default(),
                Take::Append => {}
            }
            if take != Take::Nothing && read(response, &mut download, &mut bytes, &tell).await {
                break;
            }
        }
        let wait = download.broke(heard, Math::random()).ok_or(SaveError::Blocked)?;
        TimeoutFuture::new((wait * 1000.0) as u32).await;
    }
    let video = bytes.join()?;
    if is_mp4(&video).await { Ok(video) } else { Err(SaveError::NotVideo) }
}

async fn ask(url: &str, authorization: Option<&str>, download: &Download) -> Option<Response> {
    let ask = download.ask();
    // Not from the cache: a player leaves parts there, which would come back as an answer in parts.
    let mut request =
        RequestBuilder::new(url).credentials(RequestCredentials::SameOrigin).cache(RequestCache::NoStore);
    let authorization = authorization.map(str::to_owned);
    for (name, value) in [("Authorization", authorization), ("Range", ask.range), ("If-Range", ask.if_range)]
    {
        if let Some(value) = value {
            request = request.header(name, &value);
        }
    }
    let sending = request.build().ok()?;
    race(sending.send(), TimeoutFuture::new(IDLE_MS)).await?.ok()
}

/// The headers that matter, held for as long as they are looked at.
struct Headers {
    range: Option<String>,
    tag: Option<String>,
}

impl Headers {
    fn of(response: &Response) -> Self {
        let get = |name: &str| response.headers().get(name);
        Headers { range: get("Content-Range"), tag: get("ETag") }
    }
}

fn head<'a>(response: &Response, headers: &'a Headers) -> Answer<'a> {
    Answer {
        status: response.status(),
        length: response.headers().get("Content-Length").and_then(|length| length.parse().ok()),
        range: headers.range.as_deref(),
        tag: headers.tag.as_deref(),
    }
}

/// Reads a body to its end. True if all is there then.
async fn read(response: Response, download: &mut Download, bytes: &mut Bytes, tell: &impl Fn(f64)) -> bool {
    let Some(body) = response.body() else { return false };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let next = race(JsFuture::from(reader.read()), TimeoutFuture::new(IDLE_MS)).await;
        let Some(next) = next else {
            // Nothing comes any more: lets go of the connection.
            JsFuture::from(reader.cancel()).await.ok();
            return false;
        };
        let Ok(next) = next else { return false };
        let Ok(value) = Reflect::get(&next, &"value".into()) else { return false };
        let Ok(piece) = value.dyn_into::<Uint8Array>() else { return download.is_whole() };
        download.took(u64::from(piece.length()));
        bytes.push(&piece);
        if let Some(share) = download.share() {
            tell(share);
        }
    }
}
