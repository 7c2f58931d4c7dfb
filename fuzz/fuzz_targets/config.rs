//! `config.json`: what is accepted is usable, and laid over itself it stays the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vireo_client::read_config;

fuzz_target!(|text: &str| {
    let Ok((config, _)) = read_config(&[text]) else {
        return;
    };
    for base in [&config.api_base, &config.upload_base, &config.relay_base] {
        let starts = ["https://", "http://", "/", "./"];
        assert!(starts.iter().any(|start| base.starts_with(start)), "{base}");
        assert!(!base.starts_with("//") && !base.contains('@'), "{base}");
    }
    for origin in &config.media_origins {
        assert!(origin.starts_with("http://") || origin.starts_with("https://"), "{origin}");
        assert!(!origin.ends_with('/'), "{origin}");
    }
    let (again, _) = read_config(&[text, text]).expect("what was accepted once is accepted twice");
    assert_eq!(again, config);
});
