//! The way to the provider and back, and what can go wrong on it.

use crate::lab::Lab;
use crate::relay::Relay;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{self, header};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tower::ServiceExt;
use veo_api::{Method, Reply, Request};
use vireo_client::SendError;
use vireo_core::intent::IntentId;
use vireo_simulator::World;

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request that buys.
    Create,
    /// The question how a task goes; for an upgrade, the same request once more.
    Look,
    /// Anything else.
    Other,
}

/// One request that left a tab.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it is about.
    pub kind: Kind,
    /// Its number among those of its kind, from 0.
    pub number: usize,
    /// When it left, in milliseconds since 1970 by the provider's clock.
    pub at_ms: u64,
    /// The tab it left.
    pub tab: String,
    /// The intent it buys.
    pub key: Option<String>,
    /// Path and query.
    pub path: String,
}

/// What happens to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives; the sender sees the connection fail.
    LostBefore,
    /// It arrives; the sender sees the connection fail instead of the answer.
    LostAfter,
    /// It arrives; the sender gets this HTTP status and body instead of the answer.
    Answer(u16, String),
    /// It arrives; no answer comes until the sender gives up.
    Hang,
}

/// Decides what happens to a request; `None` is nothing bad.
type Plan = Box<dyn FnMut(&Call) -> Option<Fault>>;

pub(crate) struct Net {
    provider: Router,
    pub(crate) relay: Option<Relay>,
    plan: RefCell<Plan>,
    pub(crate) calls: RefCell<Vec<Call>>,
    pub(crate) has_key: Cell<bool>,
    /// Most milliseconds a request or an answer is under way.
    pub(crate) latency_ms: Cell<u64>,
}

impl Net {
    pub(crate) fn new(world: World, relay: bool) -> Self {
        let provider = vireo_simulator::api_router(world.clone());
        Net {
            relay: relay.then(|| Relay::new(world, provider.clone())),
            provider,
            plan: RefCell::new(Box::new(|_| None)),
            calls: RefCell::default(),
            has_key: Cell::new(true),
            latency_ms: Cell::new(80),
        }
    }

    pub(crate) fn plan(&self, plan: impl FnMut(&Call) -> Option<Fault> + 'static) {
        *self.plan.borrow_mut() = Box::new(plan);
    }

    fn note(&self, at_ms: u64, tab: &str, request: &Request, key: Option<&IntentId>) -> Option<Fault> {
        let kind = match key {
            Some(_) => Kind::Create,
            None if request.paid || request.path.contains("record-info") => Kind::Look,
            None => Kind::Other,
        };
        let number = self.calls.borrow().iter().filter(|call| call.kind == kind).count();
        let call = Call {
            kind,
            number,
            at_ms,
            tab: tab.to_owned(),
            key: key.map(IntentId::to_string),
            path: request.path.clone(),
        };
        let fault = (self.plan.borrow_mut())(&call);
        self.calls.borrow_mut().push(call);
        fault
    }

    /// Sends a request for a tab. What has left goes its way even if the tab dies.
    pub(crate) async fn send(
        lab: &Rc<Lab>,
        tab: &str,
        request: &Request,
        key: Option<&IntentId>,
    ) -> Result<Reply, SendError> {
        if !lab.net.has_key.get() {
            return Err(SendError::NoKey);
        }
        let fault = lab.net.note(lab.true_ms(), tab, request, key);
        let patience_ms = if request.method == Method::Post { 60_000 } else { 15_000 };
        let (there, back) = (lab.latency(), lab.latency());
        let (lab, request, key) = (Rc::clone(lab), request.clone(), key.cloned());
        let trip = tokio::task::spawn_local(async move {
            tokio::time::sleep(there).await;
            if fault == Some(Fault::LostBefore) {
                return Err(SendError::Network("lost on the way there".into()));
            }
            let answer = match &lab.net.relay {
                Some(relay) => relay.answer(&request, key.as_ref()).await,
                None => deliver(&lab.net.provider, &request, key.as_ref()).await,
            };
            tokio::time::sleep(back).await;
            match fault {
                Some(Fault::LostAfter) => Err(SendError::Network("lost on the way back".into())),
                Some(Fault::Answer(status, body)) => Ok(Reply { status, body, ..Reply::default() }),
                Some(Fault::Hang) => std::future::pending().await,
                _ => answer,
            }
        });
        match tokio::time::timeout(Duration::from_millis(patience_ms), trip).await {
            Ok(answer) => answer.expect("the network does not panic"),
            Err(_) => Err(SendError::Timeout),
        }
    }
}

/// Hands a request to the provider.
pub(crate) async fn deliver(
    provider: &Router,
    request: &Request,
    key: Option<&IntentId>,
) -> Result<Reply, SendError> {
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
    };
    let body = match &request.body {
        veo_api::Body::Json(text) => Body::from(text.clone()),
        veo_api::Body::Empty => Body::empty(),
        veo_api::Body::Form { .. } => unreachable!("the laboratory uploads nothing"),
    };
    let mut builder = http::Request::builder()
        .method(method)
        .uri(["/", &request.path].concat())
        .header(header::AUTHORIZATION, "Bearer demo");
    if let Some(key) = key {
        builder = builder.header("Idempotency-Key", key.as_str());
    }
    let request = builder.body(body).expect("what the client sends is a request");
    let Ok(response) = provider.clone().oneshot(request).await;
    let status = response.status().as_u16();
    match to_bytes(response.into_body(), usize::MAX).await {
        Ok(bytes) => {
            let body = String::from_utf8_lossy(&bytes).into_owned();
            Ok(Reply { status, body, ..Reply::default() })
        }
        Err(error) => Err(SendError::Network(error.to_string())),
    }
}
