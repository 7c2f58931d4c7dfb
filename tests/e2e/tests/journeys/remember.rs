//! The key that a person asks to be remembered: encrypted, for a while, and never in clear.

use anyhow::Result;
use vireo_e2e::{Setup, Stage, Studio};

const KEY: &str = "canary-that-is-remembered";
const PASSPHRASE: &str = "seven small stones";

/// Stands in the record of a key, and nowhere else.
const RECORD: &str = "\"rounds\":600000";

/// Enters the key in the dialog that is open, and has it remembered.
async fn remember(studio: &Studio) -> Result<()> {
    studio.fill("API key", KEY).await?;
    studio.tick("Remember on this device").await?;
    studio.fill("Choose a passphrase", PASSPHRASE).await?;
    studio.press_in_dialog("Save").await?;
    studio.wait_no_dialog().await
}

async fn unlock(studio: &Studio, passphrase: &str) -> Result<()> {
    studio.fill("Passphrase", passphrase).await?;
    studio.press_button("Unlock").await
}

/// What this page keeps, which has the record of the key and neither of the two secrets.
async fn expect_sealed(studio: &Studio) -> Result<()> {
    let kept = studio.everything_kept().await?;
    assert!(kept.contains(RECORD), "nothing is remembered: {kept}");
    assert!(!kept.contains(KEY) && !kept.contains(PASSPHRASE), "kept in clear: {kept}");
    Ok(())
}

/// Waits until this page keeps no record of a key.
async fn wait_forgotten(studio: &Studio) -> Result<()> {
    studio
        .until("the key to be forgotten", async || {
            let kept = studio.everything_kept().await?;
            Ok((!kept.contains(RECORD) && !kept.contains("key-until")).then_some(()))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remembered_key_is_unlocked_by_its_passphrase_alone() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.wait_dialog("Make a video").await?;
    remember(&studio).await?;
    studio.order("a letter under a stone").await?.wait_state("succeeded").await?;
    expect_sealed(&studio).await?;

    studio.reload().await?;
    studio.wait_text("Your API key is locked on this device").await?;
    studio.wait_no_dialog().await?;
    // Nothing leaves before it is unlocked, and the page says where to do that.
    studio.type_prompt("a letter in a drawer").await?;
    studio.generate().await?;
    studio.wait_alert("Nothing was sent yet").await?;
    assert_eq!(stage.ledger().charges, 1);

    unlock(&studio, "seven small stomes").await?;
    studio.wait_alert("This is not the passphrase").await?;
    expect_sealed(&studio).await?;
    unlock(&studio, PASSPHRASE).await?;
    studio
        .until("the field to go", async || {
            Ok((!studio.text().await?.contains("Your API key is locked")).then_some(()))
        })
        .await?;
    studio.order("a letter in a drawer").await?.wait_state("succeeded").await?;
    assert_eq!(stage.ledger().charges, 2);
    expect_sealed(&studio).await?;
    let log = studio.log().await?;
    assert!(log.iter().all(|(_, words)| !words.contains(KEY) && !words.contains(PASSPHRASE)), "{log:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remembered_key_goes_by_forget_by_another_key_and_by_its_time() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.wait_dialog("Make a video").await?;
    studio.fill("API key", KEY).await?;
    studio.tick("Remember on this device").await?;
    studio.fill("Choose a passphrase", "short").await?;
    studio.press_in_dialog("Save").await?;
    studio.wait_alert("at least 8 characters").await?;
    studio.tick("Remember on this device").await?;
    remember(&studio).await?;
    expect_sealed(&studio).await?;

    studio.press_button("Settings").await?;
    studio.press_in_dialog("Forget").await?;
    wait_forgotten(&studio).await?;
    remember(&studio).await?;
    expect_sealed(&studio).await?;

    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;
    studio.connect_with_key("another-key-for-this-visit").await?;
    wait_forgotten(&studio).await?;

    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;
    remember(&studio).await?;
    studio.run(include_str!("expire.js"), vec![]).await?;
    studio.reload().await?;
    wait_forgotten(&studio).await?;
    // The form asks how to connect, as on the first visit.
    studio.type_prompt("a late letter").await?;
    studio.generate().await?;
    studio.wait_dialog("Make a video").await?;
    assert_eq!(stage.ledger().charges, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_one_host_is_forgotten_where_the_page_speaks_to_another() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.wait_dialog("Make a video").await?;
    remember(&studio).await?;
    expect_sealed(&studio).await?;
    let config = serde_json::json!({ "version": 1, "apiBase": "http://127.0.0.1:9/" });
    stage.site.deploy("config.json", &config.to_string());
    studio.reload().await?;
    wait_forgotten(&studio).await
}
