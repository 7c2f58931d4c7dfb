//! What became of an `Idempotency-Key`.

use super::SharedState;
use crate::access::Caller;
use crate::answer::Answer;
use crate::intent::{IntentId, read_key};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

pub(super) async fn intent(
    State(shared): SharedState,
    Extension(caller): Extension<Caller>,
    key: Result<Path<String>, PathRejection>,
) -> Result<Response, Answer> {
    let unused = || Answer::refusal(404, "Nothing was asked for under this key.");
    let key = key.map_err(|_| unused())?;
    let key = read_key(&key).ok_or_else(unused)?.to_owned();
    let id = IntentId { caller: caller.0, key };
    let found = shared.book.get(id).await.map_err(|error| {
        tracing::error!("an intent could not be read: {error}");
        Answer::refusal(503, "The relay could not look it up.")
    })?;
    let intent = found.ok_or_else(unused)?;
    let mut told = json!({ "intentId": intent.id.key, "state": intent.stage });
    if let Some(task) = &intent.task_id {
        told["taskId"] = json!(task);
    }
    if let Some(state) = intent.state() {
        told["taskState"] = json!(state);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(told)).into_response())
}
