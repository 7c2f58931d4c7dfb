//! The key stays in memory.

use anyhow::Result;
use vireo_e2e::{Setup, Stage};

const KEY: &str = "canary-of-this-test";

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_kept_nowhere() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.connect_with_key(KEY).await?;
    let card = studio.order("a sealed letter").await?;
    card.wait_state("succeeded").await?;
    card.press("1080p").await?;
    card.wait_pressed("1080p", false).await?;
    studio.order("a lost letter [sim:error-500]").await?.wait_state("unknown").await?;
    studio.order("a returned letter [sim:bad-key]").await?.wait_state("rejected").await?;
    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;

    let kept = studio.everything_kept().await?;
    assert!(kept.contains("a sealed letter") && kept.contains("intents"), "the search sees nothing");
    assert!(!kept.contains(KEY), "the key is kept: {kept}");
    let log = studio.log().await?;
    assert!(log.iter().all(|(_, message)| !message.contains(KEY)), "{log:?}");

    studio.reload().await?;
    let kept = studio.everything_kept().await?;
    assert!(kept.contains("a sealed letter") && !kept.contains(KEY));
    Ok(())
}
