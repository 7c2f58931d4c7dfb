//! What is answered: the provider's words as they came, ours in the provider's envelope.

use crate::scrub::scrub;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use veo_api::Reply;
use worker::{Headers, Response, Result};

/// One answer; the serde form travels between the Worker and its objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) retry_after_s: Option<u32>,
    /// Whether it was given before, under the same `Idempotency-Key`.
    pub(crate) replayed: bool,
}

impl Answer {
    /// The provider's answer. What is no JSON never reaches a browser as it is: it is a page of somebody in between.
    pub(crate) fn from_provider(reply: &Reply) -> Answer {
        let is_json =
            matches!(serde_json::from_str(reply.body.trim_start_matches('\u{feff}')), Ok(Value::Object(_)));
        if is_json && !(300..400).contains(&reply.status) {
            let (status, body) = (reply.status, reply.body.clone());
            return Answer { status, body, retry_after_s: reply.retry_after_s, replayed: false };
        }
        let status = if (400..600).contains(&reply.status) { reply.status } else { 502 };
        Answer {
            retry_after_s: reply.retry_after_s,
            ..Answer::refusal(status, "The provider's answer could not be read.")
        }
    }

    /// A refusal of our own.
    pub(crate) fn refusal(status: u16, msg: &str) -> Answer {
        Answer::own(status, msg, Value::Null)
    }

    /// An answer of our own in the provider's envelope.
    pub(crate) fn own(status: u16, msg: &str, data: Value) -> Answer {
        let body = json!({ "code": status, "msg": msg, "data": data }).to_string();
        Answer { status, body, retry_after_s: None, replayed: false }
    }

    /// JSON of our own, not in an envelope.
    pub(crate) fn json(value: &Value) -> Answer {
        Answer { status: 200, body: value.to_string(), retry_after_s: None, replayed: false }
    }

    /// The same, with a time after which to ask again, in seconds.
    pub(crate) fn retry_after(self, seconds: u32) -> Answer {
        Answer { retry_after_s: Some(seconds), ..self }
    }

    /// As HTTP, without the secrets that the provider repeats.
    pub(crate) fn response(self) -> Result<Response> {
        let headers = Headers::new();
        headers.set("content-type", "application/json;charset=UTF-8")?;
        headers.set("cache-control", "no-store")?;
        if let Some(seconds) = self.retry_after_s {
            headers.set("retry-after", &seconds.to_string())?;
        }
        if self.replayed {
            headers.set("idempotency-replayed", "true")?;
        }
        if self.status == 401 {
            headers.set("www-authenticate", "Bearer")?;
        }
        let builder = Response::builder().with_status(self.status).with_headers(headers);
        Ok(builder.fixed(scrub(self.body).into_bytes()))
    }
}
