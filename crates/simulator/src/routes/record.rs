//! `GET /api/v1/veo/record-info`: the final authority on a task.

use super::Which;
use crate::ledger::Kind;
use crate::reply::{self, Refusal};
use crate::scenario::Scenario;
use crate::task::Task;
use crate::world::World;
use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::{Value, json};

/// Looks that find nothing under `[sim:not-found-at-first]`.
const LOOKS_IN_VAIN: u64 = 3;

pub(super) async fn record_info(
    State(world): State<World>,
    Query(which): Query<Which>,
) -> Result<Response, Refusal> {
    world.with(|tables, now| {
        let job = tables.task(&which.task_id, now)?.job;
        tables.jobs[job].polls += 1;
        let polls = tables.jobs[job].polls;
        let task = tables.task(&which.task_id, now)?;
        if task.scenarios.has(Scenario::NotFoundAtFirst) && polls <= LOOKS_IN_VAIN {
            return Err(Refusal::no_record());
        }
        if task.scenarios.has(Scenario::ErrorPoll) && polls.is_multiple_of(2) {
            return Ok(reply::hiccup());
        }
        Ok(reply::ok(record(task, now)))
    })
}

fn record(task: &Task, now: u64) -> Value {
    let is_success = task.has_succeeded(now);
    if is_success && task.scenarios.has(Scenario::LegacyShape) {
        // The quickstart's shape: the list is a text, to be parsed again.
        return json!({
            "taskId": task.id,
            "successFlag": 1,
            "resultUrls": json!(task.result_urls).to_string(),
        });
    }
    let verdict = task.verdict.filter(|_| task.has_ended(now));
    let flag = verdict.map_or(u8::from(is_success), |verdict| verdict.flag);
    let mut record = json!({
        "taskId": task.id,
        "paramJson": task.params.to_string(),
        "createTime": whole_seconds(task.created_ms),
        "completeTime": task.has_ended(now).then(|| whole_seconds(task.ends_ms)),
        "response": is_success.then(|| response(task)),
        "successFlag": flag,
        "errorCode": verdict.and_then(|verdict| verdict.code),
        "errorMessage": verdict.and_then(|verdict| verdict.message),
    });
    if task.kind != Kind::FourK {
        record["fallbackFlag"] = json!(false);
    }
    record
}

fn response(task: &Task) -> Value {
    if task.kind == Kind::FourK {
        return json!({
            "taskId": task.id,
            "resolution": task.resolution.as_str(),
            "resultUrls": task.result_urls,
            "imageUrls": task.image_urls,
            "mediaIds": [task.id],
        });
    }
    json!({
        "taskId": task.id,
        "resolution": task.resolution.as_str(),
        "originUrls": task.origin_urls,
        "resultUrls": task.result_urls,
        "fullResultUrls": task.full_urls,
        "hasAudioList": [!task.scenarios.has(Scenario::NoAudio)],
        "seeds": [task.seed],
    })
}

/// Times on the wire are milliseconds that end in three zeros.
fn whole_seconds(ms: u64) -> u64 {
    ms / 1000 * 1000
}
