//! The provider's envelope: `{code, msg, data}` under HTTP 200, whatever the code.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

/// JSON as the API host sends it (wire).
fn send(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body.to_string()).into_response()
}

/// An accepted request.
pub(crate) fn ok(data: Value) -> Response {
    send(&json!({ "code": 200, "msg": "success", "data": data }))
}

/// A refusal; `data` is null except for a 4K upgrade.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: u16,
    msg: String,
    data: Value,
}

impl Refusal {
    pub(crate) fn new(code: u16, msg: impl Into<String>) -> Self {
        Refusal { code, msg: msg.into(), data: Value::Null }
    }

    pub(crate) fn with_data(self, data: Value) -> Self {
        Refusal { data, ..self }
    }

    /// A request that does not say what it must (422; the words are inferred).
    pub(crate) fn invalid(msg: impl Into<String>) -> Self {
        Refusal::new(422, msg)
    }

    /// No key, or one that opens nothing (wire).
    pub(crate) fn unauthorized() -> Self {
        Refusal::new(401, "Unauthorized – Authentication failed")
    }

    /// The balance does not reach (wire).
    pub(crate) fn no_credits() -> Self {
        Refusal::new(402, "The current credits are insufficient. Please top up.")
    }

    /// Too many creations; this one is not queued (client).
    pub(crate) fn too_many() -> Self {
        Refusal::new(429, "Your call frequency is too high. Please try again later.")
    }

    /// Nobody is at home (docs; the words are inferred).
    pub(crate) fn maintenance() -> Self {
        Refusal::new(455, "The service is currently undergoing maintenance.")
    }

    /// No such task, or not yet (wire, on a sibling endpoint).
    pub(crate) fn no_record() -> Self {
        Refusal::new(422, "recordInfo is null")
    }

    /// The task is too old to be asked about (docs).
    pub(crate) fn too_old() -> Self {
        Refusal::new(422, "Temporarily supports records within 14 days.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        send(&json!({ "code": self.code, "msg": self.msg, "data": self.data }))
    }
}

/// The gateway's hiccup on a look (client).
pub(crate) fn hiccup() -> Response {
    send(&json!({ "code": 500, "msg": "err" }))
}

/// A server error, for once with the HTTP status that belongs to it (docs).
pub(crate) fn error_500() -> Response {
    let body = json!({ "code": 500, "msg": "Internal Error, Please try again later.", "data": null });
    (StatusCode::INTERNAL_SERVER_ERROR, send(&body)).into_response()
}

/// A path that the API host does not have (docs; the words are inferred).
pub(crate) async fn no_route() -> Response {
    (StatusCode::NOT_FOUND, Refusal::new(404, "Not Found")).into_response()
}

/// A path that takes no such method (the words are inferred).
pub(crate) async fn no_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, Refusal::new(405, "Method Not Allowed")).into_response()
}

/// A web page where JSON should be, as captive portals and gateways send it.
pub(crate) fn web_page() -> Response {
    Html("<!doctype html><title>One moment</title><p>Please stand by.</p>\n").into_response()
}

/// No answer at all: a body that fails before its first byte. A server drops the connection without having sent the
/// head; a caller in the same process sees the head, and an error as soon as it reads the body.
pub(crate) fn no_answer() -> Response {
    let lost = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "[sim:drop-answer]");
    Body::from_stream(futures_util::stream::iter([Err::<Vec<u8>, _>(lost)])).into_response()
}

/// The caller's key. Any will do except none, an empty one and `bad-key`.
pub(crate) fn key(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let key = value.strip_prefix("Bearer ")?.trim();
    (!key.is_empty() && key != "bad-key").then_some(key)
}
