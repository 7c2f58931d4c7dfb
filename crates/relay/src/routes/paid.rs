//! The three paid requests.

use super::forward::send;
use super::{IDEMPOTENCY_KEY, SharedState, read_body};
use crate::access::Caller;
use crate::answer::Answer;
use crate::intent::{IntentId, read_key};
use crate::order::{Kind, Order, OrderError};
use crate::random;
use crate::service::Shared;
use crate::submit::Wish;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use veo_api::{TaskId, Upgrade, Upgrade4k, read_4k};

const MAX_BODY: usize = 256 * 1024;

pub(super) async fn generate(
    State(shared): SharedState,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Answer> {
    submit(&shared, caller, &headers, body, Kind::Generate).await
}

pub(super) async fn extend(
    State(shared): SharedState,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Answer> {
    submit(&shared, caller, &headers, body, Kind::Extend).await
}

pub(super) async fn upgrade_4k(
    State(shared): SharedState,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Answer> {
    submit(&shared, caller, &headers, body, Kind::Upgrade4k).await
}

async fn submit(
    shared: &Shared,
    caller: Caller,
    headers: &HeaderMap,
    body: Body,
    kind: Kind,
) -> Result<Answer, Answer> {
    let key = key(headers)?;
    let body = read_body(body, MAX_BODY).await?;
    let order = Order::read(kind, &body).map_err(|error| match &error {
        OrderError::Json(_) => Answer::refusal(400, &error.to_string()),
        OrderError::Field(_) => Answer::refusal(422, &error.to_string()),
    })?;
    let (original, index) = (order.original().cloned(), order.index());
    let keyed = key.is_some();
    if let (Kind::Upgrade4k, false, Some(task)) = (kind, keyed, &original)
        && shared.upgrades.has_4k(task, index).await
    {
        return look_at_4k(shared, task, index).await;
    }
    let key = match key {
        Some(key) => key,
        None => random::name().map_err(|_| Answer::refusal(503, "The relay has no random numbers."))?,
    };
    let wish = Wish { id: IntentId { caller: caller.0, key }, keyed, order };
    let answer = shared.submitter.submit(wish).await;
    if let (Kind::Upgrade4k, Some(task)) = (kind, original)
        && let Ok(Upgrade::Ready { urls, .. }) = read_4k(&answer.reply)
    {
        shared.renditions.remember(&task, "4k", &urls).await;
    }
    Ok(answer)
}

/// What was bought is asked for again: that is the look, and costs nothing.
async fn look_at_4k(shared: &Shared, task: &TaskId, index: u32) -> Result<Answer, Answer> {
    let request = Upgrade4k { task_id: task.clone(), index, callback_url: None }.request();
    let reply = send(shared, request.into()).await?;
    let read = read_4k(&reply);
    if let Ok(Upgrade::Ready { urls, .. }) = &read {
        shared.renditions.remember(task, "4k", urls).await;
    }
    shared.follower.seen_4k(task, index, &read).await;
    Ok(Answer::from_provider(reply))
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Answer> {
    let refused =
        || Answer::refusal(400, "The Idempotency-Key must be one, of 1 to 255 visible ASCII characters.");
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let key = key.to_str().ok().and_then(read_key).filter(|_| keys.next().is_none());
    key.map(|key| Some(key.to_owned())).ok_or_else(refused)
}
