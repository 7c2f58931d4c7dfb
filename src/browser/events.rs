//! News from the relay: one stream per profile, read by `fetch`, because an `EventSource` sends no token and never comes
//! back from an error.

use crate::browser::journal::race;
use crate::browser::locks::Lock;
use crate::browser::net::Net;
use crate::browser::task::spawn_local;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use std::rc::Rc;
use veo_api::Host;
use vireo_client::sse::{Message, Reader};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

/// A stream that is silent for this long is dead: the relay's heartbeat comes every 20 s.
const SILENCE_MS: u32 = 45_000;
/// Longest wait before the stream is opened again.
const LONGEST_WAIT_MS: f64 = 30_000.0;

/// What the stream brings.
#[derive(Debug)]
pub enum Heard {
    /// It is alive: after opening and at every heartbeat.
    Alive,
    /// It broke; it will be opened again.
    Broken,
    /// The data of a `task` event.
    Task(String),
}

/// The stream, for as long as this is kept.
#[derive(Debug)]
pub struct Events {
    stop: AbortController,
}

impl Events {
    /// Opens the stream once nobody else in this browser has one to the same relay: a browser has six connections to a
    /// server without HTTP/2, and a page with as many studios would have none left to ask by. `tell` hears what it brings.
    pub fn open(net: Rc<Net>, tell: impl Fn(Heard) + 'static) -> Option<Self> {
        let stop = AbortController::new().ok()?;
        let signal = stop.signal();
        let name = ["vireo-events-", &net.url(Host::Api, "")].concat();
        spawn_local(async move {
            let _lock = Lock::acquire(&name).await;
            let mut reader = Reader::default();
            let mut failures = 0;
            while !signal.aborted() {
                let opened = net.stream("relay/events", reader.last_id(), &signal).await;
                if let Ok(Some(stream)) = opened {
                    let said = listen(&stream, &mut reader, &tell).await;
                    failures = if said { 0 } else { failures + 1 };
                    if signal.aborted() {
                        return;
                    }
                    tell(Heard::Broken);
                } else if opened.is_ok() {
                    // This relay has no events, or not for us: looking goes on as without.
                    return;
                } else {
                    failures += 1;
                }
                reader.restart();
                let longest = (1_000.0 * 2_f64.powi(failures.min(10))).min(LONGEST_WAIT_MS);
                TimeoutFuture::new((js_sys::Math::random() * longest) as u32).await;
            }
        });
        Some(Events { stop })
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.stop.abort();
    }
}

/// Reads until the stream ends, breaks or falls silent. True if it said anything.
async fn listen(stream: &ReadableStreamDefaultReader, reader: &mut Reader, tell: &impl Fn(Heard)) -> bool {
    let mut said = false;
    tell(Heard::Alive);
    while let Some(Some(bytes)) = race(next(stream), TimeoutFuture::new(SILENCE_MS)).await {
        for Message { event, data } in reader.feed(&bytes) {
            said = true;
            tell(Heard::Alive);
            if event == "task" {
                tell(Heard::Task(data));
            }
        }
    }
    // Where it only fell silent this hangs up. Where it was ended already this fails, and that is heard here: a page
    // around an element would be told of a promise that nobody minds.
    JsFuture::from(stream.cancel()).await.map(drop).unwrap_or_default();
    said
}

async fn next(stream: &ReadableStreamDefaultReader) -> Option<Vec<u8>> {
    let piece = JsFuture::from(stream.read()).await.ok()?;
    let value = Reflect::get(&piece, &"value".into()).ok()?;
    Some(value.dyn_into::<Uint8Array>().ok()?.to_vec())
}
