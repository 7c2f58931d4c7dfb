//! The gate before everything: every request gets a number, what no honest client sends is turned away, and the
//! question that is asked most takes a short way to its answer.

use super::{cors, forward, let_in};
use crate::answer::Answer;
use crate::log;
use crate::service::Shared;
use axum::Router;
use axum::extract::Request;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service, ServiceExt};
use tower_http::cors::Cors;

/// Before the router as one: layers of its routes are copied with every request.
#[derive(Clone)]
pub(super) struct Gate(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    polls: Cors<Polls>,
    router: Router,
}

impl Gate {
    pub(super) fn new(shared: Arc<Shared>, router: Router) -> Gate {
        let polls = cors(&shared).layer(Polls(Arc::clone(&shared)));
        Gate(Arc::new(Inner { shared, polls, router }))
    }
}

impl Service<Request> for Gate {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let gate = Arc::clone(&self.0);
        Box::pin(async move { Ok(log::log(request, |request| gate.answer(request)).await) })
    }
}

impl Inner {
    async fn answer(&self, request: Request) -> Response {
        if let Err(answer) = self.check(&request) {
            return answer.into_response();
        }
        let answered = match is_poll(&request) {
            true => self.polls.clone().call(request).await,
            false => self.router.clone().oneshot(request).await,
        };
        answered.unwrap_or_else(|never| match never {})
    }

    /// Other names than the relay's own, header names with `_`, which some servers take for `-`, and codings of the body
    /// that are not undone here.
    fn check(&self, request: &Request) -> Result<(), Answer> {
        let headers = request.headers();
        self.shared.access.check_host(request.uri(), headers)?;
        // A length beside the chunks is no matter: hyper drops it, and ends the connection with the answer.
        let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
        let is_plain = codings.next().is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
            && codings.next().is_none();
        match is_plain && !headers.keys().any(|name| name.as_str().contains('_')) {
            true => Ok(()),
            false => Err(Answer::refusal(400, "The request's headers are not acceptable.")),
        }
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
        let shared = Arc::clone(&self.0);
        async move {
            let answer = match let_in(&shared, &request) {
                Ok(_) => forward::read_task(&shared, request.uri().query()).await,
                Err(denied) => Err(denied),
            };
            Ok(answer.into_response())
        }
        .boxed()
    }
}
