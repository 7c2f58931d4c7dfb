//! The relay on Cloudflare Workers: the same HTTP face as the native one, with nothing of ours running between requests.
//!
//! A request meets three kinds of places. The Worker itself ([`routes`]) is without memory: it lets callers in, checks,
//! rewrites and forwards. An [`IntentObject`] exists per caller and `Idempotency-Key` and is the only one that sends a
//! paid request: reserved, sent, answered, each step durable before the next. A [`CallerObject`] exists per caller,
//! follows the caller's tasks by alarm and tells their states to the open event streams.
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
mod digest;
mod intent;
#[allow(missing_docs, reason = "the attribute macro makes methods without any")]
mod intent_object;
mod media;
mod message;
mod order;
mod range;
mod routes;
mod scrub;
mod upstream;

pub use caller_object::CallerObject;
pub use intent_object::IntentObject;

use worker::{Context, Env, Request, Response, Result, event};

/// Answers a request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    routes::answer(request, env, context).await
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}
