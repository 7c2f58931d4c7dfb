//! The page around the element: hears events, names the caller towards its relay.

use crate::browser::journal::race;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A page that issues no token within this time issues none: nothing is sent without one, so nothing waits for ever.
const TOKEN_TIMEOUT_MS: u32 = 30_000;

/// Whether the page lets something happen.
#[derive(Debug)]
pub enum Answer {
    /// It does.
    Yes,
    /// It called `preventDefault()`.
    No,
    /// It is one message away: a promise of false for no.
    Later(Promise),
}

impl Answer {
    /// The answer of a promise. One that fails has not said yes.
    pub async fn later(promise: Promise) -> bool {
        JsFuture::from(promise).await.is_ok_and(|answer| answer.as_bool() != Some(false))
    }
}

/// The page around the element.
#[derive(Clone, Debug)]
pub struct HostPage {
    emit: Function,
    token: Function,
}

impl HostPage {
    /// `emit(name, detail, cancelable)` answers false for an event that was cancelled; `token()` answers with a promise
    /// of a relay token, or with nothing.
    pub fn new(emit: Function, token: Function) -> Self {
        HostPage { emit, token }
    }

    /// Sends an event.
    pub fn emit(&self, name: &str, detail: &JsValue) {
        // A listener that throws is reported by the browser.
        self.emit.call3(&JsValue::NULL, &name.into(), detail, &false.into()).map(drop).unwrap_or_default();
    }

    /// Sends an event that the page may cancel.
    pub fn ask(&self, name: &str, detail: &JsValue) -> Answer {
        match self.emit.call3(&JsValue::NULL, &name.into(), detail, &true.into()) {
            Ok(answer) if answer.as_bool() == Some(false) => Answer::No,
            Ok(answer) => answer.dyn_into().map_or(Answer::Yes, Answer::Later),
            Err(_) => Answer::Yes,
        }
    }

    /// Asks the page for a token. `Ok(None)` where it issues none, an error where it should and does not.
    pub async fn token(&self) -> Result<Option<String>, JsValue> {
        let promise = Promise::resolve(&self.token.call0(&JsValue::NULL)?);
        let answer = race(JsFuture::from(promise), TimeoutFuture::new(TOKEN_TIMEOUT_MS)).await;
        Ok(answer.unwrap_or_else(|| Err("no token came".into()))?.as_string())
    }
}
