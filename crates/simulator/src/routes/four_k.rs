//! `POST /api/v1/veo/get-4k-video`: started by the first call, reported under code 422 by the later ones.

use super::generate::callback_url;
use super::intent;
use crate::callback;
use crate::fields::Fields;
use crate::ledger::Kind;
use crate::reply::{self, Refusal};
use crate::scenario::Scenario;
use crate::task::{Resolution, Task};
use crate::world::{NEVER, Tables, World};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rand::Rng;
use serde_json::{Value, json};

const CREDITS: f64 = 120.0;

pub(super) async fn get_4k_video(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let fields = Fields::parse(&body)?;
    let task_id = fields.required("taskId")?;
    let index = fields.integer("index")?.unwrap_or(0);
    let callback = callback_url(&fields)?;
    let intent = intent(&headers, callback);

    let started = world.with(|tables, now| {
        let task = tables.task(task_id, now)?;
        // Asked for by its own id, or by the original's.
        let upgrade = match task.kind {
            Kind::FourK => Some(task_id.to_owned()),
            _ => task.four_k.clone(),
        };
        if let Some(id) = upgrade {
            return Err(report(tables, now, &id)?);
        }
        tables.video(task_id, index, now)?;
        start(tables, now, task_id, callback, intent)
    })?;
    callback::schedule(&world, &started);
    Ok(reply::ok(data(&started, None, None)))
}

fn data(id: &str, results: Option<&[String]>, images: Option<&[String]>) -> Value {
    json!({ "taskId": id, "resultUrls": results, "imageUrls": images })
}

/// Both "not yet" and "done" come as a refusal.
fn report(tables: &mut Tables, now: u64, id: &str) -> Result<Refusal, Refusal> {
    let job = tables.task(id, now)?.job;
    tables.jobs[job].polls += 1;
    let task = tables.task(id, now)?;
    if task.scenarios.has(Scenario::NoFourK) {
        let words = "The 4K version of this video is unavailable. Please try a different video.";
        return Err(Refusal::new(500, words));
    }
    Ok(if task.has_succeeded(now) {
        let data = data(id, Some(&task.result_urls), task.image_urls.as_deref());
        Refusal::invalid("The video has been generated successfully").with_data(data)
    } else {
        Refusal::invalid("4k is processing. It should be ready in 5-10 minutes. Please check back shortly.")
            .with_data(data(id, None, None))
    })
}

/// Lays down the upgrade as a task of its own, with its own id.
fn start(
    tables: &mut Tables,
    now: u64,
    original: &str,
    callback: Option<&str>,
    intent: Option<String>,
) -> Result<String, Refusal> {
    let id = tables.new_id();
    let job = tables.charge(Kind::FourK, &id, CREDITS, None, intent)?;
    let seconds = tables.rng.random_range(300.0..600.0);
    let task = tables.task(original, now)?;
    task.four_k = Some(id.clone());
    let (shape, scene, seed, scenarios) = (task.shape, task.scene, task.seed, task.scenarios.clone());
    let ready_ms = match scenarios.has(Scenario::FourKNever) || scenarios.has(Scenario::NoFourK) {
        true => NEVER,
        false => tables.end_of(now, seconds, &scenarios),
    };
    if scenarios.has(Scenario::NoFourK) {
        tables.refund_at(now, job);
    }
    let name = format!("v/{id}_{}", ready_ms / 1000);
    let upgrade = Task {
        id: id.clone(),
        kind: Kind::FourK,
        params: json!({ "index": 0, "taskId": original }),
        shape,
        scene,
        resolution: Resolution::FourK,
        seed,
        created_ms: now,
        ends_ms: ready_ms,
        verdict: None,
        result_urls: vec![tables.lay_down(&format!("{name}.mp4"), scene.full_hd, ready_ms, &scenarios)],
        origin_urls: None,
        full_urls: None,
        image_urls: Some(vec![tables.lay_down(&format!("{name}.jpg"), scene.still, ready_ms, &scenarios)]),
        callback: callback.map(str::to_owned),
        job,
        full_hd: None,
        four_k: None,
        scenarios,
    };
    tables.tasks.insert(id.clone(), upgrade);
    Ok(id)
}
