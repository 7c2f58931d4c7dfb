//! One line per request, without anything that opens something: no query, no header, no token of an address.

use crate::scrub::without_tokens;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tracing::{debug, warn};

/// By which an answer is found in the log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that is being answered.
pub(crate) struct Line {
    /// Counts requests, in log and answer alike.
    pub(crate) number: u64,
    method: Method,
    path: String,
    started: Instant,
}

impl Line {
    pub(crate) fn begin(request: &Request) -> Line {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let path = request.uri().path();
        Line {
            number: COUNT.fetch_add(1, Ordering::Relaxed),
            method: request.method().clone(),
            path: without_tokens(path).unwrap_or_else(|| path.to_owned()),
            started: Instant::now(),
        }
    }

    /// Writes the line, and its number into the answer.
    pub(crate) fn end(self, mut response: Response) -> Response {
        let Line { number, method, path, started } = self;
        let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis() as u64);
        match status {
            500.. => warn!(number, %method, path, status, ms, "answered"),
            _ => debug!(number, %method, path, status, ms, "answered"),
        }
        response.headers_mut().insert(REQUEST_ID, HeaderValue::from(number));
        response
    }
}
