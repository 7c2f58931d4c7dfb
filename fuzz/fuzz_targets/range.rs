//! A `Range` header: whatever it says, the bytes lie within the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vireo_media_proxy::ByteRange;

fuzz_target!(|input: (u64, &str)| {
    let (len, header) = input;
    let Some(range) = ByteRange::parse(header) else {
        return;
    };
    if let Some(bytes) = range.within(len) {
        assert!(bytes.start < bytes.end && bytes.end <= len);
        if let ByteRange::Last(count) = range {
            assert_eq!(bytes.end - bytes.start, count.min(len));
        }
    }
});
