//! `POST /relay/callback/{intent}/{token}`.

use super::{SharedState, read_body};
use crate::answer::Answer;
use crate::clock::now_ms;
use crate::order::Kind;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use tracing::{error, warn};
use veo_api::read_callback;

const MAX_BODY: usize = 64 * 1024;

/// Answers as soon as the hint is stored; the record is read afterwards.
pub(super) async fn callback(
    State(shared): SharedState,
    address: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Answer> {
    let nothing = || {
        shared.metrics.forged.up();
        super::nothing()
    };
    let Path((key, token)) = address.map_err(|_| nothing())?;
    let id = shared.addresses.intent(&key, &token).map_err(|_| nothing())?;
    let body = read_body(body, MAX_BODY).await?;
    let body = std::str::from_utf8(&body).ok().and_then(read_callback);
    let call = body.ok_or_else(|| Answer::refusal(400, "The body names no task."))?;
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let (timestamp, signature) = (text("x-webhook-timestamp"), text("x-webhook-signature"));
    let signed = shared.addresses.check_signature(&call.task_id, timestamp, signature, now_ms() / 1000);
    if signed.is_err() {
        shared.metrics.forged.up();
        warn!(intent = id.key, "a callback without the provider's signature was refused");
        return Err(Answer::refusal(401, "The signature is missing, wrong or old."));
    }
    let task = call.task_id;
    let named = task.clone();
    let stored = shared.book.change(&id, move |intent| intent.called(&named)).await.map_err(|error| {
        error!("a callback could not be stored: {error}");
        Answer::refusal(503, "Not stored; call again.")
    })?;
    let intent = stored.ok_or_else(nothing)?;
    let is_other = intent.task_id.as_ref().is_some_and(|own| *own != task)
        && !(intent.kind == Kind::Upgrade4k && intent.original.as_ref() == Some(&task));
    if is_other {
        warn!(intent = id.key, "a callback names another task than its intent's");
        return Err(nothing());
    }
    shared.metrics.callbacks.up();
    shared.follower.called_back(&intent);
    Ok(Answer::own(200, "success", serde_json::Value::Null))
}
