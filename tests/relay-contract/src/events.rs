//! The event stream, read as a browser reads it.

use crate::get;
use std::time::Duration;

/// Longer than any heartbeat.
const PATIENCE: Duration = Duration::from_secs(40);

/// One event that a browser would see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// `id:`; empty if there was none.
    pub id: String,
    /// `event:`, or `message`.
    pub name: String,
    /// `data:`, its lines joined.
    pub data: String,
}

/// An open stream.
pub struct Events {
    response: reqwest::Response,
    unread: Vec<u8>,
}

impl Events {
    /// Opens the stream, after a certain event or from the present.
    ///
    /// # Panics
    /// If the answer is no event stream.
    pub async fn open(after: Option<&str>) -> Events {
        let mut ask = get("/relay/events").header("accept", "text/event-stream");
        if let Some(id) = after {
            ask = ask.header("last-event-id", id);
        }
        let response = ask.open().await;
        assert_eq!(response.status(), 200, "{:?}", response.headers());
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        assert!(kind.is_some_and(|kind| kind.starts_with("text/event-stream")), "{kind:?}");
        Events { response, unread: Vec::new() }
    }

    /// The next event with data; comments are invisible.
    ///
    /// # Panics
    /// If the stream ends or is silent for 40 s.
    pub async fn next(&mut self) -> Event {
        loop {
            while let Some(end) = self.unread.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                let event = read(&String::from_utf8_lossy(&block));
                if !event.data.is_empty() {
                    return event;
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("the stream was silent for 40 s").expect("the stream broke off");
            self.unread.extend_from_slice(&chunk.expect("the stream ended"));
        }
    }

    /// The next `task` event of an intent.
    pub async fn next_of(&mut self, intent: &str) -> Event {
        loop {
            let event = self.next().await;
            let is_it = serde_json::from_str::<serde_json::Value>(&event.data)
                .is_ok_and(|data| data["intentId"] == intent);
            if event.name == "task" && is_it {
                return event;
            }
        }
    }

    /// Reads on until an intent is said to be in this state.
    pub async fn state_of(&mut self, intent: &str, state: &str) -> Event {
        loop {
            let event = self.next_of(intent).await;
            if event.state() == state {
                return event;
            }
        }
    }
}

impl Event {
    /// The state it tells.
    pub fn state(&self) -> String {
        self.field("state")
    }

    /// The task it tells of.
    pub fn task(&self) -> String {
        self.field("taskId")
    }

    fn field(&self, name: &str) -> String {
        let data: serde_json::Value = serde_json::from_str(&self.data).unwrap_or_default();
        data[name].as_str().unwrap_or_default().to_owned()
    }
}

fn read(block: &str) -> Event {
    let mut event = Event { name: "message".to_owned(), ..Event::default() };
    let mut data = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => event.id = value.to_owned(),
            "event" => event.name = value.to_owned(),
            "data" => data.push(value),
            _ => {}
        }
    }
    event.data = data.join("\n");
    event
}
