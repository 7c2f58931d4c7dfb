//! Requests as values: what goes out, to be sent by somebody else.

use crate::json::{self, Value};
use crate::shape;
use crate::{AspectRatio, Mode, Model, Resolution, TaskId};
use serde::{Deserialize, Serialize};

/// Which of the provider's two hosts a request goes to. The same key opens both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// `https://api.kie.ai`, unless configured otherwise.
    Api,
    /// `https://kieai.redpandaai.co`, unless configured otherwise.
    Upload,
}

/// The HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// `application/json`.
    Json(String),
    /// `multipart/form-data`: these fields, and the file's bytes in a part named `file`, added by whoever sends.
    Form {
        /// Text fields in order.
        fields: Vec<(&'static str, String)>,
        /// The file name of the part `file`.
        file_name: String,
    },
}

/// One request, complete but for base address, key and file bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where to.
    pub host: Host,
    /// Path and query without a leading slash, percent-encoded: `api/v1/veo/record-info?taskId=…`.
    pub path: String,
    /// What it carries.
    pub body: Body,
    /// True if sending it can cost credits, so that it must not be sent twice. There is no idempotency key upstream:
    /// every accepted one is a new charge.
    pub paid: bool,
}

impl Request {
    fn get(path: String) -> Self {
        Request { method: Method::Get, host: Host::Api, path, body: Body::Empty, paid: false }
    }

    fn post(path: &str, body: &Value) -> Self {
        Request {
            method: Method::Post,
            host: Host::Api,
            path: path.to_owned(),
            body: Body::Json(json::write(body)),
            paid: false,
        }
    }

    fn paid(self) -> Self {
        Request { paid: true, ..self }
    }
}

/// A new video. The serde form is for our own storage; the wire's spelling is made by [`Generate::request`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Generate {
    /// What should be seen and heard.
    pub prompt: String,
    /// How the pictures are used.
    pub mode: Mode,
    /// Public addresses of the pictures: none for text, 1 or 2 frames, 1 to 3 references.
    pub image_urls: Vec<String>,
    /// Which model.
    pub model: Model,
    /// Which shape.
    pub aspect_ratio: AspectRatio,
    /// Which size.
    pub resolution: Resolution,
    /// Length in seconds: 4, 6 or 8.
    pub duration_s: u8,
    /// 10000 to 99999, or the provider's choice.
    pub seed: Option<u32>,
    /// Text burnt into the picture.
    pub watermark: Option<String>,
    /// Whether the provider translates the prompt to English first.
    pub translate: bool,
    /// Where the provider reports the end.
    pub callback_url: Option<String>,
}

impl Default for Generate {
    /// The API's own defaults (docs).
    fn default() -> Self {
        Generate {
            prompt: String::new(),
            mode: Mode::default(),
            image_urls: Vec::new(),
            model: Model::default(),
            aspect_ratio: AspectRatio::default(),
            resolution: Resolution::default(),
            duration_s: 8,
            seed: None,
            watermark: None,
            translate: true,
            callback_url: None,
        }
    }
}

impl Generate {
    /// `POST generate`. Empty fields are left out, `enableFallback` is never sent: it is deprecated and switched models
    /// behind one's back.
    pub fn request(&self) -> Request {
        let images = self.image_urls.iter().map(|url| Value::from(url.as_str())).collect::<Vec<_>>();
        let wire = json::object([
            ("prompt", Some(Value::from(self.prompt.as_str()))),
            ("model", Some(self.model.as_str().into())),
            ("generationType", Some(self.mode.as_str().into())),
            ("imageUrls", (!images.is_empty()).then_some(Value::List(images))),
            // The one field in snake_case; `aspectRatio` is an older spelling (docs).
            ("aspect_ratio", Some(self.aspect_ratio.as_str().into())),
            ("resolution", Some(self.resolution.as_str().into())),
            ("duration", Some(u32::from(self.duration_s).into())),
            ("seeds", self.seed.map(Value::from)),
            ("enableTranslation", Some(self.translate.into())),
            ("watermark", filled(&self.watermark)),
            ("callBackUrl", filled(&self.callback_url)),
        ]);
        Request::post("api/v1/veo/generate", &wire).paid()
    }

    /// Rebuilds the request from a record's `paramJson`, in the request's spelling or the echo's (`aspectRatio`,
    /// `waterMark`; wire). What is missing gets the API's default; `None` only if the text is no JSON object.
    ///
    /// The callback address is left behind on purpose: a relay's contains a secret that must not reach a browser.
    pub fn from_param_json(text: &str) -> Option<Generate> {
        Generate::from_params(&json::parse(text)?)
    }

