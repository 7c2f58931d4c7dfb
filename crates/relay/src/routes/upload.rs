//! Pictures on their way to the provider's upload host.

use super::forward::send;
use super::{SharedState, read_body};
use crate::answer::Answer;
use crate::random;
use crate::upstream::{Carried, Outgoing};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use futures_util::{StreamExt, stream};
use multer::{Field, Multipart};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::{Arc, OnceLock};
use veo_api::{Host, Method};
use vireo_relay_core::body::{self, MAX_UPLOAD};

/// Base64 of ten megabytes, with some air.
const MAX_BASE64: usize = 16 << 20;

/// The one JSON upload, with the fields that the API documents.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Base64Upload {
    base64_data: String,
    upload_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
}

pub(super) async fn base64(State(shared): SharedState, body: Body) -> Result<Answer, Answer> {
    let bytes = read_body(body, MAX_BASE64).await?;
    let upload: Base64Upload = body::read(&bytes)?;
    let request = Outgoing {
        host: Host::Upload,
        method: Method::Post,
        path: "api/file-base64-upload".to_owned(),
        body: Carried::Json(veo_api::json::to_text(&upload)),
        paid: false,
    };
    Ok(Answer::from_provider(send(&shared, request).await?))
}

/// A form is taken apart and put together anew while it passes: known fields only, nothing kept in memory.
pub(super) async fn stream(
    State(shared): SharedState,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Answer> {
    let told = headers.get(header::CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|len| len > MAX_UPLOAD) {
        return Err(too_large());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind)
        .map_err(|_| Answer::refusal(400, "Content-Type must be multipart/form-data"))?;
    let constraints = multer::Constraints::new().size_limit(
        multer::SizeLimit::new()
            .whole_stream(MAX_UPLOAD)
            .for_field("uploadPath", 1024)
            .for_field("fileName", 1024),
    );
    let form = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let own = random::name().map_err(|_| Answer::refusal(503, "The relay has no random numbers."))?;
    let kind = format!("multipart/form-data; boundary={own}");
    let broken = Arc::<OnceLock<Answer>>::default();
    let rebuilt = Rebuilt { form, field: None, boundary: own, ended: false, broken: Arc::clone(&broken) };
    let bytes = stream::try_unfold(rebuilt, |mut rebuilt| async move {
        Ok(rebuilt.next().await?.map(|bytes| (bytes, rebuilt)))
    });
    let request = Outgoing {
        host: Host::Upload,
        method: Method::Post,
        path: "api/file-stream-upload".to_owned(),
        body: Carried::Stream(kind, bytes.boxed()),
        paid: false,
    };
    let sent = send(&shared, request).await;
    // Whatever the provider makes of half a form: why it was half is known here.
    match broken.get() {
        Some(answer) => Err(answer.clone()),
        None => Ok(Answer::from_provider(sent?)),
    }
}

fn too_large() -> Answer {
    Answer::refusal(413, "The upload is too large; 100 MiB is the most that is passed on.")
}

/// A form on its way through.
struct Rebuilt {
    form: Multipart<'static>,
    field: Option<Field<'static>>,
    boundary: String,
    ended: bool,
    /// What the client did wrong, once it has.
    broken: Arc<OnceLock<Answer>>,
}

impl Rebuilt {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(field) = &mut self.field {
                match field.chunk().await.map_err(|error| breaks(&self.broken, error))? {
                    Some(bytes) if bytes.is_empty() => continue,
                    Some(bytes) => return Ok(Some(bytes)),
                    None => self.field = None,
                }
                return Ok(Some(Bytes::from_static(b"\r\n")));
            }
            if self.ended {
                return Ok(None);
            }
            match self.form.next_field().await.map_err(|error| breaks(&self.broken, error))? {
                Some(field) => {
                    let Some(head) = self.head(&field) else { continue };
                    self.field = Some(field);
                    return Ok(Some(head.into()));
                }
                None => {
                    self.ended = true;
                    return Ok(Some(format!("--{}--\r\n", self.boundary).into()));
                }
            }
        }
    }

    /// The head of a known field; `None` for others.
    fn head(&self, field: &Field<'_>) -> Option<String> {
        let start = format!("--{}\r\nContent-Disposition: form-data; name=", self.boundary);
        match field.name()? {
            name @ ("uploadPath" | "fileName") => Some(format!("{start}\"{name}\"\r\n\r\n")),
            "file" => {
                let name = plain(field.file_name().unwrap_or("file"));
                let kind = field.content_type().map_or("application/octet-stream", |kind| kind.essence_str());
                Some(format!("{start}\"file\"; filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n", plain(kind)))
            }
            _ => None,
        }
    }
}

/// Remembers why a form cannot be passed on to its end.
fn breaks(broken: &OnceLock<Answer>, error: multer::Error) -> io::Error {
    broken.get_or_init(|| match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => too_large(),
        _ => Answer::refusal(400, "The form cannot be read to its end; nothing was uploaded."),
    });
    io::Error::other(error)
}

/// A word that cannot leave the quotes it is put in.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).take(200).collect()
}
