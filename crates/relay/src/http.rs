//! One listener: limits for those who are slow or many, and an end that lets running answers end.

use crate::crowd::Crowd;
use crate::guesses::Peer;
use crate::router::Site;
use axum::body::Body;
use axum::http::Request;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How long a request's head may take to arrive, and a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);
const MAX_HEAD_BYTES: usize = 32 * 1024;
const MAX_HEADERS: usize = 64;
/// Open connections; most of them are streams of events.
const MAX_CONNECTIONS: usize = 20_000;
/// Where the system has no more files, the next connection waits.
const BREATH: Duration = Duration::from_millis(50);

/// Serves until `shutdown` is ready, then until the last answer has ended.
pub(crate) async fn serve(
    listener: TcpListener,
    site: Site,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS);
    let site = Arc::new(site);
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let crowd = Crowd::default();
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            let permit = Arc::clone(&connections).acquire_owned().await.map_err(io::Error::other)?;
            io::Result::Ok((listener.accept().await, permit))
        };
        let (accepted, permit) = tokio::select! {
            accepted = accepted => accepted?,
            () = &mut shutdown => break,
        };
        let Ok((stream, address)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let peer = Peer(address.ip());
        let Some(place) = crowd.enter(peer) else { continue };
        // Answers are small; waiting to fill a packet only delays events.
        let _ = stream.set_nodelay(true);
        let site = Arc::clone(&site);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            site.answer(request.map(Body::new)).map(Ok::<_, Infallible>)
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        // Whatever goes wrong here is the client's own loss.
        tokio::spawn(connection.map(|_| drop((permit, place))));
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}
