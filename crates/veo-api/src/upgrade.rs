//! The answers of `get-1080p-video` and `get-4k-video`, where "not ready yet" comes dressed as an error.

use crate::json::Value;
use crate::reply::{Envelope, Reply};
use crate::shape::{self, member};
use crate::{ApiError, Class, TaskId};

/// How far an upgrade is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// Accepted, not ready: ask again later.
    Processing {
        /// The provider's words: one line of at most 500 characters.
        message: String,
        /// The task to ask for from now on, if the answer names one.
        task_id: Option<TaskId>,
    },
    /// Done.
    Ready {
        /// Addresses of the result; never empty.
        urls: Vec<String>,
        /// The task, if the answer names one.
        task_id: Option<TaskId>,
    },
}

/// Reads the answer to [`crate::get_1080p`].
pub fn read_1080p(reply: &Reply) -> Result<Upgrade, ApiError> {
    read_upgrade(reply)
}

/// Reads the answer to [`crate::Upgrade4k::request`], which has its addresses under `code` 422 the second time (docs).
pub fn read_4k(reply: &Reply) -> Result<Upgrade, ApiError> {
    read_upgrade(reply)
}

/// The two differ in the name of one field (`resultUrl`, `resultUrls`); either is read in both.
fn read_upgrade(reply: &Reply) -> Result<Upgrade, ApiError> {
    let envelope = Envelope::open(reply)?;
    let error = envelope.error();
    let may_hold_result = matches!(envelope.code, Some(200 | 400 | 422));
    let task_id = envelope.task_id();
    let urls = if may_hold_result { result_urls(&envelope.data) } else { Vec::new() };
    if !urls.is_empty() {
        Ok(Upgrade::Ready { urls, task_id })
    } else if may_hold_result && is_processing(&envelope, &error) {
        Ok(Upgrade::Processing { message: error.message().to_owned(), task_id })
    } else {
        Err(error)
    }
}

fn result_urls(data: &Value) -> Vec<String> {
    [Some(data), data.get("info")]
        .into_iter()
        .flatten()
        .filter_map(|place| member(place, &["resultUrl", "resultUrls", "result_urls"]))
        .map(shape::urls)
        .find(|urls| !urls.is_empty())
        .unwrap_or_default()
}

/// 200 with a `data` that has no address yet (docs, 4K), or words of waiting under 400 and 422 alike.
fn is_processing(envelope: &Envelope, error: &ApiError) -> bool {
    /// "… successfully" without an address is a result that is not listed yet, not a refusal.
    const WAITING: [&str; 8] = [
        "processing",
        "being generated",
        "in progress",
        "not ready",
        "should be ready",
        "try again later",
        "check back",
        "generated successfully",
    ];
    /// "Please try again later" also ends messages that report trouble.
    const TROUBLE: [&str; 4] = ["fail", "error", "unavailable", "too high"];
    if envelope.is_success() && matches!(envelope.data, Value::Map(_)) {
        return true;
    }
    let words = error.message().to_ascii_lowercase();
    matches!(error.class(), Class::Validation | Class::Empty)
        && WAITING.iter().any(|waiting| words.contains(waiting))
        && !TROUBLE.iter().any(|trouble| words.contains(trouble))
}
