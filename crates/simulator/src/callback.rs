//! Callbacks: one POST when a task ends, to loopback addresses only.

use crate::ledger::Kind;
use crate::task::Task;
use crate::world::{NEVER, World};
use axum::body::Bytes;
use axum::http::{Request, Uri, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use sha2::Sha256;
use std::net::IpAddr;
use std::time::Duration;

/// "After 3 consecutive retry failures the system stops" (docs).
const TRIES: u32 = 3;
/// An answer is expected within this time (docs).
const PATIENCE: Duration = Duration::from_secs(15);
/// The real spacing is not documented.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// How often the clock is looked at: it may be one that a test moves by hand.
const TICK: Duration = Duration::from_millis(20);

/// Delivers the task's callback in the background once it has ended, if it has an address on loopback.
pub(crate) fn schedule(world: &World, task_id: &str) {
    let found = world.with(|tables, _| {
        let task = tables.tasks.get(task_id)?;
        Some((loopback(task.callback.as_deref()?)?, task.ends_ms))
    });
    if let Some((address, ends_ms)) = found.filter(|(_, ends_ms)| *ends_ms != NEVER) {
        tokio::spawn(deliver(world.clone(), task_id.to_owned(), address, ends_ms));
    }
}

fn loopback(url: &str) -> Option<Uri> {
    let address = url.parse::<Uri>().ok()?;
    let host = address.host()?.trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    (is_loopback && address.scheme_str() == Some("http")).then_some(address)
}

async fn deliver(world: World, task_id: String, address: Uri, ends_ms: u64) {
    while world.now_ms() < ends_ms {
        tokio::time::sleep(TICK).await;
    }
    let Some(body) = world.with(|tables, _| tables.tasks.get(&task_id).map(body)) else {
        return;
    };
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        if post(&world, &task_id, &address, &body).await {
            return;
        }
    }
}

async fn post(world: &World, task_id: &str, address: &Uri, body: &Value) -> bool {
    let mut request = Request::post(address).header(header::CONTENT_TYPE, "application/json;charset=UTF-8");
    if let Some(key) = &world.settings().webhook_hmac_key {
        let timestamp = world.now_ms() / 1000;
        request = request
            .header("X-Webhook-Timestamp", timestamp)
            .header("X-Webhook-Signature", sign(key, task_id, timestamp));
    }
    let Ok(request) = request.body(Full::new(Bytes::from(body.to_string()))) else {
        return false;
    };
    let client = Client::builder(TokioExecutor::new()).build_http();
    match tokio::time::timeout(PATIENCE, client.request(request)).await {
        Ok(Ok(response)) => response.status().is_success(),
        _ => false,
    }
}

/// The body is not covered, only id and time (docs).
fn sign(key: &str, task_id: &str, timestamp: u64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{task_id}.{timestamp}").as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn body(task: &Task) -> Value {
    if let Some(verdict) = task.verdict {
        return json!({
            "code": verdict.code.unwrap_or(501),
            "msg": verdict.message.unwrap_or("Failed - Video generation task failed"),
            "data": { "taskId": task.id, "fallbackFlag": false },
        });
    }
    if task.kind == Kind::FourK {
        return json!({
            "code": 200,
            "msg": "4K Video generated successfully.",
            "data": {
                "taskId": task.id,
                "info": { "resultUrls": task.result_urls, "imageUrls": task.image_urls },
            },
        });
    }
    let msg = match task.kind {
        Kind::Extend => "Veo3.1 video extension successful.",
        _ => "Veo3.1 video generated successfully.",
    };
    json!({
        "code": 200,
        "msg": msg,
        "data": {
            "taskId": task.id,
            "promptJson": task.params.to_string(),
            "info": {
                "resultUrls": task.result_urls,
                "originUrls": task.origin_urls,
                "resolution": task.resolution.as_str(),
            },
            "fallbackFlag": false,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_documented_one() {
        // Checked with `openssl dgst -sha256 -hmac demo-key -binary | base64`.
        assert_eq!(
            sign("demo-key", "9b0c4f6f2d3a4e7b8c1d0e2f3a4b5c6d", 1_776_800_080),
            "4yxQdLWTtogcXR7e4YXa2e0eQqTvgQ18LnzK4sKZejU="
        );
    }

    #[test]
    fn only_loopback_is_called() {
        for address in ["http://127.0.0.1:9/x", "http://localhost:9/x", "http://[::1]:9/x"] {
            assert!(loopback(address).is_some(), "{address}");
        }
        for address in ["https://127.0.0.1:9/x", "http://example.org/x", "http://127.0.0.1.example.org/x"] {
            assert!(loopback(address).is_none(), "{address}");
        }
    }
}
