//! What a browser gets: every header is made here, none comes through.

use crate::facts::Facts;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::ops::Range;

/// A result does not change, but who may see it can: a while in the browser's own cache, none in a shared one.
const CACHE: &str = "private, max-age=3600";

/// The file, or the part `range` of it.
pub(crate) fn file(facts: &Facts, range: Option<&Range<u64>>, disposition: &str, body: Body) -> Response {
    let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let mut response = (status, body).into_response();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &facts.mime);
    set(header::CONTENT_DISPOSITION, disposition);
    set(header::CONTENT_SECURITY_POLICY, "sandbox");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CACHE_CONTROL, CACHE);
    // Of a file of any origin: it is read to its end first where parts need that.
    set(header::ACCEPT_RANGES, "bytes");
    if let Some(tag) = &facts.etag {
        set(header::ETAG, tag);
    }
    if let Some(date) = &facts.modified {
        set(header::LAST_MODIFIED, date);
    }
    if let Some(len) = facts.len {
        let part = range.cloned().unwrap_or(0..len);
        set(header::CONTENT_LENGTH, &(part.end - part.start).to_string());
        if range.is_some() {
            set(header::CONTENT_RANGE, &format!("bytes {}-{}/{len}", part.start, part.end - 1));
        }
    }
    response
}

/// The browser has this version of the file.
pub(crate) fn unchanged(facts: &Facts) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    let tag = facts.etag.as_deref().and_then(|tag| HeaderValue::from_str(tag).ok());
    headers.extend(tag.map(|tag| (header::ETAG, tag)));
    response
}

/// The part that was asked for lies behind the end.
pub(crate) fn behind_end(len: u64) -> Response {
    let place = [(header::CONTENT_RANGE, format!("bytes */{len}"))];
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::RANGE_NOT_SATISFIABLE, place, no_store).into_response()
}
