//! What came back, and the envelope around it.

use crate::json::{self, Value};
use crate::shape::member;
use crate::{ApiError, TaskId};

/// A whole HTTP answer, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`. Only for the sender's own use: what counts is what the body is.
    pub content_type: Option<String>,
    /// The body.
    pub body: String,
    /// `Retry-After` in seconds.
    pub retry_after_s: Option<u32>,
}

/// The body of nearly every answer: `{ "code": …, "msg": …, "data": … }`. `code` is the real status (wire).
pub(crate) struct Envelope {
    status: u16,
    retry_after_s: Option<u32>,
    pub(crate) code: Option<i64>,
    pub(crate) message: String,
    pub(crate) data: Value,
}

impl Envelope {
    /// Opens an answer; the error is for one that is no JSON object.
    pub(crate) fn open(reply: &Reply) -> Result<Envelope, ApiError> {
        let Some(mut body @ Value::Map(_)) = json::parse(&reply.body) else {
            return Err(ApiError::from_text(reply.status, reply.retry_after_s, &reply.body));
        };
        Ok(Envelope {
            status: reply.status,
            retry_after_s: reply.retry_after_s,
            code: body.get("code").and_then(Value::as_i64),
            message: member(&body, &["msg", "message"])
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            data: body.take("data"),
        })
    }

    /// Opens an answer that is only of use as a success.
    pub(crate) fn open_success(reply: &Reply) -> Result<Envelope, ApiError> {
        let envelope = Envelope::open(reply)?;
        if envelope.is_success() { Ok(envelope) } else { Err(envelope.error()) }
    }

    /// HTTP and body both say yes.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && self.code == Some(200)
    }

    /// This answer as an error.
    pub(crate) fn error(&self) -> ApiError {
        ApiError::from_envelope(self.status, self.retry_after_s, self.code, &self.message)
    }

    /// The task that `data` names.
    pub(crate) fn task_id(&self) -> Option<TaskId> {
        task_id(&self.data)
    }
}

/// The task that an object names, in either spelling (wire; docs).
pub(crate) fn task_id(data: &Value) -> Option<TaskId> {
    TaskId::parse(member(data, &["taskId", "task_id"])?.as_str()?)
}

/// Reads the answer to `generate` and `extend`: the task that was created, and is now being paid for.
pub fn read_created(reply: &Reply) -> Result<TaskId, ApiError> {
    let envelope = Envelope::open(reply)?;
    match envelope.task_id() {
        // Whatever the HTTP status: a task that has a name must not be lost.
        Some(task) if envelope.code == Some(200) => Ok(task),
        Some(_) => Err(envelope.error().naming_a_task()),
        None => Err(envelope.error()),
    }
}
