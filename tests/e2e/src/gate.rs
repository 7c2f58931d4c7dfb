//! The way to the provider: a request can be held at an exact point of it, or its answer can be lost.

use crate::watch::Watch;
use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, Version};
use axum::response::{Html, IntoResponse, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional, duplex};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tower::ServiceExt;

/// Requests that cost money.
const PAID: &[&str] = &["/api/v1/veo/generate", "/api/v1/veo/extend", "/api/v1/veo/get-4k-video"];

/// How long a request may take to come here.
const PATIENCE: Duration = Duration::from_secs(20);

/// What paid requests suffer on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The browser's question whether it may send (the preflight) stays unanswered: the request cannot leave.
    HeldBefore,
    /// Accepted; the answer is held back.
    HeldAfter,
    /// Accepted; the connection ends without an answer.
    Lost,
    /// Accepted; an interim answer (103) comes, and the connection ends without the one that counts.
    LostAfterHints,
    /// Accepted; a gateway answers this status instead.
    Status(u16),
}

/// What stands on a listener between the browser and the provider. Clones share everything.
#[derive(Clone, Debug)]
pub struct Gate {
    shared: Arc<Shared>,
    watch: Watch,
}

#[derive(Debug)]
struct Shared {
    fault: Mutex<Option<Fault>>,
    /// How many paid requests came through to the provider.
    passed: watch::Sender<usize>,
    /// How many wait here.
    held: watch::Sender<usize>,
}

impl Gate {
    /// Serves `provider` on the listener, under TLS with HTTP/2 if so wished, until the runtime ends.
    pub(crate) fn open(listener: TcpListener, tls: bool, provider: Router, watch: Watch) -> Result<Self> {
        let gate = Gate {
            watch,
            shared: Arc::new(Shared {
                fault: Mutex::default(),
                passed: watch::Sender::new(0),
                held: watch::Sender::new(0),
            }),
        };
        let acceptor = if tls { Some(acceptor()?) } else { None };
        let serving = gate.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (gate, provider, acceptor) = (serving.clone(), provider.clone(), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => gate.serve(stream, provider).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                gate.serve(stream, provider).await;
                            }
                        }
                    }
                });
            }
        });
        Ok(gate)
    }

    /// From now on every paid request suffers this, also one that the browser repeats by itself.
    pub fn suffer(&self, fault: Fault) {
        self.shared.held.send_replace(0);
        *self.fault() = Some(fault);
    }

    /// From now on nothing is held or lost; what was held stays so.
    pub fn heal(&self) {
        *self.fault() = None;
    }

    /// Waits until a request is held.
    ///
    /// # Errors
    /// After 20 seconds.
    pub async fn wait_held(&self) -> Result<()> {
        let mut held = self.shared.held.subscribe();
        let is_held = timeout(PATIENCE, held.wait_for(|held| *held > 0)).await;
        is_held.context("no request came to where it is held")?.map(drop).context("the gate is gone")
    }

    /// How many paid requests came through to the provider.
    pub fn passed(&self) -> usize {
        *self.shared.passed.borrow()
    }

    fn fault(&self) -> std::sync::MutexGuard<'_, Option<Fault>> {
        self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        provider: Router,
    ) {
        let (mut line, end) = duplex(1 << 16);
        let (cut, mut is_cut) = mpsc::channel(1);
        let asked = AtomicU32::new(0);
        let service = service_fn(|request: Request<Incoming>| {
            let (gate, provider, cut) = (self.clone(), provider.clone(), cut.clone());
            let place = asked.fetch_add(1, Ordering::Relaxed);
            async move { Ok::<_, Infallible>(gate.pass(request.map(Body::new), provider, place, &cut).await) }
        });
        let builder = Builder::new(TokioExecutor::new());
        let serving = async {
            // A browser that went away is no concern of the gate.
            builder.serve_connection(TokioIo::new(end), service).await.ok();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = serving => {}
            _ = copy_bidirectional(&mut stream, &mut line) => {}
            Some(last_words) = is_cut.recv() => {
                stream.write_all(&last_words).await.ok();
                stream.shutdown().await.ok();
            }
        }
    }

    /// `place` counts the requests of a connection; what goes into `cut` are its last words.
    async fn pass(
        &self,
        request: Request<Body>,
        provider: Router,
        place: u32,
        cut: &mpsc::Sender<Vec<u8>>,
    ) -> Response {
        let version = request.version();
        let is_paid = PAID.contains(&request.uri().path());
        let fault = self.fault().filter(|_| is_paid);
        if request.method() == Method::OPTIONS {
            if fault == Some(Fault::HeldBefore) {
                return self.hold().await;
            }
            return ask(provider, request).await;
        }
        let answer = ask(provider, self.watch.at_api(request).await).await;
        if is_paid {
            self.shared.passed.send_modify(|passed| *passed += 1);
        }
        match fault {
            None | Some(Fault::HeldBefore) => answer,
            Some(Fault::HeldAfter) => self.hold().await,
            Some(Fault::Lost) => {
                cut.send(Vec::new()).await.ok();
                std::future::pending().await
            }
            Some(Fault::LostAfterHints) => {
                cut.send(early_hints(version, place)).await.ok();
                std::future::pending().await
            }
            Some(Fault::Status(status)) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                let mut page = (status, Html("<!doctype html><title>Bad gateway</title>")).into_response();
                // Without it a page of another origin sees no more than a lost answer.
                for (name, value) in answer.headers() {
                    if name.as_str().starts_with("access-control-") {
                        page.headers_mut().insert(name, value.clone());
                    }
                }
                page
            }
        }
    }

    async fn hold(&self) -> Response {
        self.shared.held.send_modify(|held| *held += 1);
        std::future::pending().await
    }
}

/// A 103 for the request at this place of its connection. Browsers number their streams 1, 3, 5.
fn early_hints(version: Version, place: u32) -> Vec<u8> {
    if version != Version::HTTP_2 {
        return b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n".to_vec();
    }
    // Length, HEADERS, END_HEADERS, the stream; then the name of entry 8 (`:status`) with another value.
    let mut frame = vec![0, 0, 5, 1, 4];
    frame.extend((place * 2 + 1).to_be_bytes());
    frame.extend([8, 3]);
    frame.extend(b"103");
    frame
}

async fn ask(provider: Router, request: Request<Body>) -> Response {
    match provider.oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// A certificate that nobody has heard of; the browser is told not to mind.
fn acceptor() -> Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
