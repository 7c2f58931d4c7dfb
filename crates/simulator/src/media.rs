//! The second origin: videos and pictures with Range, and the upload host.

use crate::files::StoredFile;
use crate::upload;
use crate::world::World;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use std::ops::RangeInclusive;

/// Results (`/v/…`, `/p/…`), uploaded files, and the upload host's `/api/file-…-upload`.
/// Results may be read by scripts of any origin, except where a prompt says `[sim:no-cors]`.
pub fn media_router(world: World) -> Router {
    Router::new()
        .route("/{*path}", get(file).options(preflight))
        .with_state(world.clone())
        .merge(upload::router(world))
}

#[derive(Deserialize)]
struct Signature {
    #[serde(rename = "X-Amz-Signature")]
    value: Option<String>,
}

async fn file(
    State(world): State<World>,
    Path(path): Path<String>,
    Query(signature): Query<Signature>,
    headers: HeaderMap,
) -> Response {
    world.with(|tables, now| {
        let is_refused = signature.value.is_some_and(|signature| !tables.files.is_signed(&signature, now));
        match tables.files.get(&path, now) {
            _ if is_refused => refuse(StatusCode::FORBIDDEN),
            None => refuse(StatusCode::NOT_FOUND),
            Some(file) => serve(file, &headers),
        }
    })
}

/// Scripts may read why, as with a store whose rules allow their origin.
fn refuse(status: StatusCode) -> Response {
    (status, OPEN).into_response()
}

fn serve(file: &StoredFile, request: &HeaderMap) -> Response {
    let len = file.bytes.len();
    let tag = format!("\"{len:x}-{:x}\"", file.from_ms);
    let mut response = match range(request, len as u64, &tag) {
        Ok(None) => Body::from(file.bytes.clone()).into_response(),
        Ok(Some(range)) => {
            let part = file.bytes.slice(*range.start() as usize..=*range.end() as usize);
            let place = format!("bytes {}-{}/{len}", range.start(), range.end());
            let headers = [(header::CONTENT_RANGE, place)];
            (StatusCode::PARTIAL_CONTENT, headers, Body::from(part)).into_response()
        }
        Err(Unsatisfiable) => {
            let headers = [(header::CONTENT_RANGE, format!("bytes */{len}"))];
            (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(mime) = HeaderValue::from_str(&file.mime) {
        headers.insert(header::CONTENT_TYPE, mime);
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if file.cors {
        headers.extend(OPEN.map(|(name, value)| (name, HeaderValue::from_static(value))));
    }
    response
}

const OPEN: [(header::HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "Accept-Ranges, Content-Length, Content-Range, Content-Type, ETag",
    ),
];

struct Unsatisfiable;

/// The one range asked for; `None` is the whole file, as for several ranges, for one that cannot be read, and for one
/// of another version of the file.
fn range(request: &HeaderMap, len: u64, tag: &str) -> Result<Option<RangeInclusive<u64>>, Unsatisfiable> {
    let text = |name| request.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|condition| condition != tag) {
        return Ok(None);
    }
    let Some(Ok(ranges)) = text(header::RANGE).map(http_range_header::parse_range_header) else {
        return Ok(None);
    };
    match ranges.validate(len).as_deref() {
        Ok([range]) => Ok(Some(range.clone())),
        Ok(_) => Ok(None),
        Err(_) => Err(Unsatisfiable),
    }
}

/// `OPTIONS` of a file: reading parts is allowed to every page.
async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Range, If-Range"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
