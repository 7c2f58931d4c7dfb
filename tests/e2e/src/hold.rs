//! An upload host that makes people wait.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::watch;

/// While it is on, nobody reads what is uploaded.
#[derive(Clone)]
pub(crate) struct Hold(watch::Sender<bool>);

impl Default for Hold {
    fn default() -> Self {
        Hold(watch::Sender::new(false))
    }
}

impl Hold {
    /// Turns it on or off.
    pub(crate) fn set(&self, hold: bool) {
        self.0.send_replace(hold);
    }

    /// Holds requests that bring something.
    pub(crate) async fn wait(State(hold): State<Hold>, request: Request, next: Next) -> Response {
        if request.method() == Method::POST {
            // Its sender lives in this state: there is always an answer.
            hold.0.subscribe().wait_for(|held| !held).await.map(drop).unwrap_or_default();
        }
        next.run(request).await
    }
}
