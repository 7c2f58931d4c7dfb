//! A video as the page around the element sees it.

use crate::browser::host::HostPage;
use js_sys::{Array, Object, Reflect};
use veo_api::{Body, Spent};
use vireo_core::intent::{Height, Intent, Order, State};
use wasm_bindgen::JsValue;

/// A plain object that describes an intent: `intentId`, `taskId`, `parentId`, `kind`, `state`, `prompt`, `model`,
/// `aspectRatio`, `resolution`, `duration`, `createdAt` and `completedAt` (milliseconds), `urls`, `charged` and `error`.
/// What is not known is `null`.
pub fn describe(intent: &Intent) -> JsValue {
    let object = Object::new();
    let set = |name: &str, value: JsValue| drop(Reflect::set(&object, &name.into(), &value));
    let text = |text: Option<&str>| text.map_or(JsValue::NULL, JsValue::from);
    let time = |ms: Option<u64>| ms.map_or(JsValue::NULL, |ms| (ms as f64).into());
    set("intentId", intent.id.as_str().into());
    set("taskId", text(intent.task_id.as_ref().map(|id| id.as_str())));
    set("parentId", text(intent.parent.as_ref().map(|id| id.as_str())));
    set("state", intent.state.as_str().into());
    set("prompt", intent.order.prompt().into());
    set("model", text(intent.order.model().map(|model| model.as_str())));
    let (kind, resolution) = match &intent.order {
        Order::Generate(generate) => {
            set("aspectRatio", generate.aspect_ratio.as_str().into());
            set("duration", f64::from(generate.duration_s).into());
            ("generate", Some(generate.resolution.as_str()))
        }
        Order::Upgrade { height: Height::P1080, .. } => ("upgrade", Some("1080p")),
        Order::Upgrade { height: Height::P4k, .. } => ("upgrade", Some("4k")),
        Order::Extend(_) => ("extend", None),
    };
    set("kind", kind.into());
    set("resolution", text(resolution));
    set("createdAt", time(Some(intent.created_ms)));
    set("completedAt", time(intent.ended_ms));
    let urls = intent.outcome.as_ref().map(|outcome| outcome.urls.as_slice()).unwrap_or_default();
    set("urls", urls.iter().map(|url| JsValue::from(url.as_str())).collect::<Array>().into());
    let charged = match intent.spent() {
        Spent::No => "no",
        Spent::Yes => "yes",
        Spent::Unknown => "unknown",
    };
    set("charged", charged.into());
    let error = intent.trouble.as_ref().map_or(JsValue::NULL, |trouble| {
        let error = Object::new();
        let code = trouble.code.map_or(JsValue::NULL, |code| (code as f64).into());
        _ = Reflect::set(&error, &"code".into(), &code);
        _ = Reflect::set(&error, &"message".into(), &trouble.words.as_str().into());
        error.into()
    });
    set("error", error);
    object.into()
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
