//! Questions that are passed on as they are understood.

use super::{SharedState, read_body};
use crate::access::Caller;
use crate::answer::Answer;
use crate::service::Shared;
use crate::upstream::{Outgoing, SendError};
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use serde::Deserialize;
use std::sync::Arc;
use veo_api::{Reply, TaskId, Upgrade, read_1080p, read_record};
use vireo_relay_core::body;

const MAX_BODY: usize = 16 * 1024;

pub(super) const RECORD_INFO: &str = "/api/v1/veo/record-info";

/// The query of a question about a task.
struct Which {
    task_id: String,
    index: String,
}

impl Which {
    fn read(query: Option<&str>) -> Result<Which, Answer> {
        let (mut task_id, mut index) = (None, None);
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let place = match &*name {
                "taskId" => &mut task_id,
                "index" => &mut index,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(Answer::refusal(400, &format!("{name} stands twice in the query")));
            }
        }
        Ok(Which { task_id: task_id.unwrap_or_default(), index: index.unwrap_or_default() })
    }

    fn task(&self) -> Result<TaskId, Answer> {
        TaskId::parse(&self.task_id).ok_or_else(|| Answer::refusal(422, "taskId is missing or no task id"))
    }
}

pub(super) async fn record_info(
    State(shared): SharedState,
    RawQuery(query): RawQuery,
) -> Result<Answer, Answer> {
    read_task(&shared, &task(query.as_deref())?).await
}

/// The task that the query names.
pub(super) fn task(query: Option<&str>) -> Result<TaskId, Answer> {
    Which::read(query)?.task()
}

/// The provider's record of a task.
pub(super) async fn read_task(shared: &Shared, task: &TaskId) -> Result<Answer, Answer> {
    Ok(Answer::from_provider(ask_record(shared, task).await?))
}

/// Asks after a task; those who do so in the same moment share the answer.
pub(super) async fn ask_record(shared: &Shared, task: &TaskId) -> Result<Reply, Answer> {
    let answer = shared.polls.ask(&shared.upstream, task).await;
    let reply = answer.map_err(|error| not_answered(&error, false))?;
    if shared.follower.follows(task) {
        // Boxed, or every question would make room for it.
        let seen = async {
            if let Ok(record) = read_record(&reply) {
                shared.follower.seen(task, &record).await;
            }
        };
        Box::pin(seen).await;
    }
    Ok(reply)
}

/// The first one costs credits, so it is sent once like any other paid request; asking again is looking.
pub(super) async fn get_1080p(
    State(shared): SharedState,
    Extension(Caller(caller)): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Answer, Answer> {
    let which = Which::read(query.as_deref())?;
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
    let bytes = read_body(body, MAX_BODY).await?;
    let wanted: Wanted = body::read(&bytes)?;
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
