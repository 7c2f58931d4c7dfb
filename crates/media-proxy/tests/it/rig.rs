//! Origins to read from, and verbs to read with.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use std::fmt::{self, Debug, Formatter};
use std::ops::RangeBounds;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vireo_media_proxy::{ArchiveKey, ByteRange, Config, Item, MediaProxy};

pub const TAG: &str = "\"v1\"";
pub const DATE: &str = "Sun, 22 Nov 2026 08:00:00 GMT";

/// Bytes that do not fill the screen when a test fails.
#[derive(Clone, PartialEq)]
pub struct Content(pub Bytes);

impl Content {
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Content {
        Content(self.0.slice(range))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Debug for Content {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, first {:?}", self.len(), self.0.first())
    }
}

/// A file that begins as an MP4 does, of a length no chunk fits.
pub fn video() -> Content {
    let mut bytes = b"\0\0\0\x20ftypisom".to_vec();
    bytes.extend((0..300_000_u32).map(|at| (at % 251) as u8));
    Content(bytes.into())
}

/// A server on loopback, and what it has been asked.
#[derive(Clone)]
pub struct Origin {
    pub base: String,
    pub asked: Arc<Mutex<Vec<HeaderMap>>>,
    pub connections: Arc<AtomicUsize>,
}

impl Origin {
    /// Answers each request by a function.
    pub async fn with(answer: impl Fn(&Request) -> Response + Clone + Send + Sync + 'static) -> Origin {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Origin::named(&listener);
        let asked = origin.asked.clone();
        let router = Router::new().fallback(move |request: Request| {
            asked.lock().unwrap().push(request.headers().clone());
            let response = answer(&request);
            async { response }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        origin
    }

    /// Answers each connection with bytes, and then keeps it open or not.
    pub async fn raw(answer: &'static str, stays: bool) -> Origin {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Origin::named(&listener);
        let connections = origin.connections.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    _ = socket.read(&mut request).await;
                    _ = socket.write_all(answer.as_bytes()).await;
                    if stays {
                        _ = socket.read(&mut request).await;
                    }
                });
            }
        });
        origin
    }

    fn named(listener: &TcpListener) -> Origin {
        let base = format!("http://{}", listener.local_addr().unwrap());
        Origin { base, asked: Arc::default(), connections: Arc::default() }
    }

    pub fn url(&self) -> String {
        [&self.base, "/v/a.mp4?X-Amz-Signature=secret"].concat()
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// A good origin that knows parts.
pub async fn with_range() -> Origin {
    with_range_and_type("video/mp4").await
}

pub async fn with_range_and_type(mime: &'static str) -> Origin {
    Origin::with(move |request| {
        let whole = video().0;
        let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok());
        match range.and_then(ByteRange::parse).map(|range| range.within(whole.len() as u64)) {
            None => headed(StatusCode::OK, mime, whole),
            Some(None) => {
                let place = [(header::CONTENT_RANGE, format!("bytes */{}", whole.len()))];
                (StatusCode::RANGE_NOT_SATISFIABLE, place).into_response()
            }
            Some(Some(part)) => {
                let place = format!("bytes {}-{}/{}", part.start, part.end - 1, whole.len());
                let bytes = whole.slice(part.start as usize..part.end as usize);
                let mut response = headed(StatusCode::PARTIAL_CONTENT, mime, bytes);
                response.headers_mut().insert(header::CONTENT_RANGE, place.parse().unwrap());
                response
            }
        }
    })
    .await
}

/// An origin that always sends the whole, as some type.
pub async fn without_range(mime: &'static str, bytes: impl Into<Bytes>) -> Origin {
    let bytes = bytes.into();
    Origin::with(move |_| headed(StatusCode::OK, mime, bytes.clone())).await
}

/// An origin that sends elsewhere.
pub async fn redirecting(location: impl Into<String>) -> Origin {
    let location = location.into();
    Origin::with(move |_| (StatusCode::FOUND, [(header::LOCATION, location.clone())]).into_response()).await
}

/// A file with headers of which some must not come through.
fn headed(status: StatusCode, mime: &str, bytes: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, mime),
        (header::ETAG, TAG),
        (header::LAST_MODIFIED, DATE),
        (header::SET_COOKIE, "session=stolen"),
        (header::SERVER, "origin"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("x-amz-request-id"), "1"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_str(value).unwrap()));
    (status, HeaderMap::from_iter(headers), Body::from(bytes)).into_response()
}

/// A configuration that trusts some origins.
pub fn trusting(origins: &[&Origin]) -> Config {
    Config {
        allow_media_origins: origins.iter().map(|origin| origin.base.clone()).collect(),
        ..Config::default()
    }
}

pub fn proxy(origins: &[&Origin]) -> MediaProxy {
    MediaProxy::new(trusting(origins)).unwrap()
}

/// An answer, read to its end; a broken body is `None`.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Option<Content>,
}

impl Answer {
    pub async fn read(response: Response) -> Answer {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.ok().map(|body| Content(body.to_bytes()));
        Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> String {
        let bytes = self.bytes.as_ref().map(|content| &content.0[..]);
        String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
    }
}

pub fn item(url: &str) -> Item<'_> {
    Item { url, file_name: "paper boat", download: false, archive: None }
}

pub fn key() -> ArchiveKey {
    ArchiveKey::new("0123abcd", "720p", 0).unwrap()
}

pub async fn get(proxy: &MediaProxy, item: &Item<'_>, headers: &[(&str, &str)]) -> Answer {
    ask(proxy, item, Method::GET, headers).await
}

pub async fn ask(proxy: &MediaProxy, item: &Item<'_>, method: Method, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let headers: HeaderMap<HeaderValue> = headers.collect::<Vec<(HeaderName, _)>>().into_iter().collect();
    Answer::read(proxy.serve(item, &method, &headers).await).await
}
