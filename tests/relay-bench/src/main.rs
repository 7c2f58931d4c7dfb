//! Measures the relay as it is shipped: `vireo-relay-bench PROGRAM FOLDER` prints the rows of a table. Beside it runs
//! nginx before the same provider, in turns, so that both see the same machine. Everything ends by itself.
//! A third argument leaves it at one part: `start`, `polls`, `paid`, `media`, `callbacks` or `idle`.

#![allow(clippy::print_stdout)]

mod figures;
mod http;
mod media;
mod paid;
mod polls;
mod process;
mod provider;
mod streams;

use crate::figures::{median, row};
use crate::process::{Nginx, Relay, free_address};
use crate::provider::Provider;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

const STARTS: usize = 9;
/// For everything.
const PATIENCE: Duration = Duration::from_secs(420);

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (program, folder) =
        arguments.next().zip(arguments.next()).context("the relay's program and a folder")?;
    let part = arguments.next();
    let wanted = |name: &str| part.as_ref().is_none_or(|part| part.as_os_str() == name);
    tokio::time::timeout(PATIENCE, measure(&program, &folder, wanted)).await.context("it takes too long")?
}

async fn measure(program: &Path, folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
    let provider = Provider::start().await?;
    if wanted("start") {
        start(program, &provider, folder).await?;
    }
    let address = free_address().await?;
    let relay = Relay::start(program, &address, &provider.address, &folder.join("relay")).await?;
    let nginx = Nginx::start(&provider.address, folder).await?;
    if nginx.is_none() {
        row("nginx", "is not on this machine", "–");
    }
    if wanted("polls") {
        polls::polls(
            ("straight", &provider.address, None),
            ("the relay", &address, relay.id()),
            nginx.as_ref().map(|nginx| ("nginx", nginx.address.as_str(), nginx.id())),
        )
        .await?;
    }
    if wanted("paid") {
        paid::paid(&address, &provider.address).await?;
    }
    if wanted("media") {
        media::media(&relay, nginx.as_ref().map(|nginx| nginx.address.as_str())).await?;
    }
    if wanted("callbacks") {
        streams::callbacks(&relay, &provider).await?;
    }
    relay.stop().await?;
    if wanted("idle") {
        streams::idle(program, &provider, &folder.join("idle")).await?;
    }
    Ok(())
}

/// What it is before anybody asks.
async fn start(program: &Path, provider: &Provider, folder: &Path) -> Result<()> {
    let size = std::fs::metadata(program)?.len() as f64 / 1e6;
    let mut starts = Vec::new();
    for round in 0..STARTS {
        let address = free_address().await?;
        let place = folder.join(format!("start-{round}"));
        let relay = Relay::start(program, &address, &provider.address, &place).await?;
        starts.push(relay.cold_start.as_secs_f64() * 1000.0);
    }
    let address = free_address().await?;
    let relay = Relay::start(program, &address, &provider.address, &folder.join("relay")).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    row("program", &format!("{size:.1} MB"), "–");
    row("from start to first answer", &format!("{:.0} ms", median(&mut starts)), "–");
    row("memory, idle", &format!("{:.1} MiB", relay.memory()? / f64::from(1 << 20)), "–");
    relay.stop().await
}
