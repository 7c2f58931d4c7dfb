//! `GET /relay/media/{task}/{rendition}/{index}`: the browser names a task, never an address.

use super::SharedState;
use super::forward::send;
use crate::answer::Answer;
use crate::media::{Media, Place};
use crate::service::Shared;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use veo_api::{read_record, record_info};
use vireo_relay_core::video::{Video, no_record};

pub(super) async fn media(
    State(shared): SharedState,
    Path((task, rendition, index)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let missing = || Answer::refusal(404, "There is no such video.");
    let source = shared.media.as_ref().ok_or_else(missing)?;
    let video = Video::read(&task, &rendition, &index).ok_or_else(missing)?;
    let download =
        query.is_some_and(|query| query.split('&').any(|word| word.split('=').next() == Some("download")));
    let media = Media { video, download };
    // First of all: what is kept here outlives the provider's records.
    if let Some(response) = source.kept(&media, &method, &headers).await {
        return Ok(response);
    }
    let place = find(&shared, &media.video).await?.ok_or_else(missing)?;
    Ok(source.serve(&media, &place, &method, &headers).await)
}

/// Where the provider has a video; `None` if it has no such video.
async fn find(shared: &Shared, video: &Video) -> Result<Option<Place>, Answer> {
    if let Some(place) = shared.renditions.upgrade(video).await {
        return Ok(Some(place));
    }
    let reply = send(shared, record_info(&video.task).into()).await?;
    let record = read_record(&reply).map_err(|error| Answer::from(no_record(&error)))?;
    Ok(shared.renditions.of_record(video, &record))
}