    pub(crate) fn from_params(params: &Value) -> Option<Generate> {
        let Value::Map(_) = params else { return None };
        let field = |names: &[&str]| names.iter().find_map(|name| params.get(name).filter(|v| !v.is_null()));
        let word = |names: &[&str]| field(names).and_then(Value::as_str).filter(|text| !text.is_empty());
        let image_urls = field(&["imageUrls", "image_urls"]).map(shape::urls).unwrap_or_default();
        Some(Generate {
            prompt: word(&["prompt"]).unwrap_or_default().to_owned(),
            // What the server infers when the field is missing (docs); three pictures can only be references.
            mode: word(&["generationType", "generation_type"]).map_or(
                match image_urls.len() {
                    0 => Mode::Text,
                    1 | 2 => Mode::Frames,
                    _ => Mode::References,
                },
                Mode::from,
            ),
            image_urls,
            model: word(&["model"]).map(Model::from).unwrap_or_default(),
            aspect_ratio: word(&["aspect_ratio", "aspectRatio"]).map(AspectRatio::from).unwrap_or_default(),
            resolution: word(&["resolution"]).map(Resolution::from).unwrap_or_default(),
            duration_s: field(&["duration"])
                .and_then(Value::as_i64)
                .and_then(|seconds| u8::try_from(seconds).ok())
                .unwrap_or(8),
            seed: field(&["seeds", "seed"]).and_then(shape::seed),
            watermark: word(&["watermark", "waterMark"]).map(str::to_owned),
            translate: field(&["enableTranslation", "enable_translation"])
                .and_then(shape::truth)
                .unwrap_or(true),
            callback_url: None,
        })
    }
}

/// A finished video made about 7 s longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extend {
    /// The finished task; the last extension's, to go on.
    pub task_id: TaskId,
    /// What should happen next.
    pub prompt: String,
    /// Which model. On the wire `fast`, `quality` or `lite`, unlike elsewhere (docs).
    #[serde(default)]
    pub model: Model,
    /// 10000 to 99999, or the provider's choice.
    #[serde(default)]
    pub seed: Option<u32>,
    /// Text burnt into the picture.
    #[serde(default)]
    pub watermark: Option<String>,
    /// Where the provider reports the end.
    #[serde(default)]
    pub callback_url: Option<String>,
}

impl Extend {
    /// `POST extend`; the answer names a new task.
    pub fn request(&self) -> Request {
        let wire = json::object([
            ("taskId", Some(Value::from(self.task_id.as_str()))),
            ("prompt", Some(self.prompt.as_str().into())),
            ("model", Some(self.model.extend_word().into())),
            ("seeds", self.seed.map(Value::from)),
            ("watermark", filled(&self.watermark)),
            ("callBackUrl", filled(&self.callback_url)),
        ]);
        Request::post("api/v1/veo/extend", &wire).paid()
    }
}

/// A finished video in 4K.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgrade4k {
    /// The finished task.
    pub task_id: TaskId,
    /// Which of its videos, from 0.
    #[serde(default)]
    pub index: u32,
    /// Where the provider reports the end.
    #[serde(default)]
    pub callback_url: Option<String>,
}

impl Upgrade4k {
    /// `POST get-4k-video`. The first starts the work; the same request again looks at it.
    pub fn request(&self) -> Request {
        let wire = json::object([
            ("taskId", Some(Value::from(self.task_id.as_str()))),
            ("index", Some(self.index.into())),
            ("callBackUrl", filled(&self.callback_url)),
        ]);
        Request::post("api/v1/veo/get-4k-video", &wire).paid()
    }
}

fn filled(text: &Option<String>) -> Option<Value> {
    text.as_deref().filter(|text| !text.is_empty()).map(Value::from)
}

/// `GET record-info`: how a generate or extend task goes. Records live 14 days.
pub fn record_info(task: &TaskId) -> Request {
    Request::get(["api/v1/veo/record-info?taskId=", task.as_str()].concat())
}

/// `GET get-1080p-video`: a GET with a side effect, the first one starts the work and costs about 5 credits (client).
pub fn get_1080p(task: &TaskId, index: u32) -> Request {
    Request::get(
        ["api/v1/veo/get-1080p-video?taskId=", task.as_str(), "&index=", &index.to_string()].concat(),
    )
    .paid()
}

/// `GET chat/credit`: the balance. Free, and good as a check of the key.
pub fn credit() -> Request {
    Request::get("api/v1/chat/credit".to_owned())
}

/// `POST common/download-url`: a signed link, valid 20 minutes, for one of the provider's own file addresses. Free.
pub fn download_url(url: &str) -> Request {
    Request::post("api/v1/common/download-url", &json::object([("url", Some(url.into()))]))
}

/// `POST file-base64-upload`, for files up to 10 MB. Free. An existing `file_name` is overwritten while caches keep the
/// old bytes (wire): give each upload its own.
pub fn upload_base64(data_url: &str, upload_path: &str, file_name: &str) -> Request {
    let wire = json::object([
        ("base64Data", Some(Value::from(data_url))),
        ("uploadPath", Some(upload_path.trim_matches('/').into())),
        ("fileName", Some(file_name.into())),
    ]);
    Request { host: Host::Upload, ..Request::post("api/file-base64-upload", &wire) }
}

/// `POST file-stream-upload`, for any size; the bytes are added by whoever sends. Free. On names see [`upload_base64`].
pub fn upload_stream(upload_path: &str, file_name: &str) -> Request {
    Request {
        method: Method::Post,
        host: Host::Upload,
        path: "api/file-stream-upload".to_owned(),
        body: Body::Form {
            fields: vec![
                ("uploadPath", upload_path.trim_matches('/').to_owned()),
                ("fileName", file_name.to_owned()),
            ],
            file_name: file_name.to_owned(),
        },
        paid: false,
    }
}
