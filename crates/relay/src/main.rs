//! `vireo-relay`: reads its flags, binds, serves.

use anyhow::{Context, Result, ensure};
use clap::Parser;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use vireo_relay::{Config, Demo, PageConfig, router, run};

/// Serves the Vireo page; plays the provider itself where there is no key.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    /// Address to listen on
    #[arg(long, env = "VIREO_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder with the page, as `cargo xtask dist` makes it
    #[arg(long = "static", env = "VIREO_STATIC", value_name = "DIR")]
    static_dir: Option<PathBuf>,
    /// How many times faster than the real provider the demo is
    #[arg(long, env = "VIREO_DEMO_SPEED", default_value_t = 6.0)]
    demo_speed: f64,
    /// Base of the API that the page speaks to, instead of the demo
    #[arg(long, env = "VIREO_UPSTREAM", value_name = "URL")]
    upstream: Option<String>,
    /// Base of the host that takes uploads
    #[arg(long, env = "VIREO_UPLOAD_UPSTREAM", value_name = "URL")]
    upload_upstream: Option<String>,
    /// Origin whose videos the page may play besides public https ones; may be repeated
    #[arg(
        long,
        env = "VIREO_ALLOW_MEDIA_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    allow_media_origin: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let flags = Flags::parse();
    let has_key = std::env::var_os("KIE_API_KEY").is_some_and(|key| !key.is_empty());
    let listener = TcpListener::bind(flags.listen)
        .await
        .with_context(|| format!("cannot listen on {}", flags.listen))?;
    let listen = listener.local_addr()?;

    let demo = if flags.upstream.is_none() && !has_key {
        ensure!(
            listen.ip().is_loopback(),
            "without a provider this is the demo, and the demo listens on loopback only: use --listen 127.0.0.1:{}",
            listen.port()
        );
        ensure!(
            flags.demo_speed > 0.0 && flags.demo_speed.is_finite(),
            "--demo-speed must be above 0"
        );
        Some(Demo::new(listen, flags.demo_speed).await?)
    } else {
        None
    };
    let page = match &demo {
        Some(demo) => demo.page(listen),
        None => PageConfig {
            api_base: flags.upstream,
            upload_base: flags.upload_upstream,
            media_origins: flags.allow_media_origin,
            typical_s: None,
        },
    };
    let api = demo.as_ref().map(Demo::api);
    let router = router(
        &Config {
            static_dir: flags.static_dir,
            page,
        },
        api,
    )?;
    if let Some(demo) = demo {
        println!("No KIE_API_KEY is set: a simulator plays the provider, nothing costs anything.");
        demo.serve_media();
    } else if has_key {
        println!("This version does not keep KIE_API_KEY for the page: enter the key in the page itself.");
    }
    println!("Vireo is ready: http://{listen}/");
    run(listener, router, stopped()).await
}

/// Ready when the process is asked to end.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(signal) => signal,
            Err(_) => return drop(interrupt.await),
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
