//! `vireo-simulator`: the provider's API on two loopback ports.

use anyhow::{Context, bail};
use clap::Parser;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use vireo_simulator::{Settings, SystemClock, serve, world};

/// What each sentinel does, for `--help`.
const SCENARIOS: &str = concat!(
    "A word in a prompt plays a scenario; several may stand in one prompt:\n\n",
    include_str!("../SCENARIOS.md"),
    "\nGET /sim/ledger tells what every prompt and intent has cost.",
);

/// Simulates kie.ai's Veo 3.1 API on loopback, free of charge
#[derive(Parser)]
#[command(version, after_long_help = SCENARIOS)]
struct Args {
    /// Where the API listens; loopback only, port 0 takes a free one
    #[arg(long, env = "VIREO_SIMULATOR_LISTEN", default_value = "127.0.0.1:9101")]
    listen: SocketAddr,
    /// Where media and uploads are served [default: the next port]
    #[arg(long, env = "VIREO_SIMULATOR_MEDIA_LISTEN")]
    media_listen: Option<SocketAddr>,
    /// How many times faster than in reality videos are made
    #[arg(long, env = "VIREO_SIMULATOR_SPEED", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Where chance starts: same seed and same requests, same ids and durations
    #[arg(long, env = "VIREO_SIMULATOR_SEED", default_value_t = 1)]
    seed: u64,
    /// Signs callbacks with this key
    #[arg(long, env = "VIREO_SIMULATOR_WEBHOOK_HMAC_KEY", hide_env_values = true)]
    webhook_hmac_key: Option<String>,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("must be a number above 0".to_owned()),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let media_listen = args.media_listen.unwrap_or_else(|| next_port(args.listen));
    let api = bind(args.listen).await?;
    let media = bind(media_listen).await?;
    let media_base = format!("http://{}", media.local_addr()?);
    println!("Vireo simulator is ready: http://{}/ (media {media_base}/)", api.local_addr()?);

    let settings = Settings {
        seed: args.seed,
        speed: args.speed,
        media_base,
        webhook_hmac_key: args.webhook_hmac_key,
        ..Settings::default()
    };
    let world = world(settings, SystemClock);
    // Ended at once: a paused video would hold a graceful shutdown up.
    tokio::select! {
        served = serve(api, media, world, std::future::pending()) => Ok(served?),
        stopped = tokio::signal::ctrl_c() => Ok(stopped?),
    }
}

/// A free port goes with a free port.
fn next_port(listen: SocketAddr) -> SocketAddr {
    let port = match listen.port() {
        0 => 0,
        port => port.wrapping_add(1),
    };
    SocketAddr::new(listen.ip(), port)
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "{address} is not a loopback address: the simulator lets everybody in, so it stays on this machine"
        );
    }
    TcpListener::bind(address).await.with_context(|| format!("could not listen on {address}"))
}
