//! The balance, and signed links to files.

use crate::fields::Fields;
use crate::reply::{self, Refusal};
use crate::world::World;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;

/// `GET /api/v1/chat/credit`: documented as an integer, in truth a fraction (wire).
pub(super) async fn credit(State(world): State<World>) -> Response {
    world.with(|tables, _| reply::ok(json!(tables.credits)))
}

/// `POST /api/v1/common/download-url`: a link that is good for 20 minutes.
pub(super) async fn download_url(State(world): State<World>, body: Bytes) -> Result<Response, Refusal> {
    let fields = Fields::parse(&body)?;
    let url = fields.required("url")?;
    world.with(|tables, now| {
        if tables.own_path(url).is_none() {
            return Err(Refusal::invalid("url is wrong"));
        }
        let signature = tables.new_id();
        tables.files.sign(signature.clone(), now);
        let bare = url.split('?').next().unwrap_or(url);
        let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=1200&X-Amz-Signature=";
        Ok(reply::ok(json!(format!("{bare}?{query}{signature}"))))
    })
}
