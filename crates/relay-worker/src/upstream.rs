//! Requests to the provider: built from nothing, with the key, without redirects, with an end in time.

use crate::config::Config;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, pin_mut};
use std::cell::Cell;
use std::time::Duration;
use veo_api::{Body, Host, Reply};
use vireo_relay_core::envelope::retry_after_s;
use worker::wasm_bindgen::JsValue;
use worker::{
    AbortController, ByteStream, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
    Response, ResponseBody,
};

/// How long the provider may take over a paid request.
const PAID: Duration = Duration::from_secs(60);
/// And over anything else.
const FREE: Duration = Duration::from_secs(15);
/// Uploads take as long as the sender's line.
const UPLOAD: Duration = Duration::from_secs(300);
/// How long it holds whether the provider is reached.
const FRESH_MS: u64 = 5000;
/// The largest answer that is read.
const MAX_BODY: usize = 1 << 20;

/// No whole answer came. Nothing here proves that a request did not leave: the platform does not tell.
#[derive(Debug, thiserror::Error)]
#[error("the provider's answer was lost: {0}")]
pub(crate) struct Lost(String);

impl From<worker::Error> for Lost {
    fn from(error: worker::Error) -> Self {
        Lost(error.to_string())
    }
}

/// Sends a request as `veo-api` makes them.
pub(crate) async fn send(config: &Config, request: &veo_api::Request) -> Result<Reply, Lost> {
    let method = match request.method {
        veo_api::Method::Get => Method::Get,
        veo_api::Method::Post => Method::Post,
    };
    let (body, kind) = match &request.body {
        Body::Json(text) => (Some(JsValue::from_str(text)), Some("application/json")),
        _ => (None, None),
    };
    let url = format!("{}/{}", config.base(request.host), request.path);
    let patience = if request.paid { PAID } else { FREE };
    ask(config, &url, method, kind, body, patience).await
}

/// Passes an upload's body on as it arrives.
pub(crate) async fn upload(config: &Config, path: &str, kind: &str, body: JsValue) -> Result<Reply, Lost> {
    let url = format!("{}/{path}", config.base(Host::Upload));
    ask(config, &url, Method::Post, Some(kind), Some(body), UPLOAD).await
}

/// Whether the provider's host answers at all, whatever it says: no key, and not more often than every few seconds.
pub(crate) async fn is_reachable(config: &Config) -> bool {
    thread_local! { static LAST: Cell<Option<(u64, bool)>> = const { Cell::new(None) } }
    let now = crate::now_ms();
    if let Some((at, reached)) = LAST.get()
        && now < at + FRESH_MS
    {
        return reached;
    }
    let mut init = RequestInit::new();
    init.with_redirect(RequestRedirect::Manual);
    let Ok(request) = Request::new_with_init(config.base(Host::Api), &init) else { return false };
    let reached = within(Duration::from_secs(2), request).await.is_ok();
    LAST.set(Some((now, reached)));
    reached
}

async fn ask(
    config: &Config,
    url: &str,
    method: Method,
    kind: Option<&str>,
    body: Option<JsValue>,
    patience: Duration,
) -> Result<Reply, Lost> {
    let headers = Headers::new();
    headers.set("authorization", &format!("Bearer {}", config.key))?;
    headers.set("accept", "application/json")?;
    // Odd names are turned away by the provider's gateway.
    headers.set("user-agent", "vireo-relay")?;
    if let Some(kind) = kind {
        headers.set("content-type", kind)?;
    }
    let mut init = RequestInit::new();
    init.with_method(method).with_headers(headers).with_redirect(RequestRedirect::Manual).with_body(body);
    let request = Request::new_with_init(url, &init)?;
    let (response, rest) = within(patience, request).await?;
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let (status, content_type) =
        (response.status_code(), response.headers().get("content-type").ok().flatten());
    let body = read(response, MAX_BODY);
    pin_mut!(body);
    let body = match select(body, Delay::from(rest)).await {
        Either::Left((body, _)) => body?.ok_or_else(|| Lost("it was too long".to_owned()))?,
        Either::Right(_) => return Err(Lost("it did not end".to_owned())),
    };
    Ok(Reply {
        status,
        content_type,
        body: String::from_utf8_lossy(&body).into_owned(),
        retry_after_s: retry_after.and_then(|text| retry_after_s(&text, crate::now_ms() / 1000)),
    })
}

/// The head of the answer, and the time that is left.
async fn within(patience: Duration, request: Request) -> Result<(Response, Duration), Lost> {
    let begun = crate::now_ms();
    let controller = AbortController::default();
    let signal = controller.signal();
    let fetch = Fetch::Request(request);
    let sending = fetch.send_with_signal(&signal);
    pin_mut!(sending);
    match select(sending, Delay::from(patience)).await {
        Either::Left((response, _)) => {
            let spent = Duration::from_millis(crate::now_ms().saturating_sub(begun));
            Ok((response?, patience.saturating_sub(spent)))
        }
        Either::Right(_) => {
            controller.abort();
            Err(Lost(format!("nothing came within {} s", patience.as_secs())))
        }
    }
}

/// A whole body; `None` if it is longer than `limit` bytes.
async fn read(mut response: Response, limit: usize) -> worker::Result<Option<Vec<u8>>> {
    match response.body() {
        ResponseBody::Empty => Ok(Some(Vec::new())),
        _ => collect(response.stream()?, limit).await,
    }
}

/// All bytes of a stream; `None` if there are more than `limit`.
pub(crate) async fn collect(mut stream: ByteStream, limit: usize) -> worker::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend(chunk?);
        if bytes.len() > limit {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}
