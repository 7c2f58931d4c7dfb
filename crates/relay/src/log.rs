//! One line per request, without anything that opens something: no query, no header, no token of an address.

use crate::scrub::without_tokens;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tracing::{Instrument, debug, info_span, warn};

/// By which an answer is found in the log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Numbers requests, in log and answer alike.
pub(crate) async fn log<A: Future<Output = Response>>(
    request: Request,
    answer: impl FnOnce(Request) -> A,
) -> Response {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let started = Instant::now();
    let mut response = answer(request).instrument(info_span!("request", number)).await;
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis() as u64);
    let path = || without_tokens(uri.path()).unwrap_or_else(|| uri.path().to_owned());
    match status {
        500.. => warn!(number, %method, path = path(), status, ms, "answered"),
        _ => debug!(number, %method, path = path(), status, ms, "answered"),
    }
    response.headers_mut().insert(REQUEST_ID, HeaderValue::from(number));
    response
}
