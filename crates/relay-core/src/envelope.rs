//! Answers in the provider's envelope: its own words as they came, and ours.

use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;
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

/// The longest that anybody is told to wait, in seconds: what asks for more is a mistake of somebody's.
const MAX_WAIT_S: u64 = 3600;

/// A `Retry-After` in seconds from now, whether it says seconds or a date.
pub fn retry_after_s(text: &str, now_s: u64) -> Option<u32> {
    let text = text.trim();
    let seconds = match text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What does not fit is a long time too.
        true if !text.is_empty() => text.parse().unwrap_or(MAX_WAIT_S),
        _ => {
            let date = httpdate::parse_http_date(text).ok()?;
            date.duration_since(UNIX_EPOCH).ok()?.as_secs().saturating_sub(now_s)
        }
    };
    u32::try_from(seconds.min(MAX_WAIT_S)).ok()
}

/// An answer of our own.
pub fn own(status: u16, msg: &str, data: &Value) -> Reply {
    let body = json!({ "code": status, "msg": msg, "data": data }).to_string();
    Reply { status, body, ..Reply::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// 22 November 2026, 08:00 UTC.
    const NOW_S: u64 = 1_795_334_400;

    #[rstest]
    #[case("7", Some(7))]
    #[case(" 7 ", Some(7))]
    #[case("86400", Some(3600))]
    #[case("99999999999999999999999", Some(3600))]
    #[case("Sun, 22 Nov 2026 08:00:30 GMT", Some(30))]
    #[case("Sunday, 22-Nov-26 08:01:00 GMT", Some(60))]
    #[case("Sun, 22 Nov 2026 07:00:00 GMT", Some(0))]
    #[case("Wed, 22 Nov 2028 08:00:00 GMT", Some(3600))]
    #[case("Thu, 01 Jan 1970 00:00:00 GMT", Some(0))]
    #[case("", None)]
    #[case("-1", None)]
    #[case("7.5", None)]
    #[case("soon", None)]
    fn a_wait_is_seconds_or_a_date(#[case] text: &str, #[case] seconds: Option<u32>) {
        assert_eq!(retry_after_s(text, NOW_S), seconds);
    }
}
