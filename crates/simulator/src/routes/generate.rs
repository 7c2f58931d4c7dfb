//! `POST /api/v1/veo/generate`.

use super::{create, intent, scenarios};
use crate::clips::Shape;
use crate::fields::Fields;
use crate::ledger::Kind;
use crate::reply::Refusal;
use crate::task::{Draft, Model, Resolution};
use crate::world::{Tables, World};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

const MODELS: [(&str, Model); 3] =
    [("veo3", Model::Quality), ("veo3_fast", Model::Fast), ("veo3_lite", Model::Lite)];
const RESOLUTIONS: [(&str, Resolution); 3] =
    [("720p", Resolution::Hd), ("1080p", Resolution::FullHd), ("4k", Resolution::FourK)];
const MODES: [(&str, Mode); 3] = [
    ("TEXT_2_VIDEO", Mode::Text),
    ("FIRST_AND_LAST_FRAMES_2_VIDEO", Mode::Frames),
    ("REFERENCE_2_VIDEO", Mode::References),
];
const RATIOS: [(&str, Option<Shape>); 3] =
    [("16:9", Some(Shape::Wide)), ("9:16", Some(Shape::Tall)), ("Auto", None)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Text,
    Frames,
    References,
}

/// Credits per clip, July 2026. The duration does not change the price.
fn price(model: Model, resolution: Resolution) -> f64 {
    match (model, resolution) {
        (Model::Lite, Resolution::Hd) => 30.0,
        (Model::Lite, Resolution::FullHd) => 35.0,
        (Model::Lite, Resolution::FourK) => 150.0,
        (Model::Fast, Resolution::Hd) => 60.0,
        (Model::Fast, Resolution::FullHd) => 65.0,
        (Model::Fast, Resolution::FourK) => 180.0,
        (Model::Quality, Resolution::Hd) => 250.0,
        (Model::Quality, Resolution::FullHd) => 255.0,
        (Model::Quality, Resolution::FourK) => 370.0,
    }
}

pub(super) async fn generate(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let fields = Fields::parse(&body)?;
    let prompt = fields.required("prompt")?;
    let model = fields.choice(&["model"], &MODELS)?.unwrap_or(Model::Fast);
    let images = fields.texts("imageUrls")?;
    let mode = fields.choice(&["generationType"], &MODES)?.unwrap_or(match images.len() {
        0 => Mode::Text,
        1 | 2 => Mode::Frames,
        _ => Mode::References,
    });
    // The newer spelling first; the older one is still understood.
    let ratio = fields.choice(&["aspect_ratio", "aspectRatio"], &RATIOS)?.unwrap_or(Some(Shape::Wide));
    let resolution = fields.choice(&["resolution"], &RESOLUTIONS)?.unwrap_or(Resolution::Hd);
    let duration = fields.integer("duration")?.unwrap_or(8);
    let seed = seed(&fields)?;
    let translation = fields.truth("enableTranslation")?.unwrap_or(true);
    let fallback = fields.truth("enableFallback")?.unwrap_or(false);
    let watermark = fields.text("watermark")?;
    let callback = callback_url(&fields)?;

    check_images(mode, &images)?;
    if ![4, 6, 8].contains(&duration) {
        return Err(Refusal::invalid("duration must be one of 4, 6, 8"));
    }
    if mode == Mode::References && model == Model::Quality {
        return Err(Refusal::invalid("REFERENCE_2_VIDEO does not support the model veo3"));
    }
    if mode == Mode::References && duration != 8 {
        return Err(Refusal::invalid("REFERENCE_2_VIDEO supports only a duration of 8"));
    }

    let mut params = json!({
        "aspectRatio": fields.text("aspect_ratio")?.or(fields.text("aspectRatio")?).unwrap_or("16:9"),
        "duration": duration,
        "enableFallback": fallback,
        "enableTranslation": translation,
        "generationType": name_of(mode, &MODES),
        "model": name_of(model, &MODELS),
        "prompt": prompt,
        "resolution": resolution.as_str(),
    });
    echo(&mut params, "imageUrls", (!images.is_empty()).then(|| json!(images)));
    echo(&mut params, "seeds", seed.map(Value::from));
    echo(&mut params, "waterMark", watermark.map(Value::from));
    echo(&mut params, "callBackUrl", callback.map(Value::from));

    let (shape, image_missing) = world.with(|tables, now| {
        let shape = ratio.unwrap_or_else(|| shape_of(tables, now, &images));
        let missing = images.iter().any(|url| !is_reachable(tables, now, url));
        (shape, missing)
    });
    let draft = Draft {
        kind: Kind::Generate,
        prompt: prompt.to_owned(),
        scenarios: scenarios(prompt)?,
        params,
        model,
        shape,
        scene: None,
        resolution,
        seed,
        credits: price(model, resolution),
        image_missing,
        callback: callback.map(str::to_owned),
        intent: intent(&headers, callback),
    };
    create(&world, &headers, draft)
}

pub(super) fn seed(fields: &Fields) -> Result<Option<u64>, Refusal> {
    match fields.integer("seeds")? {
        Some(seed) if !(10_000..=99_999).contains(&seed) => {
            Err(Refusal::invalid("seeds must be between 10000 and 99999"))
        }
        seed => Ok(seed),
    }
}

pub(super) fn callback_url(fields: &Fields) -> Result<Option<&str>, Refusal> {
    match fields.text("callBackUrl")? {
        Some(url) if !is_http(url) => Err(Refusal::invalid("callBackUrl must be an http or https address")),
        url => Ok(url),
    }
}

/// Adds an optional parameter to the echo.
pub(super) fn echo(params: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        params[name] = value;
    }
}

fn name_of<T: PartialEq>(meaning: T, words: &[(&'static str, T)]) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("", |(word, _)| word)
}

fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

fn check_images(mode: Mode, images: &[String]) -> Result<(), Refusal> {
    let (allowed, words) = match mode {
        Mode::Text => (0..=0, "TEXT_2_VIDEO takes no imageUrls"),
        Mode::Frames => (1..=2, "FIRST_AND_LAST_FRAMES_2_VIDEO takes 1 or 2 imageUrls"),
        Mode::References => (1..=3, "REFERENCE_2_VIDEO takes 1 to 3 imageUrls"),
    };
    if !allowed.contains(&images.len()) {
        return Err(Refusal::invalid(words));
    }
    if !images.iter().all(|url| is_http(url)) {
        return Err(Refusal::invalid("imageUrls must be http or https addresses"));
    }
    Ok(())
}

/// Our own files must be there; the simulator fetches nothing from elsewhere and believes any other address that does
/// not say `missing`.
fn is_reachable(tables: &Tables, now: u64, url: &str) -> bool {
    match tables.own_path(url) {
        Some(_) => tables.own_file(url, now).is_some(),
        None => !url.contains("missing"),
    }
}

/// What `Auto` becomes: the shape nearer to the first picture's, as far as it can be known here.
fn shape_of(tables: &Tables, now: u64, images: &[String]) -> Shape {
    let size = images
        .first()
        .and_then(|url| tables.own_file(url, now))
        .and_then(|file| imagesize::blob_size(&file.bytes).ok());
    match size {
        Some(size) if size.height > size.width => Shape::Tall,
        _ => Shape::Wide,
    }
}
