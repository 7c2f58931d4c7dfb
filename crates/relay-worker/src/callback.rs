//! The provider's callbacks: who may call, and what a call means. A call is a hint and nothing more.

use crate::config::Config;
use crate::digest::{hmac, same, short_hmac};
use crate::intent::Intent;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use veo_api::{Record, Reply, TaskId};

/// How far the provider's clock may be from ours, in seconds. Its signature carries no other limit.
const SKEW_S: u64 = 300;

/// The address at which the provider is to report the end of an intent; `None` if it cannot reach this relay.
pub(crate) fn address(config: &Config, caller: &str, key: &str) -> Option<String> {
    let base = config.public_url.as_deref()?;
    let token = token(config, caller, key);
    let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    Some(format!("{base}/relay/callback/{}/{token}", key.replace('+', "%20")))
}

/// The caller whose intent has this address. All are compared, so that the time tells nothing.
pub(crate) fn caller<'a>(config: &'a Config, key: &str, shown: &str) -> Option<&'a str> {
    let names = config.tokens.iter().map(|token| token.name.as_str());
    names.fold(None, |found, name| if same(&token(config, name, key), shown) { Some(name) } else { found })
}

fn token(config: &Config, caller: &str, key: &str) -> String {
    short_hmac(&config.secret("callback"), &format!("{caller}\u{1f}{key}"))
}

/// Checks the provider's own signature, which covers task and time but not the body, where a key for it is known.
pub(crate) fn is_signed(
    keys: &[String],
    task: &TaskId,
    timestamp: Option<&str>,
    signature: Option<&str>,
    now_s: u64,
) -> bool {
    if keys.is_empty() {
        return true;
    }
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else { return false };
    let fresh = timestamp.parse::<u64>().is_ok_and(|seconds| seconds.abs_diff(now_s) <= SKEW_S);
    let message = format!("{task}.{timestamp}");
    let signed = keys.iter().fold(false, |found, key| {
        same(&BASE64_STANDARD.encode(hmac(key.as_bytes(), &message)), signature) | found
    });
    signed && fresh
}

/// Whether a record is that of an intent whose answer was lost: it echoes our address, or else it was at least not
/// there before the request left.
pub(crate) fn is_ours(intent: &Intent, reply: &Reply, record: &Record) -> bool {
    match echoed_address(&reply.body) {
        Some(address) => Some(address) == intent.callback,
        None => record.created_ms.is_some_and(|created| created + SKEW_S * 1000 >= intent.sent_ms),
    }
}

fn echoed_address(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let params = &body["data"]["paramJson"];
    let inner = params.as_str().and_then(|text| serde_json::from_str(text).ok());
    inner.as_ref().unwrap_or(params)["callBackUrl"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_signature_is_checked() {
        const SIGNATURE: &str = "4yxQdLWTtogcXR7e4YXa2e0eQqTvgQ18LnzK4sKZejU=";
        let task = TaskId::parse("9b0c4f6f2d3a4e7b8c1d0e2f3a4b5c6d").unwrap();
        let time = Some("1776800080");
        for (keys, time, signature, now, good) in [
            (vec!["demo-key"], time, Some(SIGNATURE), 1_776_800_080, true),
            (vec!["new", "demo-key"], time, Some(SIGNATURE), 1_776_800_380, true),
            (vec!["demo-key"], time, Some(SIGNATURE), 1_776_800_381, false),
            (vec!["demo-key"], Some("1776800081"), Some(SIGNATURE), 1_776_800_080, false),
            (vec!["demo-key"], time, None, 1_776_800_080, false),
            (vec!["other-key"], time, Some(SIGNATURE), 1_776_800_080, false),
            (vec![], None, None, 0, true),
        ] {
            let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
            assert_eq!(is_signed(&keys, &task, time, signature, now), good, "{keys:?} {time:?} {now}");
        }
    }
}
