//! The policy under which the page runs.

use axum::http::{HeaderName, HeaderValue, Uri, header};
use serde_json::Value;

/// Hosts of the real provider's media and signed links (wire).
const PROVIDER_MEDIA: &str =
    "https://*.aiquickdraw.com https://*.redpandaai.co https://*.r2.cloudflarestorage.com";

/// The headers of every answer that belongs to the page. Network origins are those that `config` names and no others.
pub fn security_headers(config: &Value) -> Vec<(HeaderName, HeaderValue)> {
    let policy = content_security_policy(config);
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    let mut headers: Vec<_> = fixed
        .into_iter()
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.push((header::CONTENT_SECURITY_POLICY, policy));
    }
    headers
}

fn content_security_policy(config: &Value) -> String {
    let origin = |name: &str| config.get(name).and_then(Value::as_str).and_then(origin_of);
    let api = origin("apiBase");
    let mut media: Vec<String> = config
        .get("mediaOrigins")
        .and_then(Value::as_array)
        .map(|list| {
            list.iter()
                .filter_map(Value::as_str)
                .filter_map(origin_of)
                .collect()
        })
        .unwrap_or_default();
    if api.as_deref().is_none_or(|api| api.starts_with("https://")) {
        media.push(PROVIDER_MEDIA.to_owned());
    }
    let media = media.join(" ");
    let network: Vec<String> = [api, origin("uploadBase")].into_iter().flatten().collect();
    let network = network.join(" ");
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        &format!("img-src 'self' data: blob: {media}"),
        &format!("media-src 'self' blob: {media}"),
        &format!("connect-src 'self' {network} {media}"),
        "font-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    .map(str::trim)
    .join("; ")
}

/// Scheme, host and port of a web address; nothing that could end a directive of the policy.
fn origin_of(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?.as_str());
    let plain = !authority.contains(['@', ';', ',', '\'', ' ', '*']);
    (matches!(scheme, "http" | "https") && plain).then(|| format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_configured_origins_are_let_through() {
        let policy = content_security_policy(&json!({
            "apiBase": "http://127.0.0.1:9101/", "uploadBase": "http://127.0.0.1:9102",
            "mediaOrigins": ["http://127.0.0.1:9102"],
        }));
        assert!(policy.contains(
            "connect-src 'self' http://127.0.0.1:9101 http://127.0.0.1:9102 http://127.0.0.1:9102;"
        ));
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"));
        assert!(!policy.contains("aiquickdraw") && !policy.contains("unsafe-inline"));
    }

    #[test]
    fn the_real_provider_brings_its_media_hosts() {
        let policy = content_security_policy(&json!({"apiBase": "https://api.kie.ai"}));
        assert!(policy.contains("connect-src 'self' https://api.kie.ai https://*.aiquickdraw.com"));
    }

    #[test]
    fn an_address_cannot_add_a_directive() {
        for address in [
            "https://a.example; script-src *",
            "https://*",
            "javascript:alert(1)",
            "https://a@b",
        ] {
            let policy = content_security_policy(&json!({"apiBase": address, "mediaOrigins": [address]}));
            assert_eq!(policy.matches("script-src").count(), 1, "{policy}");
            assert!(
                !policy.contains("https://* ") && !policy.contains("a@b"),
                "{policy}"
            );
        }
    }
}
