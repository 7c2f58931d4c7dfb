//! Questions that are passed on as they are understood.

use super::{SharedState, read_body};
use crate::access::Caller;
use crate::answer::Answer;
use crate::service::Shared;
use crate::upstream::{Outgoing, SendError};
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use std::sync::Arc;
use veo_api::{Reply, TaskId, Upgrade, read_1080p, read_record};

const MAX_BODY: usize = 16 * 1024;

/// The query of a question about a task.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(super) struct Which {
    task_id: String,
    index: String,
}

impl Which {
    fn task(&self) -> Result<TaskId, Answer> {
        TaskId::parse(&self.task_id).ok_or_else(|| Answer::refusal(422, "taskId is missing or no task id"))
    }
}

fn understood(which: Result<Query<Which>, QueryRejection>) -> Result<Which, Answer> {
    which.map(|Query(which)| which).map_err(|error| Answer::refusal(400, &error.body_text()))
}

pub(super) async fn record_info(
    State(shared): SharedState,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Answer, Answer> {
    let which = understood(which)?;
    let task = which.task()?;
    let answer = shared.polls.ask(&shared.upstream, &task).await;
    let reply = answer.map_err(|error| not_answered(&error, false))?;
    if shared.follower.follows(&task)
        && let Ok(record) = read_record(&reply)
    {
        shared.follower.seen(&task, &record).await;
    }
    Ok(Answer::from_provider(reply))
}

/// The first one costs credits, so it is sent once like any other paid request; asking again is looking.
pub(super) async fn get_1080p(
    State(shared): SharedState,
    Extension(Caller(caller)): Extension<Caller>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Answer, Answer> {
    let which = understood(which)?;
    let task = which.task()?;
    let index = match which.index.as_str() {
        "" => 0,
        text => text.parse().map_err(|_| Answer::refusal(422, "index must be a whole number"))?,
    };
    let purchase = shared.upgrades.begin_1080p(&caller, &task, index).await?;
    // Goes on even if nobody waits for the answer any more: what was bought must be written down.
    let asking = tokio::spawn({
        let (shared, task) = (Arc::clone(&shared), task.clone());
        async move {
            let answer = shared.upstream.send(veo_api::get_1080p(&task, index).into()).await;
            if let Some(purchase) = purchase {
                shared.upgrades.end_1080p(&purchase, &answer).await;
            }
            answer
        }
    });
    let answer = asking.await.map_err(|_| Answer::refusal(500, "The relay failed; see its log."))?;
    let reply = answer.map_err(|error| not_answered(&error, true))?;
    if let Ok(Upgrade::Ready { urls, .. }) = read_1080p(&reply) {
        shared.renditions.remember(&task, "1080p", &urls).await;
    }
    Ok(Answer::from_provider(reply))
}

pub(super) async fn credit(State(shared): SharedState) -> Result<Answer, Answer> {
    Ok(Answer::from_provider(send(&shared, veo_api::credit().into()).await?))
}

pub(super) async fn download_url(State(shared): SharedState, body: Body) -> Result<Answer, Answer> {
    #[derive(Deserialize)]
    struct Wanted {
        url: String,
    }
    let body = read_body(body, MAX_BODY).await?;
    let wanted: Wanted = serde_json::from_slice(&body)
        .map_err(|error| Answer::refusal(400, &format!("The request body is not as expected: {error}")))?;
    Ok(Answer::from_provider(send(&shared, veo_api::download_url(&wanted.url).into()).await?))
}

/// Asks the provider something free, or at least not new.
pub(super) async fn send(shared: &Shared, request: Outgoing) -> Result<Reply, Answer> {
    let paid = request.paid;
    shared.upstream.send(request).await.map_err(|error| not_answered(&error, paid))
}

fn not_answered(error: &SendError, paid: bool) -> Answer {
    tracing::debug!("{error}");
    match error {
        SendError::Unsent(_) => Answer::refusal(503, "The provider could not be reached.").retry_after(5),
        SendError::Lost(_) if paid => {
            Answer::refusal(502, "The provider's answer was lost. Asking again shows how far it is.")
        }
        SendError::Lost(_) => Answer::refusal(502, "The provider's answer was lost."),
    }
}
