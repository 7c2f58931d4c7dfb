//! `vireo-relay`: the page and the relay on a port, or a simulated provider where there is no key.

use anyhow::Context;
use clap::{Parser, ValueEnum};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use url::Url;
use vireo_relay::{
    AccessSettings, AccessToken, Bases, Config, Limits, Provider, Relayed, Secret, key_url, open, origin_url,
    web_url,
};

/// The real provider.
const API: &str = "https://api.kie.ai";
const UPLOAD: &str = "https://kieai.redpandaai.co";

/// Serves Vireo. With KIE_API_KEY the key stays here and the page speaks to this relay; without it and without an
/// upstream the built-in simulator makes the videos, free of charge
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "VIREO_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The folder of the built page
    #[arg(long = "static", env = "VIREO_STATIC", value_name = "DIR")]
    static_dir: Option<PathBuf>,
    /// The provider's API [default: the real one; without a key what the page's config.json says]
    #[arg(long, env = "VIREO_UPSTREAM", value_name = "URL", value_parser = web_url)]
    upstream: Option<Url>,
    /// The provider's upload host [default: as for the API]
    #[arg(long, env = "VIREO_UPLOAD_UPSTREAM", value_name = "URL", value_parser = web_url)]
    upload_upstream: Option<Url>,
    /// An origin whose results the page accepts besides public https: ones; may be given several times
    #[arg(long = "allow-media-origin", env = "VIREO_ALLOW_MEDIA_ORIGIN", value_name = "ORIGIN", value_parser = origin_url, value_delimiter = ',')]
    media_origins: Vec<Url>,
    /// Who may use the relay, as TOKEN or NAME=TOKEN; may be given several times. Without any it listens on loopback only
    #[arg(
        long = "access-token",
        env = "VIREO_ACCESS_TOKEN",
        value_name = "TOKEN",
        value_delimiter = ',',
        hide_env_values = true
    )]
    access_tokens: Vec<AccessToken>,
    /// An origin whose pages may use the relay besides its own; may be given several times
    #[arg(long = "allow-origin", env = "VIREO_ALLOW_ORIGIN", value_name = "ORIGIN", value_parser = origin_url, value_delimiter = ',')]
    allow_origins: Vec<Url>,
    /// A host name under which the relay is asked besides localhost and that of --public-url; may be given several times
    #[arg(long = "allow-host", env = "VIREO_ALLOW_HOST", value_name = "NAME", value_delimiter = ',')]
    allow_hosts: Vec<String>,
    /// The address under which the provider reaches the relay; without it no callbacks come
    #[arg(long, env = "VIREO_PUBLIC_URL", value_name = "URL", value_parser = web_url)]
    public_url: Option<Url>,
    /// The folder for what must survive a restart [default: by address, in the user's folder for state]
    #[arg(long, env = "VIREO_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// A folder in which videos are kept that were watched once, so that they outlive the provider's links
    #[arg(long, env = "VIREO_ARCHIVE_DIR", value_name = "DIR")]
    archive_dir: Option<PathBuf>,
    /// The key the provider signs callbacks with; two while one replaces the other
    #[arg(
        long = "webhook-hmac-key",
        env = "VIREO_WEBHOOK_HMAC_KEY",
        value_name = "KEY",
        value_delimiter = ',',
        hide_env_values = true
    )]
    webhook_hmac_keys: Vec<String>,
    /// Most credits each access token may spend a day
    #[arg(long, env = "VIREO_DAILY_CREDITS", value_name = "CREDITS")]
    daily_credits: Option<f64>,
    /// Most new videos of each access token in ten seconds
    #[arg(long, env = "VIREO_RATE", value_name = "VIDEOS")]
    rate: Option<usize>,
    /// Most videos of each access token that are in the making at once
    #[arg(long, env = "VIREO_CONCURRENCY", value_name = "VIDEOS")]
    concurrency: Option<usize>,
    /// Counters for Prometheus at /relay/metrics, for callers with an access token
    #[arg(long, env = "VIREO_METRICS")]
    metrics: bool,
    /// How the log on standard error is written; VIREO_LOG chooses what, as in `debug` or `vireo_relay=debug`
    #[arg(long, env = "VIREO_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// How many times faster than in reality the simulator makes videos: at 6 a fast one takes about 12 seconds
    #[arg(long, env = "VIREO_DEMO_SPEED", default_value_t = 6.0, value_parser = speed)]
    demo_speed: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("must be a number above 0".to_owned()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    log(args.log_format);
    match serve(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vireo-relay: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A wrong filter is no reason not to start.
fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_env("VIREO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let provider = provider(&args)?;
    let config = Config { static_dir: args.static_dir, provider, media_origins: args.media_origins };
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("could not listen on {}", args.listen))?;
    let relay = open(listener, &config).await?;
    match &config.provider {
        Provider::Simulator { .. } => {
            println!("No KIE_API_KEY: the built-in simulator makes the videos, nothing is charged.");
        }
        Provider::Relayed(relayed) if relayed.access.tokens.is_empty() => {
            println!(
                "The key stays in this process. Everybody on this machine can spend with it; --access-token changes that."
            );
        }
        Provider::Relayed(_) => println!("The key stays in this process; an access token opens it."),
        Provider::Api(_) => {}
    }
    println!("Vireo is ready: {}", relay.url());
    Ok(relay.serve(told_to_end()).await?)
}

/// With a key a relay; without one the simulator, or the page alone where another provider is named.
fn provider(args: &Args) -> anyhow::Result<Provider> {
    let key = std::env::var("KIE_API_KEY").ok().and_then(|key| Secret::new(&key));
    if key.as_ref().is_some_and(|key| !key.expose().bytes().all(|byte| byte.is_ascii_graphic())) {
        anyhow::bail!(
            "KIE_API_KEY holds characters that no key has; it may have been pasted with something else"
        );
    }
    let (api, upload) = (args.upstream.clone(), args.upload_upstream.clone());
    Ok(match key {
        Some(key) => Provider::Relayed(Box::new(Relayed {
            key,
            api: key_url(api.as_ref().map_or(API, Url::as_str))
                .map_err(|error| anyhow::anyhow!("--upstream {error}"))?,
            upload: key_url(upload.as_ref().or(api.as_ref()).map_or(UPLOAD, Url::as_str))
                .map_err(|error| anyhow::anyhow!("--upload-upstream {error}"))?,
            data_dir: args.data_dir.clone(),
            archive_dir: args.archive_dir.clone(),
            access: AccessSettings {
                tokens: args.access_tokens.clone(),
                allow_origins: args.allow_origins.clone(),
                public_url: args.public_url.clone(),
                allow_hosts: args.allow_hosts.clone(),
            },
            limits: Limits {
                daily_credits: args.daily_credits,
                rate: args.rate,
                concurrency: args.concurrency,
            },
            metrics: args.metrics,
            webhook_hmac_keys: args.webhook_hmac_keys.iter().filter_map(|key| Secret::new(key)).collect(),
        })),
        None if api.is_none() && upload.is_none() => {
            Provider::Simulator { speed: args.demo_speed, allow_origins: args.allow_origins.clone() }
        }
        None => Provider::Api(Bases { api, upload }),
    })
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
