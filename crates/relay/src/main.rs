//! `vireo-relay`: the page on a port, and a simulated provider where there is no key.

use anyhow::Context;
use clap::Parser;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;
use url::Url;
use vireo_relay::{Config, Provider, Upstream, open, web_url};

/// Serves Vireo. Without KIE_API_KEY and without an upstream the built-in simulator makes the videos, free of charge
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "VIREO_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The folder of the built page
    #[arg(long = "static", env = "VIREO_STATIC", value_name = "DIR")]
    static_dir: Option<PathBuf>,
    /// The API the page speaks to [default: what the page's config.json says]
    #[arg(long, env = "VIREO_UPSTREAM", value_name = "URL", value_parser = web_url)]
    upstream: Option<Url>,
    /// The host the page uploads images to [default: what the page's config.json says]
    #[arg(long, env = "VIREO_UPLOAD_UPSTREAM", value_name = "URL", value_parser = web_url)]
    upload_upstream: Option<Url>,
    /// An origin whose results the page accepts besides public https: ones; may be given several times
    #[arg(long = "allow-media-origin", env = "VIREO_ALLOW_MEDIA_ORIGIN", value_name = "ORIGIN", value_parser = web_url, value_delimiter = ',')]
    media_origins: Vec<Url>,
    /// How many times faster than in reality the simulator makes videos: at 6 a fast one takes about 12 seconds
    #[arg(long, env = "VIREO_DEMO_SPEED", default_value_t = 6.0, value_parser = speed)]
    demo_speed: f64,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("must be a number above 0".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vireo-relay: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let has_key = std::env::var_os("KIE_API_KEY").is_some_and(|key| !key.is_empty());
    let provider = match (args.upstream, args.upload_upstream) {
        (None, None) if !has_key => Provider::Simulator { speed: args.demo_speed },
        (api, upload) => Provider::Api(Upstream { api, upload }),
    };
    let config = Config { static_dir: args.static_dir, provider, media_origins: args.media_origins };
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("could not listen on {}", args.listen))?;
    let relay = open(listener, &config).await?;
    match config.provider {
        Provider::Simulator { .. } => {
            println!("No KIE_API_KEY: the built-in simulator makes the videos, nothing is charged.");
        }
        Provider::Api(_) if has_key => println!(
            "This build's relay does not hold keys yet: KIE_API_KEY is not used, the page asks for a key of its own."
        ),
        Provider::Api(_) => {}
    }
    println!("Vireo is ready: {}", relay.url());
    Ok(relay.serve(told_to_end()).await?)
}

/// Ready at Ctrl+C, and where there is one at the system's polite request.
async fn told_to_end() {
    let interrupted = async { tokio::signal::ctrl_c().await.ok() };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}
