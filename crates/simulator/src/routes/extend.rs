//! `POST /api/v1/veo/extend`.

use super::generate::{callback_url, echo, seed};
use super::{create, intent, scenarios};
use crate::fields::Fields;
use crate::ledger::Kind;
use crate::reply::Refusal;
use crate::task::{Draft, Model, Resolution};
use crate::world::World;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

/// The names differ from those of generate (docs).
const MODELS: [(&str, Model); 3] =
    [("fast", Model::Fast), ("quality", Model::Quality), ("lite", Model::Lite)];

const CREDITS: f64 = 60.0;

pub(super) async fn extend(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let fields = Fields::parse(&body)?;
    let original = fields.required("taskId")?;
    let prompt = fields.required("prompt")?;
    let model = fields.choice(&["model"], &MODELS)?.unwrap_or(Model::Fast);
    let seed = seed(&fields)?;
    let callback = callback_url(&fields)?;

    let mut params = json!({
        "model": fields.text("model")?.unwrap_or("fast"),
        "prompt": prompt,
        "taskId": original,
    });
    echo(&mut params, "seeds", seed.map(Value::from));
    echo(&mut params, "waterMark", fields.text("watermark")?.map(Value::from));
    echo(&mut params, "callBackUrl", callback.map(Value::from));

    let (shape, scene) = world.with(|tables, now| {
        if tables.task(original, now).is_err() {
            return Err(Refusal::new(404, "Original video or task does not exist"));
        }
        let task = tables.video(original, 0, now)?;
        if task.full_hd.is_some() {
            return Err(Refusal::invalid("Videos upgraded to 1080P cannot be extended"));
        }
        Ok((task.shape, task.scene))
    })?;
    let draft = Draft {
        kind: Kind::Extend,
        prompt: prompt.to_owned(),
        scenarios: scenarios(prompt)?,
        params,
        model,
        shape,
        scene: Some(scene),
        resolution: Resolution::Hd,
        seed,
        credits: CREDITS,
        image_missing: false,
        callback: callback.map(str::to_owned),
        intent: intent(&headers, callback),
    };
    create(&world, &headers, draft)
}
