//! The record of a task: `GET record-info`.

use crate::json::{self, Value};
use crate::reply::{Envelope, Reply, task_id};
use crate::shape::{self, member};
use crate::{ApiError, Generate, TaskId};

/// What the provider knows about a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The task, if the record repeats its name.
    pub task_id: Option<TaskId>,
    /// How far it is.
    pub status: Status,
    /// Addresses of the result: `resultUrls`, wherever it stands. After an extension perhaps only the new segment.
    pub videos: Vec<String>,
    /// Addresses of the stitched whole after an extension: `fullResultUrls`.
    pub full_videos: Vec<String>,
    /// Addresses of an intermediate file (docs; client: the 720p original of a 1080p task): never to be shown as the result.
    pub origin_videos: Vec<String>,
    /// The resolution, in the provider's words.
    pub resolution: Option<String>,
    /// `Some(false)` if any of the videos came without sound, which happens.
    pub has_audio: Option<bool>,
    /// The seed that was used.
    pub seed: Option<u32>,
    /// Why it failed, as a code; see [`crate::classify_failure`].
    pub error_code: Option<i64>,
    /// Why it failed, in the provider's words: one line of at most 500 characters.
    pub error_message: Option<String>,
    /// When it was created, by the provider's clock, in milliseconds.
    pub created_ms: Option<u64>,
    /// When it ended, by the provider's clock, in milliseconds. May be set before the result is there (client).
    pub completed_ms: Option<u64>,
    /// What was asked for, rebuilt from the record's echo.
    pub params: Option<Generate>,
}

/// How far a task is: `successFlag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// 0: the provider works on it.
    Generating,
    /// 1: finished. There may be no address all the same.
    Succeeded,
    /// Anything else, with the flag as sent: 2 failed, 3 failed while generating (wire), −1 for one that is no number.
    Failed(i64),
}

/// Reads a record. A task that failed is a record too; the error is for an answer that tells nothing about the task.
pub fn read_record(reply: &Reply) -> Result<Record, ApiError> {
    let envelope = Envelope::open_success(reply).map_err(ApiError::on_record)?;
    let data = &envelope.data;
    let Value::Map(_) = data else {
        return Err(envelope.error());
    };

    // Newest first: nested (wire), flat (docs until 2025-11), as in a callback (docs). Never from `paramJson`, which
    // holds the addresses of the input pictures.
    let places = [data.get("response"), Some(data), data.get("info")];
    let found = |name: &'static str| places.iter().flatten().filter_map(move |place| member(place, &[name]));
    let urls = |name| found(name).map(shape::urls).find(|urls| !urls.is_empty()).unwrap_or_default();
    let (videos, full_videos) = (urls("resultUrls"), urls("fullResultUrls"));
    let has_result = !videos.is_empty() || !full_videos.is_empty();
    let error_code = data.get("errorCode").and_then(Value::as_i64).filter(|code| *code != 0);
    let error_message = data.get("errorMessage").and_then(words);
    let has_error = error_code.is_some() || error_message.is_some();
    Ok(Record {
        task_id: task_id(data).or_else(|| data.get("response").and_then(task_id)),
        status: status(data.get("successFlag"), has_result, has_error),
        videos,
        full_videos,
        origin_videos: urls("originUrls"),
        resolution: found("resolution").find_map(words),
        has_audio: found("hasAudioList").find_map(has_audio),
        seed: found("seeds").find_map(shape::seed),
        error_code,
        error_message,
        created_ms: data.get("createTime").and_then(shape::time_ms),
        completed_ms: data.get("completeTime").and_then(shape::time_ms),
        params: data.get("paramJson").and_then(params),
    })
}

/// Only 0 goes on, only 1 is success. Where the flag is missing, which was never seen, the rest of the record decides:
/// a result is success, an error is failure, and without either the provider has not given its verdict yet.
fn status(flag: Option<&Value>, has_result: bool, has_error: bool) -> Status {
    let flag = match flag {
        None | Some(Value::Null) => None,
        Some(Value::Text(text)) if text.trim().is_empty() => None,
        Some(Value::Bool(truth)) => Some(i64::from(*truth)),
        Some(value) => Some(value.as_i64().unwrap_or(-1)),
    };
    match flag {
        Some(0) => Status::Generating,
        Some(1) => Status::Succeeded,
        Some(flag) => Status::Failed(flag),
        None if has_result => Status::Succeeded,
        None if has_error => Status::Failed(2),
        None => Status::Generating,
    }
}

fn words(value: &Value) -> Option<String> {
    value.as_str().map(shape::one_line).filter(|words| !words.is_empty())
}

fn has_audio(value: &Value) -> Option<bool> {
    let mut known = shape::each(value).iter().filter_map(shape::truth).peekable();
    known.peek()?;
    Some(known.all(|sound| sound))
}

fn params(value: &Value) -> Option<Generate> {
    match value {
        Value::Text(text) => Generate::from_params(&json::parse(text)?),
        other => Generate::from_params(other),
    }
}
