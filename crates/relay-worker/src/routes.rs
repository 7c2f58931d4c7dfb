//! All routes on one page, and the gate before them.

use crate::access::{self, header};
use crate::answer::Answer;
use crate::config::Config;
use crate::serve::{Desk, Refused, random_name};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use vireo_relay_core::order::Kind;
use worker::{Context, Env, Headers, Method, Request, Response, Result, console_error};

pub(crate) enum Route {
    Paid(Kind),
    Record,
    FullHd,
    Credit,
    DownloadUrl,
    UploadBase64,
    UploadStream,
    Intent(String),
    Events,
    Media([String; 3]),
    Callback(String, String),
    Session,
    Health,
}

impl Route {
    fn read(path: &str) -> Option<Route> {
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        Some(match parts[..] {
            ["api", "v1", "veo", "generate"] => Route::Paid(Kind::Generate),
            ["api", "v1", "veo", "extend"] => Route::Paid(Kind::Extend),
            ["api", "v1", "veo", "get-4k-video"] => Route::Paid(Kind::Upgrade4k),
            ["api", "v1", "veo", "record-info"] => Route::Record,
            ["api", "v1", "veo", "get-1080p-video"] => Route::FullHd,
            ["api", "v1", "chat", "credit"] => Route::Credit,
            ["api", "v1", "common", "download-url"] => Route::DownloadUrl,
            ["api", "file-base64-upload"] => Route::UploadBase64,
            ["api", "file-stream-upload"] => Route::UploadStream,
            ["relay", "intents", key] => Route::Intent(decoded(key)),
            ["relay", "events"] => Route::Events,
            ["relay", "media", task, rendition, index] => Route::Media([task, rendition, index].map(decoded)),
            ["relay", "callback", key, token] => Route::Callback(decoded(key), decoded(token)),
            ["relay", "session"] => Route::Session,
            ["relay", "health"] => Route::Health,
            _ => return None,
        })
    }

    fn takes(&self, method: &Method) -> bool {
        use Route::*;
        match self {
            Paid(_) | DownloadUrl | UploadBase64 | UploadStream | Callback(..) => *method == Method::Post,
            Session => matches!(method, Method::Post | Method::Delete),
            Media(_) => matches!(method, Method::Get | Method::Head),
            _ => *method == Method::Get,
        }
    }
}

/// Answers a request to the Worker.
pub(crate) async fn answer(request: Request, env: Env, context: Context) -> Result<Response> {
    let path = request.path();
    if !path.starts_with("/api/") && path != "/relay" && !path.starts_with("/relay/") {
        return page(request, &env).await;
    }
    let config = Config::read(&env);
    // By which an answer is found in Cloudflare's logs too.
    let id = header(request.headers(), "cf-ray").map_or_else(random_name, Ok)?;
    let origin = header(request.headers(), "origin").filter(|origin| access::is_allowed(&config, origin));
    let is_preflight = request.method() == Method::Options;
    if let Err(denied) = access::check_host(&config, &request) {
        return dressed(Answer::from(denied).response()?, &id, None);
    }
    let response = match (config.missing(), Route::read(&path)) {
        _ if is_preflight => preflight(origin.is_some())?,
        (_, None) => nothing().response()?,
        (_, Some(route)) if !route.takes(&request.method()) => {
            Answer::refusal(405, "Method not allowed").response()?
        }
        (Some(missing), _) => Answer::refusal(503, missing).response()?,
        (None, Some(route)) => match (Desk { config, env, context }).serve(route, request).await {
            Ok(response) => response,
            Err(Refused::Answer(answer)) => answer.response()?,
            Err(Refused::Failed(error)) => {
                console_error!("{id}: {error}");
                Answer::refusal(500, "The relay failed; see its log.").response()?
            }
        },
    };
    dressed(response, &id, origin)
}

/// The page's files, from the same Worker.
async fn page(request: Request, env: &Env) -> Result<Response> {
    let is_config = request.path() == "/config.json";
    let Ok(assets) = env.assets("ASSETS") else { return nothing().response() };
    let response = assets.fetch_request(request).await?;
    if is_config { page_config(response).await } else { Ok(response) }
}

/// The page's configuration as it was deployed, but that this relay is what it speaks to. Elements in pages of other
/// origins read it as well.
async fn page_config(mut file: Response) -> Result<Response> {
    let mut config: Map<String, Value> = file.json().await.unwrap_or_default();
    config.extend([("connection".to_owned(), "relay".into()), ("relayBase".to_owned(), "./".into())]);
    let mut response = Answer::json(&Value::Object(config)).response()?;
    for (name, value) in
        [("access-control-allow-origin", "*"), ("cross-origin-resource-policy", "cross-origin")]
    {
        response.headers_mut().set(name, value)?;
    }
    Ok(response)
}

fn preflight(is_allowed: bool) -> Result<Response> {
    let headers = Headers::new();
    if is_allowed {
        headers.set("access-control-allow-methods", "GET, POST, DELETE")?;
        let allowed = "authorization, content-type, idempotency-key, last-event-id, range, if-range";
        headers.set("access-control-allow-headers", allowed)?;
        headers.set("access-control-max-age", "600")?;
    }
    Ok(Response::builder().with_status(204).with_headers(headers).empty())
}

/// With its number, and what browsers of that origin may read.
fn dressed(response: Response, id: &str, origin: Option<String>) -> Result<Response> {
    let status = response.status_code();
    let headers = Headers::from_iter(response.headers().entries());
    let (_, body) = response.into_parts();
    headers.set("x-request-id", id)?;
    headers.append("vary", "origin")?;
    if let Some(origin) = origin {
        headers.set("access-control-allow-origin", &origin)?;
        let exposed = "retry-after, date, x-request-id, idempotency-replayed, content-range, content-length, \
                       content-disposition, etag, accept-ranges";
        headers.set("access-control-expose-headers", exposed)?;
    }
    Ok(Response::builder().with_status(status).with_headers(headers).body(body))
}

pub(crate) fn nothing() -> Answer {
    Answer::refusal(404, "There is nothing here.")
}
