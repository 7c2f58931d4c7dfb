//! What every answer of the page says about itself: the security policy and how long it may be kept.

use crate::page_config::PageConfig;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Where the real provider's results lie (wire: `tempfile.`, `file.`, `static.aiquickdraw.com`; uploads at
/// `tempfile.redpandaai.co`; signed links in a storage of Cloudflare's).
const RESULT_HOSTS: [&str; 3] =
    ["https://*.aiquickdraw.com", "https://*.redpandaai.co", "https://*.r2.cloudflarestorage.com"];

/// The page uses none of these, and nothing that gets into it shall.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
                           magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// The page's `Content-Security-Policy`: its own files, and the hosts its configuration names.
pub(crate) fn policy(config: &PageConfig) -> String {
    let mut media = config.media_origins();
    if config.is_public() {
        media.extend(RESULT_HOSTS.map(str::to_owned));
    }
    let mut connect = config.service_origins();
    connect.extend(media.iter().cloned());
    [
        "default-src 'none'".to_owned(),
        // Without the second word no WebAssembly compiles; eval stays forbidden.
        "script-src 'self' 'wasm-unsafe-eval'".to_owned(),
        "style-src 'self'".to_owned(),
        sources("img-src 'self' data: blob:", media.clone()),
        sources("media-src 'self' blob:", media),
        sources("connect-src 'self'", connect),
        "font-src 'self'".to_owned(),
        "worker-src 'self'".to_owned(),
        // The element's frame, in the example of it.
        "frame-src 'self'".to_owned(),
        "manifest-src 'self'".to_owned(),
        "object-src 'none'".to_owned(),
        "base-uri 'self'".to_owned(),
        "form-action 'none'".to_owned(),
        "frame-ancestors 'self'".to_owned(),
        "require-trusted-types-for 'script'".to_owned(),
        "trusted-types vireo".to_owned(),
    ]
    .join("; ")
}

fn sources(directive: &str, mut origins: Vec<String>) -> String {
    origins.sort_unstable();
    origins.dedup();
    let words = std::iter::once(directive).chain(origins.iter().map(String::as_str));
    words.collect::<Vec<_>>().join(" ")
}

/// The headers that protect the page.
pub(crate) fn security(config: &PageConfig) -> HeaderMap {
    let policy =
        HeaderValue::from_str(&policy(config)).expect("an origin is ASCII without control characters");
    let fixed = |text| HeaderValue::from_static(text);
    HeaderMap::from_iter([
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (header::REFERRER_POLICY, fixed("no-referrer")),
        (HeaderName::from_static("cross-origin-opener-policy"), fixed("same-origin")),
        (HeaderName::from_static("permissions-policy"), fixed(PERMISSIONS)),
    ])
}

/// The element's files are for pages of other origins too.
pub(crate) fn for_everybody() -> [(HeaderName, HeaderValue); 2] {
    [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ]
}

/// How long the file at `path` may be kept: for ever if its name holds the hash of its content, else not unasked.
pub(crate) fn cache_control(path: &str) -> HeaderValue {
    HeaderValue::from_static(match has_hash(path) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    })
}

/// Whether the file is named as Trunk names what it builds: `name-1f1cdcacec70385b.js`, `…_bg.wasm`. Trunk's hashes have
/// 16 hexadecimal digits less the leading zeros.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    (12..=16).contains(&hash.len()) && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Bases, web_url};

    #[test]
    fn only_names_with_a_hash_are_kept() {
        for kept in
            ["/vireo-1f1cdcacec70385b.js", "/a/vireo-1f1cdcacec70385b_bg.wasm", "/style-e2652279179d3782.css"]
        {
            assert!(has_hash(kept), "{kept}");
        }
        for asked in [
            "/",
            "/index.html",
            "/boot.js",
            "/config.json",
            "/sw.js",
            "/x.webmanifest",
            "/vireo-1f1cdca.js",
            "/vireo-1f1cdcacec70385b0.js",
            "/vireo-1F1CDCACEC70385B.js",
            "/1f1cdcacec70385b/boot.js",
        ] {
            assert!(!has_hash(asked), "{asked}");
        }
    }

    #[test]
    fn the_real_provider_brings_its_result_hosts() {
        let policy = policy(&PageConfig::default());
        assert!(policy.contains("media-src 'self' blob: https://*.aiquickdraw.com "), "{policy}");
    }

    #[test]
    fn a_static_host_is_told_to_send_the_same() {
        let told = include_str!("../../../xtask/site/headers.txt").to_lowercase();
        for (name, value) in &security(&PageConfig::default()) {
            let line = format!("\n  {name}: {}\n", value.to_str().unwrap().to_lowercase());
            assert!(told.contains(&line), "{line}");
        }
    }

    #[test]
    fn a_provider_on_loopback_brings_only_itself() {
        let upstream = Bases {
            api: Some(web_url("http://127.0.0.1:9101/").unwrap()),
            upload: Some(web_url("http://localhost:9102/some/path").unwrap()),
        };
        let config =
            PageConfig::default().towards(&upstream).with_media(&[web_url("http://localhost:9102").unwrap()]);
        let policy = policy(&config);
        assert!(policy.contains("connect-src 'self' http://127.0.0.1:9101 http://localhost:9102;"));
        assert!(policy.contains("media-src 'self' blob: http://localhost:9102;"));
        assert!(!policy.contains("https:"), "{policy}");
    }

    #[test]
    fn a_configuration_cannot_write_into_the_policy() {
        let config = PageConfig {
            media_origins: vec!["https://a.example; script-src *".to_owned(), "*".to_owned()],
            api_base: "./".to_owned(),
            ..PageConfig::default()
        };
        let policy = policy(&config);
        assert!(!policy.contains("script-src *"), "{policy}");
        assert!(policy.contains("media-src 'self' blob:;"), "{policy}");
    }
}
