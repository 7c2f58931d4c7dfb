//! The addresses of results: what our strict reading lets through, a browser reads as a public name over TLS.

#![no_main]

use libfuzzer_sys::fuzz_target;
use url::{Host, Url};
use vireo_core::media_url;

const TRUSTED: &str = "http://127.0.0.1:9102";

fuzz_target!(|text: &str| {
    let host = media_url::host_of(text);
    _ = media_url::is_reachable(text, &[]);
    if media_url::is_safe(text, &[]) {
        // Names that are no valid punycode lead nowhere.
        let Ok(url) = Url::parse(text) else {
            return;
        };
        assert_eq!(url.scheme(), "https");
        assert_eq!((url.username(), url.password(), url.port()), ("", None, None));
        let Some(Host::Domain(name)) = url.host() else {
            panic!("{text} is no name");
        };
        assert_eq!(Some(name), host);
        assert!(name.contains('.') && !name.ends_with('.') && !name.ends_with(".localhost"));
    } else if media_url::is_safe(text, &[TRUSTED.to_owned()]) {
        let url = Url::parse(text).expect("a trusted address can be read");
        assert_eq!(url.origin().ascii_serialization(), TRUSTED);
    }
});
