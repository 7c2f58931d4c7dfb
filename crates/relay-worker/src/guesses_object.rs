//! The wrong access tokens that have come from one address.

use crate::now_ms;
use vireo_relay_core::guesses::{WINDOW_S, Window};
use worker::{DurableObject, Env, Request, Response, Result, State, console_warn, durable_object};

const WINDOW: &str = "window";

/// One address.
#[durable_object]
pub struct GuessesObject {
    state: State,
}

impl std::fmt::Debug for GuessesObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuessesObject").finish_non_exhaustive()
    }
}

impl DurableObject for GuessesObject {
    fn new(state: State, _: Env) -> Self {
        GuessesObject { state }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let is_wrong: bool = request.json().await?;
        Response::from_json(&self.shown(is_wrong).await?)
    }

    /// The window is over.
    async fn alarm(&self) -> Result<Response> {
        self.state.storage().delete_all().await?;
        Response::empty()
    }
}

impl GuessesObject {
    async fn shown(&self, is_wrong: bool) -> Result<Option<u64>> {
        let storage = self.state.storage();
        let stored: Option<String> = storage.get(WINDOW).await?;
        let now_s = now_ms() / 1000;
        let mut window = match stored {
            Some(text) => serde_json::from_str(&text)?,
            None => Window::new(now_s),
        };
        let wait_s = window.wait_s(now_s);
        if is_wrong && wait_s.is_none() {
            if window.wrong(now_s) {
                console_warn!("audit: guessing: too many wrong access tokens from one address");
            }
            storage.put(WINDOW, serde_json::to_string(&window)?).await?;
            storage.set_alarm(i64::try_from(WINDOW_S * 1000).unwrap_or(i64::MAX)).await?;
        }
        Ok(wait_s)
    }
}
