//! A stream of events: however it is cut, the same events come out, and no line grows without end.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vireo_client::sse::{Message, Reader};

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, bytes) = input;
    let mut whole = Reader::default();
    let messages = whole.feed(bytes);
    let (first, second) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let mut pieces = Reader::default();
    let both: Vec<Message> = [pieces.feed(first), pieces.feed(second)].concat();
    assert_eq!(both, messages);
    assert_eq!(pieces.last_id(), whole.last_id());
    assert!(!whole.last_id().contains(['\0', '\r', '\n']));
    assert!(messages.iter().all(|message| !message.event.is_empty() && !message.event.contains('\n')));
});
