//! Requests by `fetch`, with the one key towards the one configured host.

use crate::browser::host::HostPage;
use crate::browser::once;
use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Reflect};
use std::cell::RefCell;
use std::fmt;
use veo_api::{Body, Host, Method, Reply, Request};
use vireo_client::{Config, Connection, Link, SendError};
use vireo_core::intent::IntentId;
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, ReadableStreamDefaultReader, RequestCache, RequestCredentials,
    RequestRedirect,
};

/// A look or another free request is answered within this time.
const GET_TIMEOUT_MS: u32 = 15_000;
/// A paid request is answered within this time, or its outcome is unknown.
const POST_TIMEOUT_MS: u32 = 60_000;
/// A relay waits for its provider longer than that.
const RELAY_POST_TIMEOUT_MS: u32 = 75_000;

/// A key that never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes what a person typed or pasted. `None` for an empty text or one that no header can carry.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("Bearer ").unwrap_or(text);
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())).then(|| Secret(text.to_owned()))
    }

    /// The value of an `Authorization` header.
    pub(super) fn bearer(&self) -> String {
        ["Bearer ", &self.0].concat()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where requests go, and with what.
#[derive(Debug)]
pub struct Net {
    state: RefCell<State>,
    host: Option<HostPage>,
    /// The base whose server was seen to take bodies that cannot be sent twice.
    takes_streams: RefCell<Option<String>>,
    /// Ends free requests when the studio is gone.
    gone: AbortController,
}

#[derive(Debug)]
struct State {
    config: Config,
    secret: Option<Secret>,
}

impl Net {
    /// Requests as the configuration says; its addresses are resolved against the page. The page around an element
    /// names the caller towards the relay.
    pub fn new(mut config: Config, host: Option<HostPage>) -> Self {
        for base in [&mut config.api_base, &mut config.upload_base, &mut config.relay_base] {
            if !base.is_empty() {
                *base = absolute(base);
            }
        }
        let gone = controller();
        Net {
            state: RefCell::new(State { config, secret: None }),
            host,
            takes_streams: RefCell::default(),
            gone,
        }
    }

    /// Who the page speaks to now.
    pub fn connection(&self) -> Connection {
        self.state.borrow().config.connection
    }

    /// Changes who the page speaks to. The key belongs to the old one and is dropped.
    pub fn set_connection(&self, connection: Connection) {
        let mut state = self.state.borrow_mut();
        if state.config.connection != connection {
            state.config.connection = connection;
            state.secret = None;
        }
    }

    /// Keeps the key in memory, for this visit only.
    pub fn set_secret(&self, secret: Option<Secret>) {
        self.state.borrow_mut().secret = secret;
    }

    /// The hosts that a person's own key is for.
    pub(super) fn key_bases(&self) -> String {
        let config = &self.state.borrow().config;
        [config.api_base.as_str(), &config.upload_base].join(" ")
    }

    /// True when requests can be sent: there is a key, or a relay that holds it.
    pub fn is_ready(&self) -> bool {
        let state = self.state.borrow();
        let relay = state.config.connection == Connection::Relay && !state.config.relay_base.is_empty();
        state.secret.is_some() || relay
    }

    /// The origins whose result links are accepted besides public ones.
    pub fn media_origins(&self) -> Vec<String> {
        self.state.borrow().config.media_origins.clone()
    }

    /// The address of a path.
    pub fn url(&self, host: Host, path: &str) -> String {
        let state = self.state.borrow();
        let base = match (state.config.connection, host) {
            (Connection::Relay, _) => &state.config.relay_base,
            (Connection::Direct, Host::Api) => &state.config.api_base,
            (Connection::Direct, Host::Upload) => &state.config.upload_base,
        };
        [base, path].concat()
    }

    /// The header that names the caller; an error where the provider would need a key, or where the page around the
    /// element should name the caller and does not.
    pub async fn authorization(&self) -> Result<Option<String>, SendError> {
        let held = self.state.borrow().secret.as_ref().map(Secret::bearer);
        if held.is_some() {
            return Ok(held);
        }
        if let Some(host) = &self.host {
            let token = host.token().await.map_err(|_| SendError::NoKey)?;
            let secret = token.as_deref().and_then(Secret::new);
            let bearer = secret.as_ref().map(Secret::bearer);
            self.set_secret(secret);
            return Ok(bearer);
        }
        match self.connection() {
            Connection::Relay => Ok(None),
            Connection::Direct => Err(SendError::NoKey),
        }
    }

    /// Ends the free requests under way. A paid one is left to arrive: its answer is worth money.
    pub fn close(&self) {
        self.gone.abort();
    }

    /// Where a simulator may stand: only an API on this very machine or this very origin is asked.
    pub fn demo_probe(&self) -> Option<String> {
        let url = self.url(Host::Api, "sim/health");
        let host = vireo_core::media_url::host_of(&url)?.to_owned();
        let local = host == "127.0.0.1" || host == "localhost";
        (self.connection() == Connection::Direct && local).then_some(url)
    }

    /// Who is at the other end.
    pub fn link(&self) -> Link {
        match self.connection() {
            Connection::Direct => Link::Direct,
            Connection::Relay => Link::Relay,
        }
    }

    /// True where the browser cannot send a paid request twice by itself: a relay sees to that, or see
    /// [`once`](crate::browser::once).
    pub fn is_sent_once(&self) -> bool {
        let state = self.state.borrow();
        state.config.connection == Connection::Relay
            || self.takes_streams.borrow().as_ref() == Some(&state.config.api_base)
    }

    /// Finds out whether paid requests can be kept from being sent twice.
    pub async fn try_streams(&self) {
        let base = self.url(Host::Api, "");
        if self.connection() == Connection::Direct && once::is_possible(&base) {
            let taken = once::is_taken(self).await;
            self.takes_streams.replace(taken.then_some(base));
        }
    }

    /// Lets the relay remember this browser by a cookie, so that its players and the next visit need no token. A relay
    /// of another origin, or one without sessions, goes on with the token.
    pub async fn begin_session(&self) {
        let path = "relay/session".to_owned();
        let body = Body::Json("{}".to_owned());
        let request = Request { method: Method::Post, host: Host::Api, path, body, paid: false };
        self.send_once(&request, None, false).await.map(drop).unwrap_or_default();
    }

    /// Sends a free request with a body that cannot be sent twice.
    pub(super) async fn send_streamed(&self, request: &Request) -> Result<Reply, SendError> {
        self.send_once(request, None, true).await
    }

    /// Sends one request and reads the whole reply. Where the page around the element issued a token that has run out,
    /// it is asked for another: a 401 of the relay means that nothing was done.
    pub async fn send(&self, request: &Request, key: Option<&IntentId>) -> Result<Reply, SendError> {
        let streamed = key.is_some() && self.connection() == Connection::Direct && self.is_sent_once();
        let reply = self.send_once(request, key, streamed).await?;
        if reply.status == 401 && self.host.is_some() && self.state.borrow_mut().secret.take().is_some() {
            return self.send_once(request, key, streamed).await;
        }
        Ok(reply)
    }

    /// Opens a stream of events. `Ok(None)` where there is none for us.
    pub async fn stream(
        &self,
        path: &str,
        last_id: &str,
        signal: &AbortSignal,
    ) -> Result<Option<ReadableStreamDefaultReader>, SendError> {
        let mut builder = RequestBuilder::new(&self.url(Host::Api, path))
            .cache(RequestCache::NoStore)
            .credentials(RequestCredentials::SameOrigin)
            .redirect(RequestRedirect::Error)
            .abort_signal(Some(signal))
            .header("Accept", "text/event-stream");
        if let Some(authorization) = self.authorization().await? {
            builder = builder.header("Authorization", &authorization);
        }
        if !last_id.is_empty() {
            builder = builder.header("Last-Event-ID", last_id);
        }
        let response = builder.build().map_err(network)?.send().await.map_err(network)?;
        let kind = response.headers().get("content-type").unwrap_or_default();
        match response.status() {
            200 if kind.starts_with("text/event-stream") => {}
            429 | 500.. => return Err(SendError::Network("no events now".into())),
            _ => return Ok(None),
        }
        let reader = response.body().map(|body| body.get_reader().unchecked_into());
        Ok(reader)
    }

    async fn send_once(
        &self,
        request: &Request,
        key: Option<&IntentId>,
        streamed: bool,
    ) -> Result<Reply, SendError> {
        let authorization = self.authorization().await?;
        let relay = self.connection() == Connection::Relay;
        let timeout = match (request.method, relay) {
            (Method::Get, _) => GET_TIMEOUT_MS,
            (Method::Post, false) => POST_TIMEOUT_MS,
            (Method::Post, true) => RELAY_POST_TIMEOUT_MS,
        };
        let deadline = Deadline::after(timeout);
        let mut signal = deadline.signal();
        if key.is_none() {
            signal = any(&signal, &self.gone.signal());
        }
        let mut builder = RequestBuilder::new(&self.url(request.host, &request.path))
            .method(if request.method == Method::Get { HttpMethod::GET } else { HttpMethod::POST })
            .cache(RequestCache::NoStore)
            .credentials(if relay { RequestCredentials::SameOrigin } else { RequestCredentials::Omit })
            .redirect(RequestRedirect::Error)
            .abort_signal(Some(&signal));
        if let Some(authorization) = authorization {
            builder = builder.header("Authorization", &authorization);
        }
        if let (true, Some(key)) = (relay, key) {
            builder = builder.header("Idempotency-Key", key.as_str());
        }
        let built = match &request.body {
            Body::Json(text) if streamed => {
                let bare = builder.header("Content-Type", "application/json").build().map_err(network)?;
                let request = once::streamed(&bare.into(), text);
                Ok(request.map_err(|error| SendError::Network(words(&error)))?.into())
            }
            Body::Json(text) => builder.header("Content-Type", "application/json").body(text.as_str()),
            _ => builder.build(),
        };
        let response = built.map_err(network)?.send().await.map_err(network)?;
        let headers = response.headers();
        Ok(Reply {
            status: response.status(),
            content_type: headers.get("content-type"),
            retry_after_s: headers.get("retry-after").and_then(|text| text.trim().parse().ok()),
            body: response.text().await.map_err(network)?,
        })
    }
}

fn controller() -> AbortController {
    AbortController::new().expect_throw("every browser that runs this has AbortController")
}

/// Aborts a request that takes too long, unless it is dropped before. `AbortSignal.timeout` holds on to its timer when
/// the request has long ended.
struct Deadline {
    controller: AbortController,
    _timer: Timeout,
}

impl Deadline {
    fn after(milliseconds: u32) -> Self {
        let controller = controller();
        let late = controller.clone();
        Deadline { controller, _timer: Timeout::new(milliseconds, move || late.abort()) }
    }

    fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

/// Reads a text without a key, if it comes soon.
pub async fn read(url: &str) -> Option<String> {
    let init = web_sys::RequestInit::new();
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    let deadline = Deadline::after(3_000);
    init.set_signal(Some(&deadline.signal()));
    let answer = JsFuture::from(web_sys::window()?.fetch_with_str_and_init(url, &init)).await.ok()?;
    let response: web_sys::Response = answer.unchecked_into();
    let text = response.ok().then(|| response.text().ok()).flatten()?;
    JsFuture::from(text).await.ok()?.as_string()
}

/// Aborts when either does; where the browser cannot combine them, the first alone.
fn any(first: &AbortSignal, second: &AbortSignal) -> AbortSignal {
    let both = Array::of2(first, second);
    let combine = Reflect::get(&js_sys::global(), &"AbortSignal".into())
        .and_then(|class| Ok((Reflect::get(&class, &"any".into())?.dyn_into::<Function>()?, class)));
    let combined = combine.and_then(|(any, class)| any.call1(&class, &both));
    combined.map_or_else(|_| first.clone(), JsCast::unchecked_into)
}

fn network(error: gloo_net::Error) -> SendError {
    if let gloo_net::Error::JsError(inner) = &error
        && matches!(inner.name.as_str(), "TimeoutError" | "AbortError")
    {
        return SendError::Timeout;
    }
    SendError::Network(error.to_string())
}

/// Resolves an address against the page and makes it end in a slash; a query belongs to no base.
pub fn absolute(base: &str) -> String {
    let page = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.base_uri().ok().flatten())
        .unwrap_or_default();
    let Ok(url) = web_sys::Url::new_with_base(base, &page) else { return base.to_owned() };
    url.set_search("");
    url.set_hash("");
    let mut url = url.href();
    if !url.ends_with('/') {
        url.push('/');
    }
    url
}

/// The text of a thrown value.
pub fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message())).unwrap_or_default()
}
