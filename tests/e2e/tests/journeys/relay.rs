//! The page as the real relay serves it, with no key in it.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use vireo_e2e::{Setup, Stage, Studio};

/// What the relay is given for the provider. The simulator takes any key.
const KEY: &str = "not-a-real-key";

/// The relay's process, which ends with this.
pub(crate) struct Relay {
    url: String,
    _child: Child,
    _data: TempDir,
}

impl Relay {
    /// Starts the relay that `cargo xtask test` has built before the stage's provider.
    async fn start(stage: &Stage, studio: &Studio) -> Result<Relay> {
        Relay::start_at(&free_address()?, stage, studio, &[]).await
    }

    /// The same at this address, which is known beforehand because the provider calls back to it, and with more flags.
    pub(crate) async fn start_at(
        listen: &str,
        stage: &Stage,
        studio: &Studio,
        more: &[&str],
    ) -> Result<Relay> {
        let config = studio.run("return fetch('config.json').then((r) => r.json())", vec![]).await?;
        let api = config["apiBase"].as_str().context("apiBase")?;
        let data = TempDir::new()?;
        let url = format!("http://{listen}/");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let mut child = Command::new(target.join("release/vireo-relay"))
            .args(["--listen", listen, "--public-url", &url, "--upstream", api])
            .args(["--upload-upstream", stage.media_base(), "--allow-media-origin", stage.media_base()])
            .args(more)
            .arg("--static")
            .arg(root.join("dist"))
            .arg("--data-dir")
            .arg(data.path())
            .env("KIE_API_KEY", KEY)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("there is no relay in target/release: `cargo xtask test` builds it")?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        while let Some(line) = lines.next_line().await? {
            if line.starts_with("Vireo is ready") {
                // The pipe stays open as long as somebody reads it.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Relay { url, _child: child, _data: data });
            }
        }
        anyhow::bail!("the relay ended before it was ready")
    }
}

/// An address that nobody listens at yet.
pub(crate) fn free_address() -> Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

async fn open() -> Result<(Stage, Studio, Relay)> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.visit().await?;
    let relay = Relay::start(&stage, &studio).await?;
    studio.driver().goto(&relay.url).await?;
    studio.wait_started().await?;
    Ok((stage, studio, relay))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_comes_by_way_of_the_relay() -> Result<()> {
    let (stage, studio, relay) = open().await?;
    let card = studio.order("a letter without a sender").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    card.wait_text("Saved on this device").await?;
    let address = card.video_address().await?;
    assert!(address.starts_with(&relay.url) || address.starts_with("blob:"), "{address}");
    assert_eq!(stage.ledger().charges, 1);
    let page = "return document.documentElement.outerHTML + JSON.stringify({ ...localStorage })";
    assert!(!studio.run(page, vec![]).await?.to_string().contains(KEY));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_healed_by_the_callback() -> Result<()> {
    let (stage, studio, _relay) = open().await?;
    let card = studio.order("an echo that comes back [sim:drop-answer]").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    assert_eq!(stage.ledger().charges, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_while_it_is_being_sent_costs_once() -> Result<()> {
    let (stage, studio, _relay) = open().await?;
    let prompt = "a door that closes [sim:slow]";
    let card = studio.order(prompt).await?;
    // Before that it waits for its turn, and after the reload for a person.
    studio
        .until("the request on its way", async || Ok((card.state().await? != "queued").then_some(())))
        .await?;
    studio.reload().await?;
    studio.card(prompt).await?.wait_state("succeeded").await?;
    assert_eq!(stage.ledger().charges, 1);
    Ok(())
}
