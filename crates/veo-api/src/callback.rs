//! The provider's callback, which is a hint and nothing more: its body is not signed, so no address is taken from it.

use crate::TaskId;
use crate::json::{self, Value};
use crate::reply::task_id;
use crate::shape::{self, member};

/// Which task a callback is about. Read the record to know how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The task.
    pub task_id: TaskId,
    /// The provider's code: 200, or why it failed.
    pub code: Option<i64>,
    /// The provider's words: one line of at most 500 characters.
    pub message: String,
}

/// Reads a callback's body; `None` if it names no task. Callers bound its length.
pub fn read_callback(body: &str) -> Option<Callback> {
    let body = json::parse(body)?;
    Some(Callback {
        task_id: task_id(body.get("data")?)?,
        code: body.get("code").and_then(Value::as_i64),
        message: member(&body, &["msg", "message"])
            .and_then(Value::as_str)
            .map(shape::one_line)
            .unwrap_or_default(),
    })
}
