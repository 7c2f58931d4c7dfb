//! The one way to the provider.

use crate::clock::now_ms;
use crate::lines::Lines;
use crate::secret::Secret;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Client, redirect, retry};
use std::error::Error;
use std::time::Duration;
use std::{fmt, io, iter};
use tower::ServiceExt;
use url::Url;
use veo_api::{Host, Method, Reply, Request};
use vireo_relay_core::envelope::retry_after_s;

const CONNECT: Duration = Duration::from_secs(5);
const TOTAL: Duration = Duration::from_secs(60);
/// Uploads may be large and lines slow.
const UPLOAD: Duration = Duration::from_secs(600);
/// The largest answer that is read; real ones have a few kilobytes.
pub(crate) const MAX_ANSWER: usize = 1 << 20;
/// Cloudflare turns odd names away (client).
const USER_AGENT: &str = concat!("Mozilla/5.0 (compatible; vireo-relay/", env!("CARGO_PKG_VERSION"), ")");

/// One request to the provider.
#[derive(Debug)]
pub struct Outgoing {
    /// Which of its hosts.
    pub host: Host,
    /// How.
    pub method: Method,
    /// Path and query without a leading slash.
    pub path: String,
    /// What it carries.
    pub body: Carried,
    /// Whether it can cost credits: then it leaves on a connection of its own.
    pub paid: bool,
}

/// What a request carries.
pub enum Carried {
    /// Nothing.
    Nothing,
    /// `application/json`.
    Json(String),
    /// Bytes of this type, as they come.
    Stream(String, BoxStream<'static, io::Result<Bytes>>),
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Carried::Nothing => "Nothing",
            Carried::Json(_) => "Json",
            Carried::Stream(..) => "Stream",
        })
    }
}

impl From<Request> for Outgoing {
    fn from(request: Request) -> Self {
        let body = match request.body {
            veo_api::Body::Json(text) => Carried::Json(text),
            // A form's bytes are added by whoever has them, as a stream.
            veo_api::Body::Empty | veo_api::Body::Form { .. } => Carried::Nothing,
        };
        Outgoing { host: request.host, method: request.method, path: request.path, body, paid: request.paid }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The request provably did not leave: no connection was made.
    #[error("the provider was not reached: {0}")]
    Unsent(String),
    /// It may have arrived.
    #[error("the provider's answer was lost: {0}")]
    Lost(String),
}

/// Whoever answers the provider's API.
pub trait Upstream: Send + Sync + 'static {
    /// Sends one request, once, and reads the whole answer. Never follows a redirect, never repeats.
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>>;
}

/// The provider over HTTP. The key leaves only here.
pub struct HttpUpstream {
    api: Url,
    upload: Url,
    key: Secret,
    /// For what is free and small, which is asked most. `None` where the key or the address cannot be sent at all.
    lines: Option<Lines>,
    /// For uploads. Reuses connections.
    free: Client,
    /// Never does: one that dies when it is reused leaves open whether the request arrived.
    fresh: Client,
}

impl HttpUpstream {
    /// The provider at these addresses.
    ///
    /// # Errors
    /// Those of the TLS library.
    pub fn new(api: Url, upload: Url, key: Secret) -> Result<Self, reqwest::Error> {
        // Someone else in the process may have chosen one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = || {
            Client::builder()
                .user_agent(USER_AGENT)
                .connect_timeout(CONNECT)
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .referer(false)
                // The key goes to the provider and to nobody in between.
                .no_proxy()
        };
        let free = client().build()?;
        let fresh = client().pool_max_idle_per_host(0).build()?;
        let lines = headers(&key).and_then(|headers| Lines::new(&api, headers));
        Ok(HttpUpstream { api, upload, key, lines, free, fresh })
    }

    /// Whatever the path says, it stays below the base: the key goes nowhere else.
    fn url(&self, host: Host, path: &str) -> Url {
        let base = match host {
            Host::Api => &self.api,
            Host::Upload => &self.upload,
        };
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = base.clone();
        url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }

    async fn answer(&self, request: Outgoing) -> Result<Reply, SendError> {
        let client = if request.paid { &self.fresh } else { &self.free };
        let url = self.url(request.host, &request.path);
        let builder = match request.method {
            Method::Get => client.get(url),
            Method::Post => client.post(url),
        };
        let timeout = if matches!(request.body, Carried::Stream(..)) { UPLOAD } else { TOTAL };
        let builder = builder.bearer_auth(self.key.expose()).timeout(timeout);
        let builder = match request.body {
            Carried::Nothing => builder,
            Carried::Json(text) => builder.header(header::CONTENT_TYPE, "application/json").body(text),
            Carried::Stream(kind, bytes) => {
                builder.header(header::CONTENT_TYPE, kind).body(reqwest::Body::wrap_stream(bytes))
            }
        };
        let response = builder.send().await.map_err(trouble)?;
        let reply = reply(response.status(), response.headers());
        let body =
            limited(response.bytes_stream().map_err(|error| trouble(error).to_string()).boxed()).await?;
        Ok(self.without_key(Reply { body, ..reply }))
    }

    /// The same for what is free and small.
    async fn look(
        &self,
        lines: &Lines,
        method: Method,
        path: &str,
        json: Option<String>,
    ) -> Result<Reply, SendError> {
        let asking = lines.ask(http_method(method), path, json);
        let asked = tokio::time::timeout(TOTAL, asking).await;
        Ok(self.without_key(asked.map_err(|_| SendError::Lost("no answer in time".to_owned()))??))
    }

    /// Should the provider ever repeat the key, it ends here.
    fn without_key(&self, reply: Reply) -> Reply {
        match reply.body.contains(self.key.expose()) {
            true => Reply { body: reply.body.replace(self.key.expose(), "[redacted]"), ..reply },
            false => reply,
        }
    }
}

