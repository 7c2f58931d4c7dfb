//! A finished video stays on this device, and plays when its host is gone.

use anyhow::Result;
use vireo_e2e::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_video_plays_without_its_host_and_without_a_key() -> Result<()> {
    let prompt = "a pressed flower";
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order(prompt).await?;
    card.wait_state("succeeded").await?;
    card.wait_text("Saved on this device").await?;
    stage.end_media();
    studio.reload().await?;
    let card = studio.card(prompt).await?;
    assert!(card.play().await? > 0);
    assert!(card.video_address().await?.starts_with("blob:"));
    Ok(())
}
