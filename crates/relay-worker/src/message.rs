//! What the Worker and its objects say to each other.

use crate::order::{Kind, Order};
use serde::{Deserialize, Serialize};
use veo_api::{Model, TaskId};
use worker::wasm_bindgen::JsValue;
use worker::{Env, Method, Request, RequestInit, Response, Result};

/// Binding of the objects that send, one per caller and key.
const INTENTS: &str = "INTENTS";
/// Binding of the objects that follow and tell, one per caller.
const CALLERS: &str = "CALLERS";

/// To an intent's object: a paid request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) caller: String,
    pub(crate) key: String,
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
    pub(crate) intent: String,
    pub(crate) task: Option<TaskId>,
    pub(crate) kind: Kind,
    pub(crate) model: Model,
    /// The task that was to be extended or upgraded.
    pub(crate) original: Option<TaskId>,
    pub(crate) state: String,
    pub(crate) sent_ms: u64,
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

/// To a caller's object: which video is wanted. The answer is its address, or `null`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Wanted {
    pub(crate) task: TaskId,
    pub(crate) rendition: String,
    pub(crate) index: usize,
}

impl Wanted {
    /// Its name in the archive.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}/{}.mp4", self.task, self.rendition, self.index)
    }
}

/// Says something to the object of an intent.
pub(crate) async fn to_intent(
    env: &Env,
    caller: &str,
    key: &str,
    what: &str,
    message: &impl Serialize,
) -> Result<Response> {
    let name = format!("{caller}\u{1f}{key}");
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
    env.durable_object(binding)?.get_by_name(name)?.fetch_with_request(request).await
}
