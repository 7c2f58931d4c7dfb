//! All routes on one page, and the gate before them.

use crate::access::{self, Denied, header};
use crate::answer::Answer;
use crate::callback;
use crate::config::Config;
use crate::message::{Call, Upgraded, Wanted, Wish, to_caller, to_intent};
use crate::order::{Kind, Order};
use crate::upstream::{self, Lost};
use crate::{media, now_ms};
use futures_channel::oneshot;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use veo_api::{Reply, TaskId, Upgrade, read_4k, read_1080p, read_callback};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{Context, Env, Headers, Method, Request, Response, Result, console_error};

const MAX_ORDER: usize = 256 * 1024;
const MAX_CALLBACK: usize = 64 * 1024;
const MAX_QUESTION: usize = 16 * 1024;
/// Ten megabytes of picture in base64, with room for the rest.
const MAX_BASE64: usize = 16 * 1024 * 1024;

/// What the page reads instead of a file of its own.
const PAGE_CONFIG: &str = r#"{ "version": 1, "connection": "relay", "relayBase": "./" }"#;

enum Route {
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
            _ => *method == Method::Get,
        }
    }
}

/// What every route needs.
struct Desk {
    config: Config,
    env: Env,
    context: Context,
}

/// A refusal travels like an answer; what fails on our side is logged and told without its words.
enum Refused {
    Answer(Answer),
    Failed(worker::Error),
}

impl From<Answer> for Refused {
    fn from(answer: Answer) -> Self {
        Refused::Answer(answer)
    }
}

impl<E: Into<worker::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused::Failed(error.into())
    }
}

type Told<T = Response> = std::result::Result<T, Refused>;

/// Answers a request to the Worker.
pub(crate) async fn answer(request: Request, env: Env, context: Context) -> Result<Response> {
    let path = request.path();
    if !path.starts_with("/api/") && path != "/relay" && !path.starts_with("/relay/") {
        return page(request, &env).await;
    }
    let config = Config::read(&env);
    let origin = header(request.headers(), "origin").filter(|origin| access::is_allowed(&config, origin));
    let is_preflight = request.method() == Method::Options;
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
                console_error!("{error}");
                Answer::refusal(500, "The relay failed; see its log.").response()?
            }
        },
    };
    with_cors(response, origin)
}

