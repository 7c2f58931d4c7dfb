//! What each route does.

use crate::access::{self, Denied, header};
use crate::answer::Answer;
use crate::config::Config;
use crate::intent_object::again;
use crate::message::{
    Begun, Call, Ended, How, Over, Price, Seen, Upgraded, Wish, to_caller, to_guesses, to_intent, to_purse,
    upgrade_name,
};
use crate::routes::{Route, nothing};
use crate::upstream::{self, Lost};
use crate::{media, now_ms};
use futures_channel::oneshot;
use serde_json::{Value, json};
use veo_api::{Reply, Status, TaskId, Upgrade, read_4k, read_1080p, read_callback, read_record};
use vireo_core::price;
use vireo_relay_core::VERSION;
use vireo_relay_core::body::MAX_UPLOAD;
use vireo_relay_core::callback::Forged;
use vireo_relay_core::intent::{IntentId, read_key};
use vireo_relay_core::order::{Kind, Order, OrderError};
use vireo_relay_core::video::Video;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{Context, Env, Headers, Method, Request, Response, Result, console_error};

const MAX_ORDER: usize = 256 * 1024;
const MAX_CALLBACK: usize = 64 * 1024;
const MAX_QUESTION: usize = 16 * 1024;
/// Ten megabytes of picture in base64, with room for the rest.
const MAX_BASE64: usize = 16 * 1024 * 1024;

/// What every route needs.
pub(crate) struct Desk {
    pub(crate) config: Config,
    pub(crate) env: Env,
    pub(crate) context: Context,
}

