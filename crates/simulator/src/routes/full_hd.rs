//! `GET /api/v1/veo/get-1080p-video`: a GET that starts paid work the first time, and asks for it from then on.

use super::Which;
use crate::ledger::Kind;
use crate::reply::{self, Refusal};
use crate::task::FullHd;
use crate::world::{Tables, World};
use axum::extract::{Query, State};
use axum::response::Response;
use rand::Rng;
use serde_json::json;

const CREDITS: f64 = 5.0;

pub(super) async fn get_1080p_video(
    State(world): State<World>,
    Query(which): Query<Which>,
) -> Result<Response, Refusal> {
    let index = which.index()?;
    let processing = Refusal::new(
        400,
        "1080P is processing. It should be ready in 1-2 minutes. Please check back shortly.",
    );
    world.with(|tables, now| {
        let task = tables.video(&which.task_id, index, now)?;
        let Some(upgrade) = task.full_hd.clone() else {
            start(tables, now, &which.task_id)?;
            return Err(processing);
        };
        tables.jobs[upgrade.job].polls += 1;
        match now < upgrade.ready_ms {
            true => Err(processing),
            false => Ok(reply::ok(json!({ "resultUrl": upgrade.url }))),
        }
    })
}

fn start(tables: &mut Tables, now: u64, task_id: &str) -> Result<(), Refusal> {
    let job = tables.charge(Kind::FullHd, task_id, CREDITS, None, None)?;
    let seconds = tables.rng.random_range(60.0..120.0);
    let name = tables.new_id();
    let task = tables.task(task_id, now)?;
    let (scene, scenarios) = (task.scene, task.scenarios.clone());
    let ready_ms = tables.end_of(now, seconds, &scenarios);
    let url =
        tables.lay_down(&format!("p/{name}_{}.mp4", ready_ms / 1000), scene.full_hd, ready_ms, &scenarios);
    tables.task(task_id, now)?.full_hd = Some(FullHd { ready_ms, url, job });
    Ok(())
}
