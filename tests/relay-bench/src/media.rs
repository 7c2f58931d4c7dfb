//! Videos through the relay.

use crate::figures::{median, row};
use crate::http::Connection;
use crate::process::Relay;
use crate::provider::VIDEO_BYTES;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::task::JoinSet;

const ROUNDS: usize = 5;
const AT_ONCE: usize = 4;
/// Readers who pause, as a video's do.
const SLOW: usize = 32;
const PATH: &str = "/relay/media/video-1/720p/0";

pub async fn media(relay: &Relay, nginx: Option<&str>) -> Result<()> {
    let mut own = Vec::new();
    let mut others = Vec::new();
    for _ in 0..ROUNDS {
        own.push(fetch(&relay.address, PATH).await?);
        if let Some(nginx) = nginx {
            others.push(fetch(nginx, "/v/video-1.mp4").await?);
        }
    }
    let own = median(&mut own);
    row(&format!("video, {AT_ONCE} at once: the relay"), &format!("{own:.0} MB/s"), "–");
    if !others.is_empty() {
        let other = median(&mut others);
        row(&format!("video, {AT_ONCE} at once: nginx"), &format!("{other:.0} MB/s"), "–");
        row("– the relay's share of nginx's", &format!("{:.2}", own / other), "–");
    }
    let before = relay.memory()?;
    let mut slow = Vec::new();
    for _ in 0..SLOW {
        let mut connection = Connection::open(&relay.address, "a").await?;
        connection.send("GET", PATH, "", "").await?;
        ensure!(connection.head().await?.status == 200);
        slow.push(connection);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = (relay.memory()? - before) / SLOW as f64 / 1024.0;
    row(&format!("memory of each video, {SLOW} with readers who pause"), &format!("{each:.0} KiB"), "–");
    Ok(())
}

/// Megabytes a second of some at once.
async fn fetch(address: &str, path: &str) -> Result<f64> {
    let started = Instant::now();
    let mut readers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (address, path) = (address.to_owned(), path.to_owned());
        readers.spawn(async move {
            let mut connection = Connection::open(&address, "a").await?;
            connection.send("GET", &path, "", "").await?;
            let head = connection.head().await?;
            ensure!(head.status == 200, "a video: {}", head.status);
            let mut left = head.length.context("a video without a length")?;
            let mut chunk = vec![0; 256 << 10];
            while left > 0 {
                let read = connection.stream.read(&mut chunk).await?;
                ensure!(read > 0, "a video breaks off");
                left -= read;
            }
            Ok(())
        });
    }
    while let Some(read) = readers.join_next().await {
        read??;
    }
    Ok((AT_ONCE * VIDEO_BYTES) as f64 / 1e6 / started.elapsed().as_secs_f64())
}
