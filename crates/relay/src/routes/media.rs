//! `GET /relay/media/{task}/{rendition}/{index}`: the browser names a task, never an address.

use super::SharedState;
use super::forward::send;
use crate::answer::Answer;
use crate::media::Media;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use veo_api::{TaskId, read_record, record_info};

pub(super) async fn media(
    State(shared): SharedState,
    Path((task, rendition, index)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let missing = || Answer::refusal(404, "There is no such video.");
    let source = shared.media.as_ref().ok_or_else(missing)?;
    let task_id = TaskId::parse(&task).ok_or_else(missing)?;
    let index: usize = index.parse().map_err(|_| missing())?;
    let mut prompt = None;
    let url = match shared.renditions.upgrade(&task_id, &rendition, index).await {
        Some(url) => url,
        None => {
            let reply = send(&shared, record_info(&task_id).into()).await?;
            let record = read_record(&reply).map_err(|_| missing())?;
            prompt = record.params.as_ref().map(|params| params.prompt.clone());
            shared.renditions.of_record(&record, &rendition, index).ok_or_else(missing)?
        }
    };
    let title: String = prompt.unwrap_or_else(|| task_id.to_string()).chars().take(60).collect();
    let file_name = format!("{title} {rendition}");
    let download =
        query.is_some_and(|query| query.split('&').any(|word| word.split('=').next() == Some("download")));
    let media = Media { url, task_id, rendition, index, file_name, download };
    Ok(source.serve(media, method, headers).await)
}
