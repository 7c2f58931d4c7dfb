//! What is answered: the provider's words as they came, ours in the provider's envelope.

use crate::scrub::scrub;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use veo_api::Reply;
use vireo_relay_core::body::BodyError;
use vireo_relay_core::envelope;
use vireo_relay_core::purse::Held;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// About as many as an answer has in the end.
const HEADERS: usize = 6;

/// One answer to a request for the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    /// Whether it was given before, under the same `Idempotency-Key`.
    pub(crate) replayed: bool,
}

impl From<BodyError> for Answer {
    fn from(error: BodyError) -> Answer {
        Answer::refusal(400, &error.to_string())
    }
}

impl From<Reply> for Answer {
    /// An answer that was made for the client already.
    fn from(reply: Reply) -> Answer {
        Answer { reply, replayed: false }
    }
}

impl Answer {
    /// The provider's answer, as far as it can be read.
    pub(crate) fn from_provider(reply: Reply) -> Answer {
        envelope::from_provider(reply).into()
    }

    /// A refusal of our own.
    pub(crate) fn refusal(status: u16, msg: &str) -> Answer {
        Answer::own(status, msg, Value::Null)
    }

    /// An answer of our own in the provider's envelope.
    pub(crate) fn own(status: u16, msg: &str, data: Value) -> Answer {
        envelope::own(status, msg, &data).into()
    }

    /// Why a paid request does not leave now.
    pub(crate) fn held(held: Held) -> Answer {
        let mut answer = Answer::own(held.status(), held.words(), held.data());
        answer.reply.retry_after_s = held.retry_after_s();
        answer
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
        let mut headers = HeaderMap::with_capacity(HEADERS);
        headers.insert(header::CONTENT_TYPE, JSON);
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
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}
