//! What the Worker and its objects say to each other.

use crate::answer::Answer;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use veo_api::TaskId;
use vireo_relay_core::intent::{Intent, IntentId};
use vireo_relay_core::order::Order;
use vireo_relay_core::purse::Held;
use vireo_relay_core::video::Video;
use worker::wasm_bindgen::JsValue;
use worker::{Env, Method, Request, RequestInit, Response, Result};

/// Binding of the objects that send, one per caller and key.
const INTENTS: &str = "INTENTS";
/// Binding of the objects that follow and tell, one per caller.
const CALLERS: &str = "CALLERS";
/// Binding of the one object that knows what was spent.
const PURSE: &str = "PURSE";
/// Binding of the objects that count wrong tokens, one per address.
const GUESSES: &str = "GUESSES";

/// To an intent's object: a paid request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) id: IntentId,
    pub(crate) order: Order,
}

/// To an intent's object: the provider has called.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) task: TaskId,
}

/// To a caller's object: how a paid request went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) intent: Intent,
    /// Whether a callback says that there is something to see.
    pub(crate) look: bool,
}

/// To a caller's object: where an upgrade lies.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Upgraded {
    pub(crate) task: TaskId,
    pub(crate) rendition: String,
    pub(crate) urls: Vec<String>,
}

/// To a caller's object: which video is wanted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) video: Video,
    /// Whether the address that was told last was refused.
    pub(crate) is_refused: bool,
}

/// To a caller's object: what a client's own look at a task has found, as it came.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) task: TaskId,
    pub(crate) body: String,
}

/// From a caller's object: where a wanted video lies, or why that cannot be told.
pub(crate) type Place = std::result::Result<String, Answer>;

/// To the purse: what one paid request takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Price {
    pub(crate) caller: String,
    /// The name of the intent, or of the upgrade.
    pub(crate) name: String,
    pub(crate) credits: f64,
}

/// The purse's answer where the same request is a look once it was paid for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Begun {
    Looks,
    Pays,
    Held(Held),
}

/// To the purse: how a request went for which it gave the price.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) price: Price,
    pub(crate) how: How,
    /// The name of what was bought, so that the next request for it is a look.
    pub(crate) bought: Option<String>,
}

/// To the purse: nothing more will be heard of this request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Over {
    pub(crate) caller: String,
    pub(crate) name: String,
}

/// How a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// It was not even tried.
    Withdrawn,
    Refused,
    Accepted,
    Unclear,
}

/// The name of an upgrade. No `Idempotency-Key` has spaces.
pub(crate) fn upgrade_name(task: &TaskId, rendition: &str, index: u32) -> String {
    format!("upgrade {task} {rendition} {index}")
}

/// Says something to the object of an intent.
pub(crate) async fn to_intent(
    env: &Env,
    id: &IntentId,
    what: &str,
    message: &impl Serialize,
) -> Result<Response> {
    let name = format!("{}\u{1f}{}", id.caller, id.key);
    send(env, INTENTS, &name, what, message).await
}

/// Says something to the object of a caller.
pub(crate) async fn to_caller(
    env: &Env,
    caller: &str,
    what: &str,
    message: &impl Serialize,
) -> Result<Response> {
    send(env, CALLERS, caller, what, message).await
}

/// Says something to the purse.
pub(crate) async fn to_purse<T: DeserializeOwned>(
    env: &Env,
    what: &str,
    message: &impl Serialize,
) -> Result<T> {
    send(env, PURSE, "purse", what, message).await?.json().await
}

/// A token has come from an address; after how many seconds the address is listened to again, if it is not now.
pub(crate) async fn to_guesses(env: &Env, address: &str, is_wrong: bool) -> Result<Option<u64>> {
    send(env, GUESSES, address, "shown", &is_wrong).await?.json().await
}

async fn send(
    env: &Env,
    binding: &str,
    name: &str,
    what: &str,
    message: &impl Serialize,
) -> Result<Response> {
    let body = serde_json::to_string(message)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
    let request = Request::new_with_init(&format!("https://object/{what}"), &init)?;
    let response = env.durable_object(binding)?.get_by_name(name)?.fetch_with_request(request).await?;
    match response.status_code() {
        status @ 500.. => Err(worker::Error::RustError(format!("{binding}/{what} answered {status}"))),
        _ => Ok(response),
    }
}
