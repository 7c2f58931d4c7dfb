//! A video as the page around the element sees it.

use crate::browser::host::HostPage;
use js_sys::Reflect;
use serde::Serialize;
use veo_api::Body;
use vireo_core::face::Task;
use vireo_core::intent::{Intent, Order, State};
use wasm_bindgen::JsValue;

/// A plain object that describes an intent: a [`Task`].
pub fn describe(intent: &Intent) -> JsValue {
    let task = Task::from(intent).serialize(&serde_wasm_bindgen::Serializer::json_compatible());
    // Nothing in it is without a counterpart in JavaScript.
    task.unwrap_or_default()
}

/// What a page is asked before something is sent: the description, and the `request` in the provider's names where
/// there is one.
pub fn describe_wish(intent: &Intent) -> JsValue {
    let wish = describe(intent);
    if let Order::Generate(generate) = &intent.order
        && let Body::Json(text) = generate.request().body
        && let Ok(request) = js_sys::JSON::parse(&text)
    {
        _ = Reflect::set(&wish, &"request".into(), &request);
    }
    wish
}

/// Tells the page around the element how an intent has changed. `was` is `None` for one that was not known before.
pub fn tell(host: &HostPage, was: Option<State>, intent: &Intent) {
    let Some(was) = was else { return };
    let moved = was != intent.state;
    let name = match intent.state {
        State::Generating if moved => "vireo-accepted",
        State::Queued | State::Sending | State::Generating => "vireo-progress",
        State::Succeeded if moved => "vireo-succeeded",
        State::Rejected | State::Failed if moved => "vireo-failed",
        State::Unknown | State::Stale if moved => "vireo-unknown",
        _ => return,
    };
    host.emit(name, &describe(intent));
}
