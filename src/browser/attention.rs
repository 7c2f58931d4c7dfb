//! What calls a person back: a notification and a sound, each only where it was asked for. `attention.js`, loaded when
//! it is first used.

use crate::browser::prefs::{self, Prefs};
use crate::browser::task::spawn_local;
use js_sys::Promise;
use vireo_core::intent::IntentId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// Beside the program that asks for it.
const ADDRESS: &str = "./attention.js";
/// What stands under a name that was chosen.
const ON: &str = "on";

#[wasm_bindgen]
extern "C" {
    // Not a function but called like one; the address is seen from the file this stands in.
    #[wasm_bindgen(js_name = import)]
    fn import(address: &str) -> Promise;

    type Attention;

    #[wasm_bindgen(method, catch)]
    async fn ask(this: &Attention) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn notify(this: &Attention, words: &str, id: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn ring(this: &Attention, good: bool) -> Result<JsValue, JsValue>;
}

/// What the browser says to notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They will be shown.
    Granted,
    /// The person or the browser refuses them.
    Refused,
    /// This browser has none here.
    Missing,
}

async fn load() -> Option<Attention> {
    JsFuture::from(import(ADDRESS)).await.ok().map(JsCast::unchecked_into)
}

/// Whether something was chosen: one of [`prefs::NOTIFY`] and [`prefs::SOUND`].
pub fn is_on(prefs: &Prefs, name: &str) -> bool {
    prefs.get(name).as_deref() == Some(ON)
}

/// Remembers a choice.
pub fn set(prefs: &Prefs, name: &str, on: bool) {
    if on { prefs.set(name, ON) } else { prefs.remove(name) }
}

/// Asks for the right to notify. Browsers hear this only by a click.
pub async fn ask() -> Answer {
    let Some(attention) = load().await else { return Answer::Missing };
    let answer = attention.ask().await.ok().and_then(|answer| answer.as_string());
    match answer.as_deref() {
        Some("granted") => Answer::Granted,
        Some("missing") => Answer::Missing,
        _ => Answer::Refused,
    }
}

/// Plays the sound.
pub async fn ring(good: bool) {
    if let Some(attention) = load().await {
        attention.ring(good).await.map(drop).unwrap_or_default();
    }
}

/// A verdict: rings, and notifies where nobody looks, as far as either was chosen.
pub fn call(prefs: &Prefs, id: &IntentId, good: bool, words: &str, is_seen: bool) {
    let sound = is_on(prefs, prefs::SOUND);
    let notify = is_on(prefs, prefs::NOTIFY) && !is_seen;
    if !sound && !notify {
        return;
    }
    let (id, words) = (id.clone(), words.to_owned());
    spawn_local(async move {
        if sound {
            ring(good).await;
        }
        if let (true, Some(attention)) = (notify, load().await) {
            attention.notify(&words, id.as_str()).await.map(drop).unwrap_or_default();
        }
    });
}
