//! The relay on Cloudflare Workers: the same HTTP face as the native one, with nothing of ours running between requests.
//!
//! The rules are those of `vireo-relay-core`; here is where they are kept, and what they are asked over.
//!
//! The Worker itself ([`routes`], [`serve`]) is without memory: it lets callers in, checks, rewrites and forwards. An
//! [`IntentObject`] exists per caller and `Idempotency-Key` and is the only one that sends a paid request: reserved,
//! sent, answered, each step durable before the next. A [`CallerObject`] exists per caller, follows the caller's tasks
//! by alarm and tells their states to the open event streams. One [`PurseObject`] knows what was spent and whether the
//! provider fails; a [`GuessesObject`] exists per address that shows access tokens, and counts the wrong ones.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod access;
mod answer;
mod archive;
mod book;
mod callback;
#[allow(missing_docs, reason = "the attribute macro makes methods without any")]
mod caller_object;
mod config;
#[allow(missing_docs, reason = "the attribute macro makes methods without any")]
mod guesses_object;
#[allow(missing_docs, reason = "the attribute macro makes methods without any")]
mod intent_object;
mod kept;
mod media;
mod message;
#[allow(missing_docs, reason = "the attribute macro makes methods without any")]
mod purse_object;
mod range;
mod routes;
mod serve;
mod upstream;

pub use caller_object::CallerObject;
pub use guesses_object::GuessesObject;
pub use intent_object::IntentObject;
pub use purse_object::PurseObject;

use std::sync::OnceLock;
use worker::{Context, Env, Request, Response, Result, event};

/// Answers a request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    uptime_s();
    routes::answer(request, env, context).await
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}

/// Seconds since this instance of the Worker answered its first request.
fn uptime_s() -> u64 {
    static STARTED_MS: OnceLock<u64> = OnceLock::new();
    now_ms().saturating_sub(*STARTED_MS.get_or_init(now_ms)) / 1000
}
