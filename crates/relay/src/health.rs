//! `GET /relay/health`: for operators and their machines; nothing in it is secret.

use axum::Json;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use url::Url;

/// How long the provider may take to be connected to, and how long the answer holds.
const PATIENCE: Duration = Duration::from_secs(2);
const FRESH: Duration = Duration::from_secs(5);

/// What is told.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    mode: &'static str,
    started: Instant,
    upstream: Option<Arc<Probe>>,
}

#[derive(Debug)]
struct Probe {
    host: String,
    port: u16,
    last: Mutex<Option<(Instant, bool)>>,
}

impl Health {
    /// Begins to count. `upstream` is the provider's address, if it is asked over a network.
    pub(crate) fn new(mode: &'static str, upstream: Option<&Url>) -> Self {
        let probe = upstream.and_then(|url| {
            Some(Arc::new(Probe {
                host: url.host_str()?.trim_matches(['[', ']']).to_owned(),
                port: url.port_or_known_default()?,
                last: Mutex::default(),
            }))
        });
        Health { mode, started: Instant::now(), upstream: probe }
    }

    pub(crate) async fn tell(self) -> Json<Value> {
        let mut told = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "uptimeSeconds": self.started.elapsed().as_secs(),
            "mode": self.mode,
        });
        if let Some(probe) = &self.upstream {
            told["upstream"] = json!(if probe.reaches().await { "reachable" } else { "unreachable" });
        }
        Json(told)
    }
}

impl Probe {
    /// Whether a connection can be made: no request, no key, and not more often than every few seconds.
    async fn reaches(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some((at, reached)) = *last
            && at.elapsed() < FRESH
        {
            return reached;
        }
        let connection = TcpStream::connect((self.host.as_str(), self.port));
        let reached = tokio::time::timeout(PATIENCE, connection).await.is_ok_and(|made| made.is_ok());
        *last = Some((Instant::now(), reached));
        reached
    }
}
