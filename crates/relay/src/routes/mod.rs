//! All routes of the relay on one page, and the gate before them.

mod callback;
mod events;
mod forward;
mod gate;
mod intents;
mod media;
mod paid;
mod session;
mod upload;

pub(crate) use self::gate::Gate;
use crate::access::{Caller, Denied};
use crate::answer::Answer;
use crate::clock::now_ms;
use crate::guesses::Peer;
use crate::log::REQUEST_ID;
use crate::service::Shared;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How long a body may take to arrive: a small one, and one of megabytes.
const PATIENCE: Duration = Duration::from_secs(15);
const LONG_PATIENCE: Duration = Duration::from_secs(180);
const SMALL: usize = 1 << 20;
/// How long a browser may remember what it was allowed.
const PREFLIGHT_S: Duration = Duration::from_secs(600);

type SharedState = State<Arc<Shared>>;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let for_callers = Router::new()
        .route("/api/v1/veo/generate", post(paid::generate))
        .route("/api/v1/veo/extend", post(paid::extend))
        .route("/api/v1/veo/get-4k-video", post(paid::upgrade_4k))
        // `HEAD` would ask the provider all the same, and the second of these can cost credits.
        .route(forward::RECORD_INFO, get(forward::record_info).head(wrong_method))
        .route("/api/v1/veo/get-1080p-video", get(forward::get_1080p).head(wrong_method))
        .route("/api/v1/chat/credit", get(forward::credit).head(wrong_method))
        .route("/api/v1/common/download-url", post(forward::download_url))
        .route("/api/file-base64-upload", post(upload::base64))
        .route("/api/file-stream-upload", post(upload::stream))
        .route("/relay/intents/{key}", get(intents::intent))
        .route("/relay/events", get(events::events))
        .route("/relay/media/{task}/{rendition}/{index}", get(media::media))
        .route("/relay/metrics", get(metrics))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&shared), guard))
        .route("/relay/session", post(session::open).delete(session::close))
        .method_not_allowed_fallback(wrong_method)
        .layer(cors(&shared));
    let for_the_provider = Router::new()
        .route("/relay/callback/{intent}/{token}", post(callback::callback))
        .method_not_allowed_fallback(wrong_method);
    for_callers.merge(for_the_provider).with_state(shared)
}

fn cors(shared: &Arc<Shared>) -> CorsLayer {
    let rules = Arc::clone(shared);
    let is_allowed =
        move |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| rules.access.is_allowed(origin));
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| is_allowed(origin)))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::RANGE,
            header::IF_RANGE,
            IDEMPOTENCY_KEY,
            LAST_EVENT_ID,
        ])
        .expose_headers([
            header::RETRY_AFTER,
            header::DATE,
            REQUEST_ID,
            REPLAYED,
            header::CONTENT_RANGE,
            header::CONTENT_LENGTH,
            header::CONTENT_DISPOSITION,
            header::ETAG,
            header::ACCEPT_RANGES,
        ])
        .vary([header::ORIGIN])
        .max_age(PREFLIGHT_S)
}

/// Lets in who may ask, under a name.
async fn guard(State(shared): SharedState, mut request: Request, next: Next) -> Response {
    match let_in(&shared, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(denied) => denied.into_response(),
    }
}

/// Who asks, if that one may.
fn let_in(shared: &Shared, request: &Request) -> Result<Caller, Answer> {
    let peer = request.extensions().get::<Peer>().copied();
    let headers = request.headers();
    // A video in a page of another origin says nothing about that origin, and changes nothing.
    if !request.uri().path().starts_with("/relay/media/") {
        shared.access.check_origin(headers)?;
    }
    Ok(shared.access.caller_at(peer, headers, now_ms() / 1000)?)
}

impl From<Denied> for Answer {
    fn from(denied: Denied) -> Answer {
        match denied {
            Denied::Host => Answer::refusal(
                403,
                "This relay is not known under that name; see --public-url and --allow-host.",
            ),
            Denied::Origin => {
                Answer::refusal(403, "Pages of this origin may not use this relay; see --allow-origin.")
            }
            Denied::Guessing(wait_s) => {
                let seconds = u32::try_from(wait_s).unwrap_or(u32::MAX);
                Answer::refusal(429, "Too many wrong access tokens from this address.").retry_after(seconds)
            }
            Denied::Token => {
                Answer::refusal(401, "Unauthorized – the relay's access token is missing or wrong.")
            }
        }
    }
}

fn nothing() -> Answer {
    Answer::refusal(404, "There is nothing here.")
}

async fn metrics(State(shared): SharedState) -> Result<String, Answer> {
    match shared.show_metrics {
        true => Ok(shared.metrics.text(shared.follower.open_tasks(), shared.purse.holds_back())),
        false => Err(nothing()),
    }
}

/// A path that is there, asked in a way that it is not.
pub(crate) async fn wrong_method() -> Answer {
    Answer::refusal(405, "This method is not allowed here.")
}

/// Reads a body of at most `limit` bytes.
async fn read_body(body: Body, limit: usize) -> Result<Bytes, Answer> {
    let patience = if limit > SMALL { LONG_PATIENCE } else { PATIENCE };
    match tokio::time::timeout(patience, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Answer::refusal(413, "The request is too large."))
        }
        Ok(Err(_)) => Err(Answer::refusal(400, "The request body broke off.")),
        Err(_) => Err(Answer::refusal(408, "The request body did not arrive in time.")),
    }
}
