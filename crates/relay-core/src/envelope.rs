//! Answers in the provider's envelope: its own words as they came, and ours.

use serde::de::IgnoredAny;
use serde_json::{Value, json};
use veo_api::Reply;

/// Whether an answer is whole JSON of the host that was asked.
pub fn is_readable(reply: &Reply) -> bool {
    let text = reply.body.trim_start_matches('\u{feff}').trim_start();
    let is_object = text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
    is_object && !(300..400).contains(&reply.status)
}

/// The provider's answer. What is no JSON never reaches a browser as it is: it is a page of somebody in between.
pub fn from_provider(reply: Reply) -> Reply {
    if is_readable(&reply) {
        return reply;
    }
    let is_markup = reply.body.trim_start().starts_with(['<', '{', '[']);
    let words = if is_markup { "" } else { reply.body.trim() };
    let words: String = words.chars().filter(|c| !c.is_control()).take(200).collect();
    let is_error = (400..600).contains(&reply.status);
    let status = if is_error { reply.status } else { 502 };
    let msg = match words.as_str() {
        "" => "The provider's answer could not be read.",
        words => words,
    };
    Reply { retry_after_s: reply.retry_after_s, ..own(status, msg, &Value::Null) }
}

/// An answer of our own.
pub fn own(status: u16, msg: &str, data: &Value) -> Reply {
    let body = json!({ "code": status, "msg": msg, "data": data }).to_string();
    Reply { status, body, ..Reply::default() }
}
