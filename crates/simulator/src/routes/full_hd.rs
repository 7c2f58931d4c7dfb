//! `GET /api/v1/veo/get-1080p-video`: a GET that starts paid work the first time, and asks for it from then on.

use crate::ledger::Kind;
use crate::reply::{self, Refusal};
use crate::task::FullHd;
use crate::world::{Tables, World};
use axum::extract::{Query, State};
use axum::response::Response;
use rand::Rng;
use serde::Deserialize;
use serde_json::json;

const CREDITS: f64 = 5.0;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Which {
    #[serde(default)]
    task_id: String,
    #[serde(default)]
    index: u32,
}

pub(super) async fn get_1080p_video(
    State(world): State<World>,
    Query(which): Query<Which>,
) -> Result<Response, Refusal> {
    world.with(|tables, now| {
        let task = tables.task(&which.task_id, now)?;
        if !task.has_succeeded(now) {
            return Err(Refusal::not_successful());
        }
        // A task has one video.
        if which.index != 0 || task.kind == Kind::FourK {
            return Err(Refusal::invalid("record result data not exist."));
        }
        let (ready_ms, url) = match &task.full_hd {
            None => {
                start(tables, now, &which.task_id)?;
                return Err(processing());
            }
            Some(upgrade) => {
                let found = (upgrade.ready_ms, upgrade.url.clone());
                let job = upgrade.job;
                tables.jobs[job].polls += 1;
                found
            }
        };
        match now < ready_ms {
            true => Err(processing()),
            false => Ok(reply::ok(json!({ "resultUrl": url }))),
        }
    })
}

fn processing() -> Refusal {
    Refusal::new(400, "1080P is processing. It should be ready in 1-2 minutes. Please check back shortly.")
}

fn start(tables: &mut Tables, now: u64, task_id: &str) -> Result<(), Refusal> {
    let job = tables.charge(Kind::FullHd, task_id, CREDITS, None, None)?;
    let seconds = tables.rng.random_range(60.0..120.0);
    let name = tables.new_id();
    let task = tables.task(task_id, now)?;
    let (scene, scenarios) = (task.scene, task.scenarios.clone());
    // `[sim:never]` does not get here: that task has not succeeded.
    let ready_ms = tables.end_of(now, seconds, &scenarios).unwrap_or(u64::MAX);
    let url = tables.lay_down(&format!("p/{name}_{}.mp4", ready_ms / 1000), scene.full_hd, ready_ms, &scenarios);
    tables.task(task_id, now)?.full_hd = Some(FullHd { ready_ms, url, job });
    Ok(())
}
