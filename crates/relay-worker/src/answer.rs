//! What is answered: the provider's words as they came, ours in the provider's envelope.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use veo_api::Reply;
use vireo_relay_core::envelope;
use vireo_relay_core::purse::Held;
use vireo_relay_core::scrub::scrub;
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

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        let Reply { status, body, retry_after_s, .. } = reply;
        Answer { status, body, retry_after_s, replayed: false }
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
        let answer = Answer::own(held.status(), held.words(), held.data());
        Answer { retry_after_s: held.retry_after_s(), ..answer }
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
