//! The simulator on loopback, as slow as a network.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use vireo_simulator::{ManualClock, Settings, World, api_router, world};

pub(crate) struct Provider {
    pub(crate) world: World,
    /// Only what moves it makes time pass there.
    pub(crate) clock: ManualClock,
    pub(crate) url: String,
    /// The headers of all requests.
    pub(crate) seen: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Provider {
    /// Answers after `delay`, having charged before.
    pub(crate) async fn start(delay: Duration) -> Provider {
        let clock = ManualClock::default();
        let settings = Settings { credits: 1e9, ..Settings::default() };
        let world = world(settings, clock.clone());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&seen);
        let slow = middleware::from_fn(move |request: Request, next: Next| {
            heard.lock().unwrap().push(request.headers().clone());
            async move {
                let response = next.run(request).await;
                tokio::time::sleep(delay).await;
                response
            }
        });
        let url = serve(api_router(world.clone()).layer(slow)).await;
        Provider { world, clock, url, seen }
    }
}

pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
