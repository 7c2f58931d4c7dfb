//! `GET /relay/events`: the caller's tasks as they change.

use super::{LAST_EVENT_ID, SharedState};
use crate::access::Caller;
use crate::answer::Answer;
use crate::clock::now_ms;
use crate::events::Subscription;
use crate::metrics::Metrics;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// Proxies cut what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// For those who cannot set a header.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct After {
    last_event_id: Option<String>,
}

pub(super) async fn events(
    State(shared): SharedState,
    Extension(Caller(caller)): Extension<Caller>,
    after: Result<Query<After>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let wrong = |_| Answer::refusal(400, "The query cannot be read; lastEventId stands in it once at most.");
    let Query(after) = after.map_err(wrong)?;
    let header = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let after = header.or(after.last_event_id).and_then(|text| text.trim().parse().ok());
    let mut beat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    shared.metrics.streams.up();
    let listener = Listener {
        metrics: Arc::clone(&shared.metrics),
        subscription: shared.book.subscribe(&caller, after),
        ending: shared.ending.subscribe(),
        beat,
        step: Step::Greet,
    };
    let stream = stream::unfold(listener, |mut listener| async move {
        let text = listener.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), listener))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

struct Listener {
    metrics: Arc<Metrics>,
    subscription: Subscription,
    ending: watch::Receiver<bool>,
    beat: Interval,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Greet,
    Tell,
    End,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.metrics.streams.down();
    }
}

impl Listener {
    /// The next piece of the stream; `None` after the goodbye.
    async fn next(&mut self) -> Option<String> {
        match self.step {
            // A first word at once, so that proxies and browsers know the stream is open.
            Step::Greet => {
                self.step = Step::Tell;
                Some(format!("retry: 3000\n\n{}{}", heartbeat(), self.news()))
            }
            Step::Tell => loop {
                if *self.ending.borrow_and_update() {
                    self.step = Step::End;
                    return Some("event: bye\ndata: {}\n\n".to_owned());
                }
                tokio::select! {
                    () = self.subscription.changed() => {
                        let news = self.news();
                        if !news.is_empty() {
                            return Some(news);
                        }
                    }
                    _ = self.beat.tick() => return Some(heartbeat()),
                    _ = self.ending.changed() => {}
                }
            },
            Step::End => None,
        }
    }

    fn news(&mut self) -> String {
        let mut text = String::new();
        for (number, event) in self.subscription.take(now_ms()) {
            let data = veo_api::json::to_text(&event);
            // Writing to a string does not fail.
            let _ = write!(text, "id: {number}\nevent: task\ndata: {data}\n\n");
        }
        text
    }
}

/// As data, because comments are invisible to the browser's own client.
fn heartbeat() -> String {
    format!("event: heartbeat\ndata: {{\"now\":{}}}\n\n", now_ms())
}
