//! The upload host: three ways in, one answer. Free of charge; a file lives for three days.

use crate::clips::{Shape, scenes};
use crate::fields::Fields;
use crate::files::StoredFile;
use crate::reply::key;
use crate::world::{DAY_MS, World};
use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rand::Rng;
use serde_json::json;
use tower_http::set_header::SetResponseHeaderLayer;

/// 10 MB are advised; the real limit is not known.
const MAX_BYTES: usize = 25 * 1024 * 1024;
/// Base64 makes four characters of three bytes.
const MAX_BODY: usize = MAX_BYTES / 3 * 4 + 64 * 1024;
/// The account's number in paths (made up).
const ACCOUNT: &str = "kieai/4711";

/// The headers on every answer of the real upload host (wire).
const CORS: [(header::HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Authorization"),
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE, OPTIONS"),
];

/// What must be encoded in a path: all but letters, digits, these four and the slash.
const IN_A_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

pub(crate) fn router(world: World) -> Router {
    let mut router = Router::new()
        .route("/api/file-base64-upload", post(base64).options(preflight).fallback(wrong_method))
        .route("/api/file-stream-upload", post(stream).options(preflight).fallback(wrong_method))
        .route("/api/file-url-upload", post(url).options(preflight).fallback(wrong_method))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .route_layer(middleware::from_fn_with_state(world.clone(), gate));
    for (name, value) in CORS {
        router = router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)));
    }
    router.with_state(world)
}

/// This host's own form of refusal.
struct UploadRefusal(u16, String);

impl UploadRefusal {
    fn bad(msg: impl Into<String>) -> Self {
        UploadRefusal(400, msg.into())
    }

    fn missing(name: &str) -> Self {
        UploadRefusal::bad(format!("Missing required parameter: {name}"))
    }

    fn too_large() -> Self {
        UploadRefusal::bad("File size exceeds the limit")
    }
}

impl IntoResponse for UploadRefusal {
    fn into_response(self) -> Response {
        Json(json!({ "success": false, "code": self.0, "msg": self.1 })).into_response()
    }
}

async fn gate(State(world): State<World>, request: Request, next: Next) -> Response {
    if request.method() == axum::http::Method::OPTIONS {
        return next.run(request).await;
    }
    world.with(|tables, _| tables.requests += 1);
    match key(request.headers()) {
        Some(_) => next.run(request).await,
        None => UploadRefusal(401, "Authentication failed: Invalid API Key".to_owned()).into_response(),
    }
}

async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn wrong_method() -> UploadRefusal {
    UploadRefusal(405, "Method not allowed".to_owned())
}

/// A file on its way in.
struct Upload {
    bytes: Bytes,
    /// As the sender says; otherwise the name or the bytes tell.
    mime: Option<String>,
    path: String,
    name: Option<String>,
}

