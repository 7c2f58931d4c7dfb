//! What a person pastes or opens: a batch of prompts, and the tail and directory of an archive.

#![no_main]

use libfuzzer_sys::fuzz_target;
use veo_api::Generate;
use vireo_core::batch::{self, MAX_ROWS};
use vireo_core::library::zip;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let batch = batch::read(text, &Generate::default(), &[]);
        assert!(batch.rows.len() <= MAX_ROWS);
    }
    _ = zip::directory_of(bytes);
    _ = zip::header_length(bytes);
    if let Some(entries) = zip::entries_of(bytes) {
        assert!(entries.iter().all(|entry| entry.name.len() <= bytes.len()));
    }
});
