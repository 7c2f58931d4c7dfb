//! The provider's double: the simulator on two loopback ports, with a memory of what it was asked.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use vireo_simulator::{Ledger, Settings, SystemClock, World, api_router, media_router, world};

const MAX_BODY: usize = 64 << 20;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and path with query, such as `GET /api/v1/chat/credit`.
    pub line: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Seen {
    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// The double. Clones share everything.
#[derive(Clone)]
pub struct Provider {
    world: World,
    /// Where its API answers.
    pub api: SocketAddr,
    /// Where media and uploads are.
    pub media: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    held: Arc<watch::Sender<Vec<String>>>,
}

impl Provider {
    /// Starts the double on a thread of its own, which ends with the process.
    ///
    /// # Errors
    /// A port is taken.
    pub fn start(api: SocketAddr) -> io::Result<Provider> {
        let media = match api.port() {
            0 => api,
            port => SocketAddr::new(api.ip(), port + 1),
        };
        let (api, media) = (std::net::TcpListener::bind(api)?, std::net::TcpListener::bind(media)?);
        api.set_nonblocking(true)?;
        media.set_nonblocking(true)?;
        let settings = Settings {
            media_base: format!("http://{}", media.local_addr()?),
            credits: 1e6,
            ..Settings::default()
        };
        let provider = Provider {
            world: world(settings, SystemClock),
            api: api.local_addr()?,
            media: media.local_addr()?,
            seen: Arc::default(),
            held: Arc::new(watch::Sender::new(Vec::new())),
        };
        let runtime = tokio::runtime::Runtime::new()?;
        let serving = provider.clone();
        std::thread::spawn(move || runtime.block_on(serving.serve(api, media)));
        Ok(provider)
    }

    async fn serve(self, api: std::net::TcpListener, media: std::net::TcpListener) -> io::Result<()> {
        let remember = middleware::from_fn_with_state(self.clone(), remember);
        let routes = api_router(self.world.clone()).layer(remember.clone());
        let files = media_router(self.world.clone()).layer(remember);
        let api = axum::serve(TcpListener::from_std(api)?, routes);
        let media = axum::serve(TcpListener::from_std(media)?, files);
        tokio::try_join!(api.into_future(), media.into_future())?;
        Ok(())
    }

    /// All charges so far.
    pub fn ledger(&self) -> Ledger {
        self.world.ledger()
    }

    /// How often this prompt was charged.
    pub fn charges(&self, prompt: &str) -> usize {
        self.ledger().by_prompt.get(prompt).copied().unwrap_or_default()
    }

    /// How often somebody looked at this task's record.
    pub fn looks(&self, task: &str) -> u64 {
        self.ledger().jobs.iter().filter(|job| job.task_id == task).map(|job| job.polls).sum()
    }

    /// The requests whose line or body contains `word`.
    pub fn seen(&self, word: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|one| one.line.contains(word) || one.body.contains(word)).cloned().collect()
    }

    /// Keeps requests whose body contains `word` waiting until the guard is dropped.
    pub fn hold(&self, word: &str) -> Held {
        self.held.send_modify(|held| held.push(word.to_owned()));
        Held { word: word.to_owned(), held: Arc::clone(&self.held) }
    }
}

/// Lets the requests go when dropped.
pub struct Held {
    word: String,
    held: Arc<watch::Sender<Vec<String>>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.held.send_modify(|held| held.retain(|word| *word != self.word));
    }
}

async fn remember(State(provider): State<Provider>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else {
        return axum::http::StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let seen = Seen {
        line: format!("{} {}", head.method, head.uri),
        headers: head.headers.clone(),
        body: body.clone(),
    };
    provider.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    let mut held = provider.held.subscribe();
    // The sender lives as long as the double.
    let _ = held.wait_for(|words| !words.iter().any(|word| body.contains(word))).await;
    next.run(Request::from_parts(head, Body::from(bytes))).await
}
