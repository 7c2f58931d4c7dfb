//! Whether a record that a callback leads to belongs to the intent that was called about.

use crate::kept::Kept;
use serde_json::Value;
use veo_api::{Record, Reply};

/// How far the provider's clock may be from ours.
const SKEW_MS: u64 = 300_000;

/// Whether a record is that of an intent whose answer was lost: it echoes our address, or else it was at least not
/// there before the request left.
pub(crate) fn is_ours(kept: &Kept, reply: &Reply, record: &Record) -> bool {
    match echoed_address(&reply.body) {
        Some(address) => Some(address) == kept.callback,
        None => record.created_ms.is_some_and(|created| created + SKEW_MS >= kept.sent_ms),
    }
}

fn echoed_address(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let params = &body["data"]["paramJson"];
    let inner = params.as_str().and_then(|text| serde_json::from_str(text).ok());
    inner.as_ref().unwrap_or(params)["callBackUrl"].as_str().map(str::to_owned)
}
