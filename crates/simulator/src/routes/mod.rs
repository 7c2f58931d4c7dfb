//! The API host: all its routes on one page.

mod account;
mod extend;
mod four_k;
mod full_hd;
mod generate;
mod record;
mod sim;

use crate::callback;
use crate::reply::{self, Refusal, key};
use crate::scenario::{Scenario, Scenarios};
use crate::task::Draft;
use crate::world::World;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use tower_http::cors::{Any, CorsLayer};

/// Not the provider's: it ignores the header, the ledger notes it.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The API host, `/api/v1/…`, and the simulator's own `/sim/…`.
/// Open to pages of any origin, as the real host very probably is.
pub fn api_router(world: World) -> Router {
    let provider = Router::new()
        .route("/api/v1/veo/generate", post(generate::generate))
        .route("/api/v1/veo/extend", post(extend::extend))
        .route("/api/v1/veo/record-info", get(record::record_info))
        .route("/api/v1/veo/get-1080p-video", get(full_hd::get_1080p_video))
        .route("/api/v1/veo/get-4k-video", post(four_k::get_4k_video))
        .route("/api/v1/chat/credit", get(account::credit))
        .route("/api/v1/common/download-url", post(account::download_url))
        .route_layer(middleware::from_fn_with_state(world.clone(), gate));
    let own = Router::new().route("/sim/health", get(sim::health)).route("/sim/ledger", get(sim::ledger));
    let cors = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers([
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        IDEMPOTENCY_KEY,
    ]);
    let all = provider.merge(own).fallback(reply::no_route).method_not_allowed_fallback(reply::no_method);
    all.layer(cors).with_state(world)
}

/// Counts every request and lets in those with a key.
async fn gate(State(world): State<World>, request: Request, next: Next) -> Response {
    world.with(|tables, _| tables.requests += 1);
    match key(request.headers()) {
        Some(_) => next.run(request).await,
        None => Refusal::unauthorized().into_response(),
    }
}

/// The query of a look.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Which {
    task_id: String,
    index: String,
}

impl Which {
    fn index(&self) -> Result<u64, Refusal> {
        match self.index.as_str() {
            "" => Ok(0),
            text => text.parse().map_err(|_| Refusal::invalid("index must be an integer")),
        }
    }
}

/// Creates the task and answers, unless the prompt asks for the answer to be lost.
fn create(world: &World, headers: &HeaderMap, draft: Draft) -> Result<Response, Refusal> {
    let key = key(headers).unwrap_or_default();
    let scenarios = draft.scenarios.clone();
    let task_id = world.with(|tables, now| tables.create(key, now, draft).map(|task| task.id.clone()))?;
    callback::schedule(world, &task_id);
    Ok(if scenarios.has(Scenario::DropAnswer) {
        reply::no_answer()
    } else if scenarios.has(Scenario::Error500) {
        reply::error_500()
    } else if scenarios.has(Scenario::Html) {
        reply::web_page()
    } else {
        reply::ok(json!({ "taskId": task_id }))
    })
}

/// The scenarios in a prompt, or a refusal that names the misspelt one.
fn scenarios(prompt: &str) -> Result<Scenarios, Refusal> {
    Scenarios::read(prompt).map_err(|name| Refusal::invalid(format!("the simulator knows no [sim:{name}]")))
}

/// Whose request it is: the header's word, or the intent in an address like `https://host/relay/callback/{intent}/{token}`.
fn intent(headers: &HeaderMap, callback: Option<&str>) -> Option<String> {
    let header = headers.get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok());
    let address = || callback?.split("/callback/").nth(1)?.split(['/', '?']).next();
    header.or_else(address).filter(|intent| !intent.is_empty()).map(str::to_owned)
}