impl fmt::Debug for HttpUpstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpUpstream").finish_non_exhaustive()
    }
}

impl Upstream for HttpUpstream {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
        Box::pin(async move {
            let Some(lines) = self.lines.as_ref().filter(|_| !request.paid && request.host == Host::Api)
            else {
                return self.answer(request).await;
            };
            match request.body {
                Carried::Nothing => self.look(lines, request.method, &request.path, None).await,
                Carried::Json(text) => self.look(lines, request.method, &request.path, Some(text)).await,
                Carried::Stream(..) => self.answer(request).await,
            }
        })
    }
}

/// Those of every request; `None` for a key that cannot be sent.
fn headers(key: &Secret) -> Option<HeaderMap> {
    let mut authorization = HeaderValue::try_from(format!("Bearer {}", key.expose())).ok()?;
    authorization.set_sensitive(true);
    Some(HeaderMap::from_iter([
        (header::AUTHORIZATION, authorization),
        (header::USER_AGENT, HeaderValue::from_static(USER_AGENT)),
        (header::ACCEPT, HeaderValue::from_static("*/*")),
    ]))
}

fn http_method(method: Method) -> axum::http::Method {
    match method {
        Method::Get => axum::http::Method::GET,
        Method::Post => axum::http::Method::POST,
    }
}

fn trouble(error: reqwest::Error) -> SendError {
    // The address may hold a task's id, and nothing else that helps.
    let error = error.without_url();
    let words = words(&error);
    // The request itself, name, connection, TLS: all before its first byte.
    if error.is_builder() || error.is_connect() { SendError::Unsent(words) } else { SendError::Lost(words) }
}

/// An error and what caused it.
pub(crate) fn words(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |words, cause| format!("{words}: {cause}"))
}

async fn limited(mut chunks: BoxStream<'_, Result<Bytes, String>>) -> Result<String, SendError> {
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(SendError::Lost)?;
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(SendError::Lost("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(text(body))
}

pub(crate) fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// An answer whose body is still to come.
pub(crate) fn reply(status: StatusCode, headers: &HeaderMap) -> Reply {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    Reply {
        status: status.as_u16(),
        content_type: text(header::CONTENT_TYPE).map(str::to_owned),
        retry_after_s: text(header::RETRY_AFTER).and_then(|text| retry_after_s(text, now_ms() / 1000)),
        body: String::new(),
    }
}

/// A provider in this process, such as the simulator.
#[derive(Clone, Debug)]
pub struct LocalUpstream {
    /// Its API.
    pub api: Router,
    /// Its upload host.
    pub upload: Router,
}

impl Upstream for LocalUpstream {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
        let router = match request.host {
            Host::Api => self.api.clone(),
            Host::Upload => self.upload.clone(),
        };
        Box::pin(async move {
            let (kind, body) = match request.body {
                Carried::Nothing => (None, Body::empty()),
                Carried::Json(text) => (Some("application/json".to_owned()), Body::from(text)),
                Carried::Stream(kind, bytes) => (Some(kind), Body::from_stream(bytes)),
            };
            let mut builder = axum::http::Request::builder()
                .method(http_method(request.method))
                .uri(format!("/{}", request.path))
                .header(header::AUTHORIZATION, "Bearer demo");
            if let Some(kind) = kind {
                builder = builder.header(header::CONTENT_TYPE, kind);
            }
            let request = builder.body(body).map_err(|error| SendError::Unsent(error.to_string()))?;
            let Ok(response) = router.oneshot(request).await;
            let (head, body) = response.into_parts();
            let body = body.into_data_stream().map_err(|error| error.to_string()).boxed();
            Ok(Reply { body: limited(body).await?, ..reply(head.status, &head.headers) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://api.example", "api/v1/veo/generate", "https://api.example/api/v1/veo/generate")]
    #[case(
        "https://api.example/base",
        "a?taskId=x%20y&b=%2F",
        "https://api.example/base/a?taskId=x%20y&b=%2F"
    )]
    #[case("https://api.example/base/", "a", "https://api.example/base/a")]
    #[case("https://api.example", "/evil.example/a", "https://api.example//evil.example/a")]
    #[case("https://api.example", "https://evil.example/a", "https://api.example/https://evil.example/a")]
    #[case("https://api.example", "@evil.example", "https://api.example/@evil.example")]
    #[case("https://api.example", "a#b", "https://api.example/a%23b")]
    fn every_path_lies_below_the_base(#[case] base: &str, #[case] path: &str, #[case] url: &str) {
        let base = Url::parse(base).unwrap();
        let upstream = HttpUpstream::new(base.clone(), base, Secret::new("not-a-real-key").unwrap()).unwrap();
        assert_eq!(upstream.url(Host::Api, path).as_str(), url);
    }

    #[test]
    fn a_wait_until_a_date_is_read() {
        let headers = HeaderMap::from_iter([(
            header::RETRY_AFTER,
            HeaderValue::from_static("Tue, 31 Dec 2999 23:59:59 GMT"),
        )]);
        assert_eq!(reply(StatusCode::TOO_MANY_REQUESTS, &headers).retry_after_s, Some(3600));
    }

    #[tokio::test]
    async fn what_cannot_even_be_built_has_not_left() {
        let base = Url::parse("http://127.0.0.1:9").unwrap();
        let key = Secret::new("not-a\u{1}-real-key").unwrap();
        let upstream = HttpUpstream::new(base.clone(), base, key).unwrap();
        let request = veo_api::credit().into();
        assert!(matches!(upstream.send(request).await, Err(SendError::Unsent(_))));
    }
}
