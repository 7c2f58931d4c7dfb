//! `GET /relay/media/{task}/{rendition}/{index}`: the browser names a task, never an address.

use super::SharedState;
use super::forward::ask_record;
use crate::answer::Answer;
use crate::media::{Media, Place};
use crate::service::Shared;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use veo_api::{Record, Reply, TaskId, read_record};
use vireo_relay_core::video::{Video, no_record};

pub(super) async fn media(
    State(shared): SharedState,
    named: Result<Path<(String, String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let missing = || Answer::refusal(404, "There is no such video.");
    let source = shared.media.as_ref().ok_or_else(missing)?;
    let Path((task, rendition, index)) = named.map_err(|_| missing())?;
    let video = Video::read(&task, &rendition, &index).ok_or_else(missing)?;
    let download =
        query.is_some_and(|query| query.split('&').any(|word| word.split('=').next() == Some("download")));
    let media = Media { video, download };
    // First of all: what is kept here outlives the provider's records.
    if let Some(response) = source.kept(&media, &method, &headers).await {
        return Ok(response);
    }
    let upgrade = shared.renditions.upgrade(&media.video).await;
    let (place, is_known) = match upgrade {
        Some(place) => (place, false),
        None => find(&shared, &media.video).await?.ok_or_else(missing)?,
    };
    let response = source.serve(&media, &place, &method, &headers).await;
    if !(is_known && response.status() == StatusCode::GONE) {
        return Ok(response);
    }
    // The link was refused; the record may name another one by now.
    shared.renditions.forget(&media.video.task);
    let (place, _) = find(&shared, &media.video).await?.ok_or_else(missing)?;
    Ok(source.serve(&media, &place, &method, &headers).await)
}

/// Where the provider has a task's own video, and whether that was known already; `None` if it has none.
async fn find(shared: &Shared, video: &Video) -> Result<Option<(Place, bool)>, Answer> {
    let known = shared.renditions.known(&video.task);
    let is_known = known.is_some();
    let record = match known {
        Some(record) => record,
        None => read(shared, &video.task).await?,
    };
    let place = record.and_then(|record| shared.renditions.of_record(video, &record));
    Ok(place.map(|place| (place, is_known)))
}

/// A task's record; `None` if the provider has none.
async fn read(shared: &Shared, task: &TaskId) -> Result<Option<Arc<Record>>, Answer> {
    let reply = ask_record(shared, task).await?;
    let record = match read_record(&reply) {
        Ok(record) => Some(Arc::new(record)),
        Err(error) => match no_record(&error) {
            Reply { status: 404, .. } => None,
            trouble => return Err(trouble.into()),
        },
    };
    shared.renditions.learn(task, record.clone());
    Ok(record)
}