/// The page's files, from the same Worker.
async fn page(request: Request, env: &Env) -> Result<Response> {
    if request.path() == "/config.json" {
        let answer = Answer { body: PAGE_CONFIG.to_owned(), ..Answer::json(&Value::Null) };
        return answer.response();
    }
    match env.assets("ASSETS") {
        Ok(assets) => assets.fetch_request(request).await,
        Err(_) => nothing().response(),
    }
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

fn with_cors(response: Response, origin: Option<String>) -> Result<Response> {
    let status = response.status_code();
    let headers = Headers::from_iter(response.headers().entries());
    let (_, body) = response.into_parts();
    headers.append("vary", "origin")?;
    if let Some(origin) = origin {
        headers.set("access-control-allow-origin", &origin)?;
        let exposed =
            "retry-after, date, idempotency-replayed, content-range, content-length, etag, accept-ranges";
        headers.set("access-control-expose-headers", exposed)?;
    }
    Ok(Response::builder().with_status(status).with_headers(headers).body(body))
}

fn nothing() -> Answer {
    Answer::refusal(404, "There is nothing here.")
}

fn denied(denied: Denied) -> Answer {
    match denied {
        Denied::Origin => {
            Answer::refusal(403, "Pages of this origin may not use this relay; see ALLOW_ORIGINS.")
        }
        Denied::Token => Answer::refusal(401, "Unauthorized – the relay's access token is missing or wrong."),
    }
}

/// A body of at most `limit` bytes.
async fn body(request: &mut Request, limit: usize) -> Told<Vec<u8>> {
    let too_long = || Refused::from(Answer::refusal(413, "The body is too long."));
    let told = header(request.headers(), "content-length").and_then(|len| len.parse::<usize>().ok());
    if told.is_some_and(|len| len > limit) {
        return Err(too_long());
    }
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    upstream::collect(request.stream()?, limit).await?.ok_or_else(too_long)
}

impl Desk {
    async fn serve(self, route: Route, mut request: Request) -> Told {
        let now_s = now_ms() / 1000;
        let caller = match &route {
            Route::Callback(key, token) => return self.callback(key, token, request).await,
            Route::Health => return self.health().await,
            Route::Session => return self.session(request).await,
            // A video in a page of another origin says nothing about that origin, and changes nothing.
            Route::Media(_) => access::caller(&self.config, request.headers(), now_s),
            _ => access::check_origin(&self.config, &request)
                .and_then(|()| access::caller(&self.config, request.headers(), now_s)),
        }
        .map_err(denied)?;
        match route {
            Route::Paid(kind) => self.paid(kind, caller, request).await,
            Route::Record => self.forward(&veo_api::record_info(&task(&request)?)).await.and_then(told),
            Route::FullHd => self.full_hd(&caller, &request).await,
            Route::Credit => self.forward(&veo_api::credit()).await.and_then(told),
            Route::DownloadUrl => {
                let sent: Value =
                    serde_json::from_slice(&body(&mut request, MAX_QUESTION).await?).unwrap_or_default();
                let url = sent["url"].as_str().ok_or_else(|| Answer::refusal(422, "url cannot be empty"))?;
                self.forward(&veo_api::download_url(url)).await.and_then(told)
            }
            Route::UploadBase64 => self.upload_base64(request).await,
            Route::UploadStream => self.upload_stream(request).await,
            Route::Intent(key) => {
                let became: Value =
                    to_intent(&self.env, &caller, &key, "state", &Value::Null).await?.json().await?;
                if became.is_null() {
                    return Err(Answer::refusal(404, "Nothing was asked for under this key.").into());
                }
                Ok(Answer::json(&became).response()?)
            }
            Route::Events => {
                let after: Option<u64> =
                    header(request.headers(), "last-event-id").and_then(|id| id.trim().parse().ok());
                Ok(to_caller(&self.env, &caller, "events", &after).await?)
            }
            Route::Media([task, rendition, index]) => {
                let task = TaskId::parse(&task).ok_or_else(nothing)?;
                let index = index.parse().map_err(|_| nothing())?;
                if !["720p", "1080p", "4k"].contains(&rendition.as_str()) {
                    return Err(nothing().into());
                }
                let wanted = Wanted { task, rendition, index };
                Ok(media::serve(&self.config, &self.env, &caller, &wanted, &request).await??)
            }
            Route::Callback(..) | Route::Session | Route::Health => Err(nothing().into()),
        }
    }

    /// One paid request, by the object of its key. It goes on if the client leaves.
    async fn paid(self, kind: Kind, caller: String, mut request: Request) -> Told {
        let key = match header(request.headers(), "idempotency-key") {
            Some(key) if (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) => key,
            Some(_) => {
                return Err(
                    Answer::refusal(400, "Idempotency-Key must be 1 to 255 visible characters.").into()
                );
            }
            None => random_name()?,
        };
        let sent = body(&mut request, MAX_ORDER).await?;
        let order = Order::read(kind, &sent).map_err(|words| Answer::refusal(422, &words))?;
        let original = order.original();
        let wish = Wish { caller: caller.clone(), key, order };
        let (answer, answered) = oneshot::channel();
        let env = self.env.clone();
        self.context.wait_until(async move {
            let sent = to_intent(&env, &wish.caller, &wish.key, "submit", &wish).await;
            let told = match sent {
                Ok(mut response) => response.json::<Answer>().await,
                Err(error) => Err(error),
            };
            // Nobody may be waiting any more.
            let _ = answer.send(told);
        });
        let lost = |_| worker::Error::RustError("no answer came from the intent's object".to_owned());
        let answer = answered.await.map_err(lost)??;
        if let (Kind::Upgrade4k, Some(task)) = (kind, original) {
            let reply = Reply { status: answer.status, body: answer.body.clone(), ..Reply::default() };
            self.remember(&caller, task, "4k", read_4k(&reply).ok()).await;
        }
        Ok(answer.response()?)
    }

    /// The first one costs credits, so it is sent once; asking again is looking.
    async fn full_hd(&self, caller: &str, request: &Request) -> Told {
        let index = match query(request, "index").unwrap_or_default().as_str() {
            "" => 0,
            text => text.parse().map_err(|_| Answer::refusal(422, "index must be a whole number"))?,
        };
        let task = task(request)?;
        let reply = self.forward(&veo_api::get_1080p(&task, index)).await?;
        self.remember(caller, task, "1080p", read_1080p(&reply).ok()).await;
        told(reply)
    }

    async fn remember(&self, caller: &str, task: TaskId, rendition: &str, upgrade: Option<Upgrade>) {
        if let Some(Upgrade::Ready { urls, .. }) = upgrade {
            let upgraded = Upgraded { task, rendition: rendition.to_owned(), urls };
            if let Err(error) = to_caller(&self.env, caller, "upgraded", &upgraded).await {
                console_error!("an upgrade was not remembered: {error}");
            }
        }
    }

    async fn upload_base64(&self, mut request: Request) -> Told {
        let sent = body(&mut request, MAX_BASE64).await?;
        let wrong = || Answer::refusal(400, "The request body is not a JSON object.");
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(&sent) else { return Err(wrong().into()) };
        fields.retain(|name, value| {
            ["base64Data", "uploadPath", "fileName"].contains(&name.as_str()) && value.is_string()
        });
        let text = JsValue::from_str(&Value::Object(fields).to_string());
        let sent = upstream::upload(&self.config, "api/file-base64-upload", "application/json", text).await;
        told(sent.map_err(lost)?)
    }

    async fn upload_stream(&self, request: Request) -> Told {
        let kind = header(request.headers(), "content-type").unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("multipart/form-data;") {
            return Err(Answer::refusal(400, "Content-Type must be multipart/form-data").into());
        }
        let Some(stream) = request.inner().body() else {
            return Err(Answer::refusal(400, "There is no body.").into());
        };
        let sent = upstream::upload(&self.config, "api/file-stream-upload", &kind, stream.into()).await;
        told(sent.map_err(lost)?)
    }

    /// A hint: the object is told, and looks for itself.
    async fn callback(&self, key: &str, token: &str, mut request: Request) -> Told {
        let caller = callback::caller(&self.config, key, token).ok_or_else(nothing)?;
        let sent = body(&mut request, MAX_CALLBACK).await?;
        let call = std::str::from_utf8(&sent).ok().and_then(read_callback);
        let call = call.ok_or_else(|| Answer::refusal(400, "The body names no task."))?;
        let shown = |name| header(request.headers(), name);
        let (timestamp, signature) = (shown("x-webhook-timestamp"), shown("x-webhook-signature"));
        let keys = &self.config.webhook_hmac_keys;
        let (timestamp, signature) = (timestamp.as_deref(), signature.as_deref());
        if !callback::is_signed(keys, &call.task_id, timestamp, signature, now_ms() / 1000) {
            return Err(Answer::refusal(401, "The signature is missing, wrong or old.").into());
        }
        let call = Call { task: call.task_id };
        let is_known: bool = to_intent(&self.env, caller, key, "called", &call).await?.json().await?;
        if is_known {
            Ok(Answer::own(200, "success", Value::Null).response()?)
        } else {
            Err(nothing().into())
        }
    }

    async fn session(&self, mut request: Request) -> Told {
        access::check_origin(&self.config, &request).map_err(denied)?;
        let cookie = if request.method() == Method::Delete {
            access::close_session()
        } else {
            let words = match access::bearer(request.headers()) {
                Some(token) => token,
                None => {
                    let sent: Value =
                        serde_json::from_slice(&body(&mut request, MAX_QUESTION).await?).unwrap_or_default();
                    sent["token"].as_str().unwrap_or_default().to_owned()
                }
            };
            access::open_session(&self.config, &words, now_ms() / 1000).map_err(denied)?
        };
        let headers = Headers::new();
        headers.set("set-cookie", &cookie)?;
        headers.set("cache-control", "no-store")?;
        Ok(Response::builder().with_status(204).with_headers(headers).empty())
    }

    async fn health(&self) -> Told {
        let upstream = if upstream::is_reachable(&self.config).await { "reachable" } else { "unreachable" };
        let health = json!({ "version": env!("CARGO_PKG_VERSION"), "build": "worker", "upstream": upstream });
        Ok(Answer::json(&health).response()?)
    }

    async fn forward(&self, request: &veo_api::Request) -> Told<Reply> {
        upstream::send(&self.config, request).await.map_err(|error| lost(error).into())
    }
}

fn told(reply: Reply) -> Told {
    Ok(Answer::from_provider(&reply).response()?)
}

fn lost(error: Lost) -> Answer {
    console_error!("{error}");
    Answer::refusal(502, "The provider's answer was lost. Asking again is safe.")
}

fn query(request: &Request, name: &str) -> Option<String> {
    let url = request.url().ok()?;
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

fn task(request: &Request) -> Told<TaskId> {
    let wrong = || Answer::refusal(422, "taskId is missing or no task id");
    Ok(query(request, "taskId").and_then(|text| TaskId::parse(&text)).ok_or_else(wrong)?)
}

/// A key that no other request has.
fn random_name() -> Result<String> {
    let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into())?;
    let random: js_sys::Function = js_sys::Reflect::get(&crypto, &"randomUUID".into())?.dyn_into()?;
    Ok(random.call0(&crypto)?.as_string().unwrap_or_default())
}
