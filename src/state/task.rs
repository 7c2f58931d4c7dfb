//! A video as the page around the element sees it.

use crate::browser::host::HostPage;
use crate::state::Studio;
use js_sys::{Array, Reflect};
use serde::Serialize;
use veo_api::Body;
use vireo_core::face::Task;
use vireo_core::intent::{Intent, IntentId, Order, State};
use wasm_bindgen::JsValue;

/// A plain object that describes an intent: a [`Task`].
pub fn describe(intent: &Intent) -> JsValue {
    let task = Task::from(intent).serialize(&serde_wasm_bindgen::Serializer::json_compatible());
    // Nothing in it is without a counterpart in JavaScript.
    task.unwrap_or_default()
}

/// What the page around the element may ask at any moment. It lies with the engine, in another part: before that is here
/// there are no videos.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    all: fn(Studio) -> Array,
    named: fn(Studio, &str) -> Option<IntentId>,
}

impl Asked {
    /// What answers.
    pub fn answers() -> Self {
        Asked {
            all: |studio| studio.engine().intents().iter().rev().map(describe).collect(),
            named: |studio, id| {
                let named = |intent: &Intent| {
                    intent.id.as_str() == id
                        || intent.task_id.as_ref().is_some_and(|task| task.as_str() == id)
                };
                studio.engine().intents_where(named).pop().map(|intent| intent.id)
            },
        }
    }
}

impl Studio {
    /// The videos, newest first; see [`describe`].
    pub fn tasks(self) -> Array {
        self.local().asked.get().map(|asked| (asked.all)(self)).unwrap_or_default()
    }

    /// The video with this intent id or task id.
    pub fn task_named(self, id: &str) -> Option<IntentId> {
        self.local().asked.get().and_then(|asked| (asked.named)(self, id))
    }
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
