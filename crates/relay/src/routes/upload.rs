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
use veo_api::{Host, Method};
use vireo_relay_core::body;

/// Base64 of ten megabytes, with some air.
const MAX_BASE64: usize = 16 << 20;
/// The most that is passed on in one upload.
const MAX_STREAM: u64 = 100 << 20;

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
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(kind)
        .map_err(|_| Answer::refusal(400, "Content-Type must be multipart/form-data"))?;
    let constraints = multer::Constraints::new().size_limit(
        multer::SizeLimit::new()
            .whole_stream(MAX_STREAM)
            .for_field("uploadPath", 1024)
            .for_field("fileName", 1024),
    );
    let form = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let own = random::name().map_err(|_| Answer::refusal(503, "The relay has no random numbers."))?;
    let kind = format!("multipart/form-data; boundary={own}");
    let rebuilt = Rebuilt { form, field: None, boundary: own, ended: false };
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
    Ok(Answer::from_provider(send(&shared, request).await?))
}

/// A form on its way through.
struct Rebuilt {
    form: Multipart<'static>,
    field: Option<Field<'static>>,
    boundary: String,
    ended: bool,
}

impl Rebuilt {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(field) = &mut self.field {
                match field.chunk().await.map_err(io::Error::other)? {
                    Some(bytes) if bytes.is_empty() => continue,
                    Some(bytes) => return Ok(Some(bytes)),
                    None => self.field = None,
                }
                return Ok(Some(Bytes::from_static(b"\r\n")));
            }
            if self.ended {
                return Ok(None);
            }
            match self.form.next_field().await.map_err(io::Error::other)? {
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

/// A word that cannot leave the quotes it is put in.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).take(200).collect()
}
