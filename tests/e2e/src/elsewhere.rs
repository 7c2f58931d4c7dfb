//! A file in another browser.

use crate::browser::Browser;
use crate::engine::Engine;
use anyhow::{Result, bail};
use axum::Router;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tower_http::services::ServeFile;

/// A browser begins to play within this time, and comes to the end within as much.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plays the beginning and the end of a film in a browser of its own. Returns how long it says the film is, in seconds;
/// `None` where its driver is not on this machine.
///
/// # Errors
/// The film does not play to its end.
pub async fn play_elsewhere(engine: Engine, file: &Path) -> Result<Option<f64>> {
    let (variable, usual) = engine.driver();
    let driver = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    if Command::new(driver).arg("--version").output().is_err() {
        return Ok(None);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/film.mp4", listener.local_addr()?);
    let router = Router::new().route_service("/film.mp4", ServeFile::new(file));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let profile = tempfile::tempdir()?;
    let browser = Browser::start(engine, profile.path()).await?;
    browser.session().goto(&address).await?;
    let look = "const film = document.querySelector('video');
        if (!film || film.error) return film?.error?.message ?? null;
        film.muted = true;
        if (film.paused && !film.ended) film.play();
        if (film.currentTime > 0.5 && film.currentTime < film.duration - 2) film.currentTime = film.duration - 1;
        return film.ended ? film.duration : null;";
    let start = Instant::now();
    let length = loop {
        let seen = browser.session().execute(look, vec![]).await?.json().clone();
        if let Some(length) = seen.as_f64() {
            break length;
        }
        if seen.is_string() || start.elapsed() > PATIENCE * 2 {
            bail!("{engine:?} does not play {address}: {seen}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    server.abort();
    Ok(Some(length))
}
