//! Both origins on two listeners.

use crate::media::media_router;
use crate::routes::api_router;
use crate::world::World;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use futures_util::FutureExt;
use std::future::Future;
use std::io;
use tokio::net::TcpListener;

/// Serves the API on one listener and media with uploads on the other until `shutdown` is ready, then lets running
/// requests end. The media listener's address must be the world's [`media_base`](crate::Settings::media_base).
///
/// # Errors
/// Those of the listeners.
pub async fn serve(
    api: TcpListener,
    media: TcpListener,
    world: World,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let shutdown = shutdown.shared();
    let api = axum::serve(api, closing(api_router(world.clone()))).with_graceful_shutdown(shutdown.clone());
    let media = axum::serve(media, media_router(world)).with_graceful_shutdown(shutdown);
    tokio::try_join!(api.into_future(), media.into_future())?;
    Ok(())
}

/// Ends every connection with its answer, as [`serve`] does for the API. Over HTTP/1.1 a browser repeats a request by
/// itself when a connection that it has used before dies without an answer; `[sim:drop-answer]` would be charged several
/// times for one wish then. The real host speaks HTTP/2, where a client can keep a browser from that.
pub fn closing(api: Router) -> Router {
    api.layer(map_response(|mut answer: Response| async move {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        answer
    }))
}
