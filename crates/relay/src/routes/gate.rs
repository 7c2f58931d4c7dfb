//! The gate before everything: every request gets a number, what no honest client sends is turned away, and the
//! question that is asked most takes a short way to its answer.

use super::{cors, forward, let_in};
use crate::answer::Answer;
use crate::log::Line;
use crate::service::Shared;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Map, ready};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service, ServiceExt};
use tower_http::cors::Cors;
use tracing::{Instrument, debug_span, info_span};

/// Before the router as one: layers of its routes are copied with every request.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    polls: Cors<Polls>,
    router: Router,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

impl Gate {
    pub(crate) fn new(shared: Arc<Shared>, router: Router) -> Gate {
        let polls = cors(&shared).layer(Polls(Arc::clone(&shared)));
        Gate(Arc::new(Inner { shared, polls, router }))
    }

    /// What becomes of a request. Boxed, or as much would be kept for as long as its connection is open.
    pub(crate) fn answer(&self, request: Request) -> BoxFuture<'static, Response> {
        let Inner { shared, polls, router } = &*self.0;
        let line = Line::begin(&request);
        let number = line.number;
        if let Err(answer) = check(shared, &request) {
            return ready(line.end(answer.into_response())).boxed();
        }
        let end = |answered: Result<Response, Infallible>| {
            line.end(answered.unwrap_or_else(|never| match never {}))
        };
        if !is_poll(&request) {
            return router
                .clone()
                .oneshot(request)
                .instrument(info_span!("request", number))
                .map(end)
                .boxed();
        }
        let span = debug_span!("request", number);
        if request.headers().contains_key(header::ORIGIN) {
            return polls.clone().call(request).instrument(span).map(end).boxed();
        }
        // Without an origin, as in the relay's own page, there is nothing to allow.
        let answering = read_task(Arc::clone(shared), request).map(|mut response| {
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
            Ok(response)
        });
        answering.instrument(span).map(end).boxed()
    }
}

impl Service<Request> for Gate {
    type Response = Response;
    type Error = Infallible;
    type Future = Map<BoxFuture<'static, Response>, fn(Response) -> Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.answer(request).map(Ok)
    }
}

/// Other names than the relay's own, header names with `_`, which some servers take for `-`, and codings of the body
/// that are not undone here.
fn check(shared: &Shared, request: &Request) -> Result<(), Answer> {
    let headers = request.headers();
    shared.access.check_host(request.uri(), headers)?;
    // A length beside the chunks is no matter: hyper drops it, and ends the connection with the answer.
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let is_plain = codings.next().is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
        && codings.next().is_none();
    match is_plain && !headers.keys().any(|name| name.as_str().contains('_')) {
        true => Ok(()),
        false => Err(Answer::refusal(400, "The request's headers are not acceptable.")),
    }
}

fn is_poll(request: &Request) -> bool {
    request.method() == Method::GET && request.uri().path() == forward::RECORD_INFO
}

/// What the router does for the same question, without finding the way first.
#[derive(Clone)]
struct Polls(Arc<Shared>);

impl Service<Request> for Polls {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        read_task(Arc::clone(&self.0), request).map(Ok).boxed()
    }
}

/// Reads the request at once: it lies in the buffer of its connection, which takes a new one as long as somebody holds
/// it.
fn read_task(shared: Arc<Shared>, request: Request) -> impl Future<Output = Response> {
    let task = let_in(&shared, &request).and_then(|_| forward::task(request.uri().query()));
    drop(request);
    async move {
        let answer = match task {
            Ok(task) => forward::read_task(&shared, &task).await,
            Err(answer) => Err(answer),
        };
        answer.into_response()
    }
}
