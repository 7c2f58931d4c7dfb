//! What is answered: the provider's words as they came, ours in the provider's envelope.

use crate::scrub::scrub;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use veo_api::Reply;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// One answer to a request for the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    /// Whether it was given before, under the same `Idempotency-Key`.
    pub(crate) replayed: bool,
}

impl Answer {
    /// The provider's answer. What is no JSON never reaches a browser as it is: it is a page of somebody in between.
    pub(crate) fn from_provider(reply: Reply) -> Answer {
        let text = reply.body.trim_start_matches('\u{feff}').trim_start();
        match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) if text.starts_with('{') && !(300..400).contains(&reply.status) => {
                Answer { reply, replayed: false }
            }
            _ => {
                let is_markup = reply.body.trim_start().starts_with(['<', '{', '[']);
                let words = if is_markup { "" } else { reply.body.trim() };
                let words: String = words.chars().filter(|c| !c.is_control()).take(200).collect();
                let is_error = (400..600).contains(&reply.status);
                let status = if is_error { reply.status } else { 502 };
                let msg = match words.as_str() {
                    "" => "The provider's answer could not be read.",
                    words => words,
                };
                let mut answer = Answer::refusal(status, msg);
                answer.reply.retry_after_s = reply.retry_after_s;
                answer
            }
        }
    }

    /// A refusal of our own.
    pub(crate) fn refusal(status: u16, msg: &str) -> Answer {
        Answer::own(status, msg, Value::Null)
    }

    /// An answer of our own in the provider's envelope.
    pub(crate) fn own(status: u16, msg: &str, data: Value) -> Answer {
        let body = json!({ "code": status, "msg": msg, "data": data }).to_string();
        Answer { reply: Reply { status, body, ..Reply::default() }, replayed: false }
    }

    /// The same, with a time after which to ask again, in seconds.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Answer {
        self.reply.retry_after_s = Some(seconds);
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
        let body = scrub(self.reply.body);
        let mut response = (status, [(header::CONTENT_TYPE, JSON)], Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.reply.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
