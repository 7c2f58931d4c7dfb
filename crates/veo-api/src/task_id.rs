//! The provider's name for a task.

use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

/// Names a task at the provider: 32 lowercase hex characters on the wire, `veo_task_…` in the docs, opaque to us.
///
/// Only letters, digits, `_` and `-` get in, stored text included, so an id needs no escaping in an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TaskId(String);

impl TaskId {
    /// Reads an id that somebody typed, stored or sent: trimmed, 1 to 128 of `A–Z a–z 0–9 _ -`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        fits.then(|| TaskId(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TaskId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        TaskId::parse(&text).ok_or_else(|| de::Error::custom("not a task id"))
    }
}