async fn base64(
    State(world): State<World>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, UploadRefusal> {
    let fields = json_fields(body)?;
    let data = text(&fields, "base64Data")?.ok_or_else(|| UploadRefusal::missing("base64Data"))?;
    // Raw, or as a data URL: `data:image/png;base64,…`.
    let (mime, encoded) = match data.strip_prefix("data:").and_then(|rest| rest.split_once(',')) {
        Some((kind, encoded)) => (kind.split(';').next(), encoded),
        None => (None, data),
    };
    let bytes = BASE64_STANDARD
        .decode(encoded)
        .map_err(|_| UploadRefusal::bad("Base64 decoding failed: Invalid Base64 format"))?;
    let upload = Upload {
        bytes: bytes.into(),
        mime: mime.map(str::to_owned),
        path: path(&fields)?,
        name: text(&fields, "fileName")?.map(str::to_owned),
    };
    store(&world, upload)
}

async fn stream(
    State(world): State<World>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, UploadRefusal> {
    let torn = |_| UploadRefusal::bad("Failed to parse the multipart body");
    let mut form = form.map_err(|_| UploadRefusal::bad("Content-Type must be multipart/form-data"))?;
    let (mut file, mut path, mut name) = (None, None, None);
    while let Some(field) = form.next_field().await.map_err(torn)? {
        let field_name = field.name().unwrap_or_default().to_owned();
        match field_name.as_str() {
            "file" => {
                let mime = field.content_type().map(str::to_owned);
                let own_name = field.file_name().map(str::to_owned);
                let bytes = field.bytes().await.map_err(|_| UploadRefusal::too_large())?;
                file = Some((bytes, mime, own_name));
            }
            "uploadPath" => path = Some(field.text().await.map_err(torn)?),
            "fileName" => name = Some(field.text().await.map_err(torn)?),
            _ => {}
        }
    }
    let (bytes, mime, own_name) = file.ok_or_else(|| UploadRefusal::missing("file"))?;
    let upload = Upload { bytes, mime, path: checked_path(path.as_deref())?, name: name.or(own_name) };
    store(&world, upload)
}

/// The simulator fetches nothing: a file of its own is copied, any other address yields a picture of its own.
async fn url(
    State(world): State<World>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, UploadRefusal> {
    let fields = json_fields(body)?;
    let url = text(&fields, "fileUrl")?.ok_or_else(|| UploadRefusal::missing("fileUrl"))?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(UploadRefusal::bad("fileUrl must be an http or https address"));
    }
    let own = world.with(|tables, now| {
        tables.own_path(url)?;
        Some(tables.own_file(url, now).cloned())
    });
    let (bytes, mime) = match own {
        Some(Some(file)) => (file.bytes, file.mime),
        None if !url.contains("missing") => {
            (Bytes::from_static(scenes(Shape::Wide)[0].still), "image/jpeg".to_owned())
        }
        _ => return Err(UploadRefusal::bad("Failed to download the file")),
    };
    let upload = Upload {
        bytes,
        mime: Some(mime),
        path: path(&fields)?,
        name: text(&fields, "fileName")?.map(str::to_owned),
    };
    store(&world, upload)
}

fn json_fields(body: Result<Bytes, BytesRejection>) -> Result<Fields, UploadRefusal> {
    let body = body.map_err(|_| UploadRefusal::too_large())?;
    Fields::parse(&body).map_err(|_| UploadRefusal::bad("The request body is not a JSON object"))
}

fn text<'a>(fields: &'a Fields, name: &'static str) -> Result<Option<&'a str>, UploadRefusal> {
    fields.text(name).map_err(|_| UploadRefusal::bad(format!("{name} must be a string")))
}

fn path(fields: &Fields) -> Result<String, UploadRefusal> {
    checked_path(text(fields, "uploadPath")?)
}

/// Required, and without slashes at its ends (docs).
fn checked_path(path: Option<&str>) -> Result<String, UploadRefusal> {
    match path {
        None | Some("") => Err(UploadRefusal::missing("uploadPath")),
        Some(path) if path.starts_with('/') || path.ends_with('/') => {
            Err(UploadRefusal::bad("uploadPath must not begin or end with a slash"))
        }
        Some(path) => Ok(path.to_owned()),
    }
}

fn store(world: &World, upload: Upload) -> Result<Response, UploadRefusal> {
    if upload.bytes.len() > MAX_BYTES {
        return Err(UploadRefusal::too_large());
    }
    let type_of_bytes = sniff(&upload.bytes);
    world.with(|tables, now| {
        let name = upload.name.filter(|name| !name.is_empty()).unwrap_or_else(|| {
            let extension = type_of_bytes.map_or("bin", |(extension, _)| extension);
            format!("{now}-{}.{extension}", tables.rng.random_range(100_000..1_000_000))
        });
        let mime = upload
            .mime
            .or(type_of_bytes.map(|(_, mime)| mime.to_owned()))
            .unwrap_or_else(|| "application/octet-stream".to_owned());
        let path = format!("{ACCOUNT}/{}/{name}", upload.path);
        let answer = json!({
            "success": true,
            "fileName": name,
            "filePath": path,
            "downloadUrl": format!("{}/{}", tables.media_base, utf8_percent_encode(&path, IN_A_PATH)),
            "fileSize": upload.bytes.len(),
            "mimeType": mime,
            "uploadedAt": uploaded_at(now),
        });
        let file =
            StoredFile { bytes: upload.bytes, mime, from_ms: now, until_ms: now + 3 * DAY_MS, cors: true };
        tables.files.put(&path, file);
        let body =
            json!({ "success": true, "code": 200, "msg": "File uploaded successfully", "data": answer });
        Ok(Json(body).into_response())
    })
}

fn uploaded_at(now_ms: u64) -> String {
    let time =
        i64::try_from(now_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    format!("{time:.3}")
}

/// Extension and type of the picture, from its first bytes.
fn sniff(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    match imagesize::image_type(bytes).ok()? {
        imagesize::ImageType::Png => Some(("png", "image/png")),
        imagesize::ImageType::Jpeg => Some(("jpg", "image/jpeg")),
        imagesize::ImageType::Webp => Some(("webp", "image/webp")),
        _ => None,
    }
}
