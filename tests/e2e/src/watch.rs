//! What must not happen in any test, whatever it is about; asked when its stage ends. The other promises (at most one
//! charge for a wish, no task lost, no failure without a verdict) are about one wish, and asked where it is made.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many creations in so much time, for all tabs together.
const CREATIONS: usize = 18;
/// A little less than the ten seconds the page counts, for some requests travel longer than others.
const SPAN: Duration = Duration::from_millis(9_500);

/// So many looks at one task in the same time. Here tasks go 75 times faster, and so do the looks; the busiest journey
/// has 13.
const LOOKS: usize = 30;

/// Shorter keys are found in other words too.
const TELLING: usize = 8;

/// Bodies of the API are shorter.
const BODY: usize = 1 << 20;

/// Clones share everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    notes: Arc<Mutex<Notes>>,
}

#[derive(Debug, Default)]
struct Notes {
    keys: BTreeSet<String>,
    /// What else was in a request: where it went, and its words.
    words: Vec<(String, String)>,
    leaks: Vec<String>,
    creations: Vec<Instant>,
    looks: BTreeMap<String, Vec<Instant>>,
}

impl Watch {
    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request to the API, as the page sent it.
    pub(crate) async fn at_api(&self, request: Request) -> Request {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, BODY).await.unwrap_or_default();
        self.notes().at_api(&parts, &String::from_utf8_lossy(&bytes));
        Request::from_parts(parts, Body::from(bytes))
    }

    /// A request to anybody else. Only an upload names the caller.
    pub(crate) async fn elsewhere(State(watch): State<Watch>, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        watch.notes().elsewhere(&parts);
        next.run(Request::from_parts(parts, body)).await
    }

    /// What has happened that must not.
    pub(crate) fn broken(&self) -> Vec<String> {
        let notes = self.notes();
        let mut broken = notes.leaks.clone();
        for key in notes.keys.iter().filter(|key| key.len() >= TELLING) {
            let told = notes.words.iter().filter(|(_, words)| words.contains(key.as_str()));
            broken.extend(told.map(|(place, _)| format!("the key went along in {place}")));
        }
        let most = most_in_a_span(&notes.creations);
        if most > CREATIONS {
            broken.push(format!("{most} creations in {SPAN:?}"));
        }
        for (task, looks) in &notes.looks {
            let most = most_in_a_span(looks);
            if most > LOOKS {
                broken.push(format!("{most} looks at {task} in {SPAN:?}"));
            }
        }
        broken
    }
}

impl Notes {
    fn at_api(&mut self, parts: &Parts, body: &str) {
        self.read(parts, body);
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(key) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
            self.keys.insert(key.to_owned());
        }
        let path = parts.uri.path();
        if parts.method == Method::POST && (path.ends_with("/generate") || path.ends_with("/extend")) {
            self.creations.push(Instant::now());
        }
        if path.ends_with("/record-info") {
            let task = parts.uri.query().unwrap_or_default().to_owned();
            self.looks.entry(task).or_default().push(Instant::now());
        }
    }

    fn elsewhere(&mut self, parts: &Parts) {
        self.read(parts, "");
        if parts.method != Method::POST && parts.headers.contains_key(header::AUTHORIZATION) {
            self.leaks.push(format!("{} {} carries Authorization", parts.method, parts.uri));
        }
    }

    fn read(&mut self, parts: &Parts, body: &str) {
        let others = parts.headers.iter().filter(|(name, _)| *name != header::AUTHORIZATION);
        let others: Vec<_> = others.map(|(_, value)| String::from_utf8_lossy(value.as_bytes())).collect();
        let words = format!("{}\n{}\n{body}", parts.uri, others.join("\n"));
        self.words.push((format!("{} {}", parts.method, parts.uri.path()), words));
    }
}

fn most_in_a_span(moments: &[Instant]) -> usize {
    let within = |first: &Instant| moments.iter().filter(|at| **at >= *first && **at - *first < SPAN).count();
    moments.iter().map(within).max().unwrap_or(0)
}
