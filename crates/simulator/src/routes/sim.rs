//! What only a simulator has: a sign that it is one, and the ledger. No key is needed.

use crate::ledger::Ledger;
use crate::world::World;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// `GET /sim/health`.
pub(super) async fn health(State(world): State<World>) -> Json<Value> {
    let settings = world.settings();
    Json(json!({
        "simulator": true,
        "mediaBase": settings.media_base,
        "seed": settings.seed,
        "speed": settings.speed,
    }))
}

/// `GET /sim/ledger`.
pub(super) async fn ledger(State(world): State<World>) -> Json<Ledger> {
    Json(world.ledger())
}
