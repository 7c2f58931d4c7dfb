//! Server-sent events, from bytes as they come.

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Its type; `message` where the server names none.
    pub event: String,
    /// Its data.
    pub data: String,
}

/// Longest line that is kept; a longer one is no event of ours.
const LONGEST_LINE: usize = 64 * 1024;

/// Reads a stream piece by piece.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    after_return: bool,
    event: String,
    data: Vec<String>,
    last_id: String,
}

impl Reader {
    /// The id of the last event that had one, for `Last-Event-ID`; empty before the first.
    pub fn last_id(&self) -> &str {
        &self.last_id
    }

    /// Forgets what the broken stream left half said; the last id stays.
    pub fn restart(&mut self) {
        *self = Reader { last_id: std::mem::take(&mut self.last_id), ..Reader::default() };
    }

    /// Takes the next bytes; answers with the events they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Message> {
        let mut messages = Vec::new();
        for &byte in bytes {
            let ends_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if ends_return => {}
                b'\n' | b'\r' => messages.extend(self.end_line()),
                _ if self.line.len() < LONGEST_LINE => self.line.push(byte),
                _ => {}
            }
        }
        messages
    }

    fn end_line(&mut self) -> Option<Message> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            let data = std::mem::take(&mut self.data);
            let event = if event.is_empty() { "message".to_owned() } else { event };
            return (!data.is_empty()).then(|| Message { event, data: data.join("\n") });
        }
        let line = String::from_utf8_lossy(&line);
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.event = value.to_owned(),
            "data" => self.data.push(value.to_owned()),
            "id" if !value.contains('\0') => self.last_id = value.to_owned(),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str =
        ": hello\nid: 7\nevent: task\ndata: {\"a\":1}\n\ndata: one\r\ndata:two\r\n\r\nevent: bye\n\nid\n\n";

    fn expected() -> Vec<Message> {
        let message = |event: &str, data: &str| Message { event: event.into(), data: data.into() };
        vec![message("task", "{\"a\":1}"), message("message", "one\ntwo")]
    }

    #[test]
    fn events_without_data_are_none() {
        let mut reader = Reader::default();
        assert_eq!(reader.feed(STREAM.as_bytes()), expected());
        assert_eq!(reader.last_id(), "");
    }

    #[test]
    fn a_broken_stream_leaves_its_last_id() {
        let mut reader = Reader::default();
        reader.feed(b"id: 41\ndata: x\n\nid: 42\ndata: half");
        reader.restart();
        assert_eq!(
            reader.feed(b" said\n\ndata: y\n\n"),
            [Message { event: "message".into(), data: "y".into() }]
        );
        assert_eq!(reader.last_id(), "42");
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(cuts in proptest::collection::vec(0..STREAM.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let mut reader = Reader::default();
            let mut messages = Vec::new();
            let mut from = 0;
            for to in cuts.into_iter().chain([STREAM.len()]) {
                messages.extend(reader.feed(&STREAM.as_bytes()[from..to]));
                from = to;
            }
            prop_assert_eq!(messages, expected());
        }

        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            Reader::default().feed(&bytes);
        }
    }
}