/// A refusal travels like an answer; what fails on our side is logged and told without its words.
pub(crate) enum Refused {
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

impl From<Denied> for Answer {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Host => Answer::refusal(
                403,
                "This relay is not known under that name; see PUBLIC_URL and ALLOW_HOSTS.",
            ),
            Denied::Guessing(wait_s) => {
                let seconds = u32::try_from(wait_s).unwrap_or(u32::MAX);
                Answer::refusal(429, "Too many wrong access tokens from this address.").retry_after(seconds)
            }
            Denied::Origin => {
                Answer::refusal(403, "Pages of this origin may not use this relay; see ALLOW_ORIGINS.")
            }
            Denied::Token => {
                Answer::refusal(401, "Unauthorized – the relay's access token is missing or wrong.")
            }
        }
    }
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        Refused::Answer(denied.into())
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
    pub(crate) async fn serve(self, route: Route, mut request: Request) -> Told {
        let now_s = now_ms() / 1000;
        match &route {
            Route::Callback(key, token) => return self.callback(key, token, request).await,
            Route::Health => return self.health().await,
            Route::Session => return self.session(request).await,
            // A video in a page of another origin says nothing about that origin, and changes nothing.
            Route::Media(_) => Ok(()),
            _ => access::check_origin(&self.config, &request),
        }
        .map_err(Refused::from)?;
        let caller = access::caller(&self.config, request.headers(), now_s);
        let caller = match access::bearer(request.headers()) {
            Some(_) => self.listened_to(&request, caller).await?,
            None => caller.map_err(Refused::from)?,
        };
        match route {
            Route::Paid(kind) => self.paid(kind, caller, request).await,
            Route::Record => self.record(&caller, task(&request)?).await,
            Route::FullHd => self.full_hd(caller, &request).await,
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
                let unused = || Answer::refusal(404, "Nothing was asked for under this key.");
                let key = read_key(&key).ok_or_else(unused)?.to_owned();
                let id = IntentId { caller, key };
                let became: Value = to_intent(&self.env, &id, "state", &Value::Null).await?.json().await?;
                if became.is_null() {
                    return Err(unused().into());
                }
                Ok(Answer::json(&became).response()?)
            }
            Route::Events => {
                let after: Option<u64> =
                    header(request.headers(), "last-event-id").and_then(|id| id.trim().parse().ok());
                Ok(to_caller(&self.env, &caller, "events", &after).await?)
            }
            Route::Media([task, rendition, index]) => {
                let video = Video::read(&task, &rendition, &index).ok_or_else(no_video)?;
                Ok(media::serve(&self.config, &self.env, &caller, &video, &request).await??)
            }
            Route::Callback(..) | Route::Session | Route::Health => Err(nothing().into()),
        }
    }

    /// What a token that was shown opens; who guesses too often from an address is not listened to.
    async fn listened_to<T>(&self, request: &Request, shown: std::result::Result<T, Denied>) -> Told<T> {
        if let Some(address) = access::counted(request.headers()) {
            let is_wrong = matches!(shown, Err(Denied::Token));
            if let Some(wait_s) = to_guesses(&self.env, &address, is_wrong).await? {
                return Err(Denied::Guessing(wait_s).into());
            }
        }
        shown.map_err(Refused::from)
    }

    /// Does something that is to end well even if the client leaves.
    async fn to_its_end<T: 'static>(&self, work: impl Future<Output = T> + 'static) -> Result<T> {
        let (done, ended) = oneshot::channel();
        // Nobody may be waiting any more.
        self.context.wait_until(async move { drop(done.send(work.await)) });
        ended.await.map_err(|_| worker::Error::RustError("the work broke off".to_owned()))
    }

    /// One paid request, by the object of its key.
    async fn paid(self, kind: Kind, caller: String, mut request: Request) -> Told {
        let key = key(request.headers())?;
        let sent = body(&mut request, MAX_ORDER).await?;
        let order = Order::read(kind, &sent).map_err(|error| match &error {
            OrderError::Json(_) => Answer::refusal(400, &error.to_string()),
            OrderError::Field(_) => Answer::refusal(422, &error.to_string()),
        })?;
        let (original, index) = (order.original().cloned(), order.index());
        if let (Kind::Upgrade4k, None, Some(task)) = (kind, &key, &original)
            && to_purse(&self.env, "has", &upgrade_name(task, "4k", index)).await?
        {
            // What was bought is asked for again: that is the look, and costs nothing.
            let reply = self.forward(&again(task, index)).await?;
            self.remember(&caller, task.clone(), "4k", read_4k(&reply).ok()).await;
            return told(reply);
        }
        let key = match key {
            Some(key) => key,
            None => random_name()?,
        };
        let wish = Wish { id: IntentId { caller: caller.clone(), key }, order };
        let env = self.env.clone();
        let submitted = self.to_its_end(async move {
            to_intent(&env, &wish.id, "submit", &wish).await?.json::<Answer>().await
        });
        let answer = submitted.await??;
        if let (Kind::Upgrade4k, Some(task)) = (kind, original) {
            let reply = Reply { status: answer.status, body: answer.body.clone(), ..Reply::default() };
            self.remember(&caller, task, "4k", read_4k(&reply).ok()).await;
        }
        Ok(answer.response()?)
    }

    /// The first one costs credits, so it is sent once like any other paid request; asking again is looking.
    async fn full_hd(self, caller: String, request: &Request) -> Told {
        let index = match query(request, "index").unwrap_or_default().as_str() {
            "" => 0,
            text => text.parse().map_err(|_| Answer::refusal(422, "index must be a whole number"))?,
        };
        let task = task(request)?;
        let name = upgrade_name(&task, "1080p", index);
        let price = Price { caller: caller.clone(), name, credits: price::UPGRADE_1080P };
        let begun: Begun = to_purse(&self.env, "begin", &price).await?;
        if let Begun::Held(held) = begun {
            return Ok(Answer::held(held).response()?);
        }
        let (config, env) = (Config::read(&self.env), self.env.clone());
        let asked = veo_api::get_1080p(&task, index);
        let answer = self.to_its_end(async move {
            let answer = upstream::send(&config, &asked).await;
            if let Begun::Pays = begun {
                let how = match answer.as_ref().map(read_1080p) {
                    Ok(Ok(_)) => How::Accepted,
                    Ok(Err(error)) if error.is_refusal() => How::Refused,
                    _ => How::Unclear,
                };
                let over = Over { caller: price.caller.clone(), name: price.name.clone() };
                let told = async {
                    to_purse::<()>(&env, "ended", &Ended { price, how, bought: None }).await?;
                    to_purse::<()>(&env, "over", &over).await
                };
                if let Err(error) = told.await {
                    console_error!("the purse was not told how an upgrade went: {error}");
                }
            }
            answer
        });
        let reply = answer.await?.map_err(lost)?;
        self.remember(&caller, task, "1080p", read_1080p(&reply).ok()).await;
        told(reply)
    }

    /// A verdict that a client sees is its events' business too.
    async fn record(&self, caller: &str, task: TaskId) -> Told {
        let reply = self.forward(&veo_api::record_info(&task)).await?;
        if read_record(&reply).is_ok_and(|record| record.status != Status::Generating) {
            let seen = Seen { task, body: reply.body.clone() };
            if let Err(error) = to_caller(&self.env, caller, "seen", &seen).await {
                console_error!("a verdict was not told: {error}");
            }
        }
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
        let len = header(request.headers(), "content-length").and_then(|len| len.parse::<u64>().ok());
        if len.is_some_and(|len| len > MAX_UPLOAD) {
            const WORDS: &str = "The upload is too large; 100 MiB is the most that is passed on.";
            return Err(Answer::refusal(413, WORDS).into());
        }
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
        let addresses = self.config.addresses();
        let id = addresses.intent(key, token).map_err(forged)?;
        let sent = body(&mut request, MAX_CALLBACK).await?;
        let call = std::str::from_utf8(&sent).ok().and_then(read_callback);
        let task = call.ok_or_else(|| Answer::refusal(400, "The body names no task."))?.task_id;
        let shown = |name| header(request.headers(), name);
        let (timestamp, signature) = (shown("x-webhook-timestamp"), shown("x-webhook-signature"));
        let (timestamp, signature) = (timestamp.as_deref(), signature.as_deref());
        addresses.check_signature(&task, timestamp, signature, now_ms() / 1000).map_err(forged)?;
        let is_known: bool = to_intent(&self.env, &id, "called", &Call { task }).await?.json().await?;
        if is_known {
            Ok(Answer::own(200, "success", Value::Null).response()?)
        } else {
            Err(nothing().into())
        }
    }

    async fn session(&self, mut request: Request) -> Told {
        access::check_origin(&self.config, &request).map_err(Refused::from)?;
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
            let opened = access::open_session(&self.config, &words, now_ms() / 1000);
            match words.is_empty() {
                true => opened.map_err(Refused::from)?,
                false => self.listened_to(&request, opened).await?,
            }
        };
        let headers = Headers::new();
        headers.set("set-cookie", &cookie)?;
        headers.set("cache-control", "no-store")?;
        Ok(Response::builder().with_status(204).with_headers(headers).empty())
    }

    async fn health(&self) -> Told {
        let upstream = if upstream::is_reachable(&self.config).await { "reachable" } else { "unreachable" };
        let health = json!({
            "version": VERSION, "uptimeSeconds": crate::uptime_s(), "mode": "relay", "upstream": upstream,
        });
        Ok(Answer::json(&health).response()?)
    }

    async fn forward(&self, request: &veo_api::Request) -> Told<Reply> {
        upstream::send(&self.config, request).await.map_err(|error| lost(error).into())
    }
}

fn told(reply: Reply) -> Told {
    Ok(Answer::from_provider(reply).response()?)
}

pub(crate) fn no_video() -> Answer {
    Answer::refusal(404, "There is no such video.")
}

pub(crate) fn lost(error: Lost) -> Answer {
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

fn forged(forged: Forged) -> Answer {
    match forged {
        Forged::Address => nothing(),
        Forged::Signature => Answer::refusal(401, "The signature is missing, wrong or old."),
    }
}

fn key(headers: &Headers) -> Told<Option<String>> {
    const WORDS: &str = "The Idempotency-Key must be one, of 1 to 255 visible ASCII characters.";
    let Some(text) = header(headers, "idempotency-key") else { return Ok(None) };
    let key = read_key(&text).ok_or_else(|| Answer::refusal(400, WORDS))?;
    Ok(Some(key.to_owned()))
}

/// A key that no other request has.
pub(crate) fn random_name() -> Result<String> {
    let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into())?;
    let random: js_sys::Function = js_sys::Reflect::get(&crypto, &"randomUUID".into())?.dyn_into()?;
    Ok(random.call0(&crypto)?.as_string().unwrap_or_default())
}
