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

const KEPT: &str = "return new Promise((done, fail) => {
    const open = indexedDB.open('vireo');
    open.onsuccess = () => {
        const count = open.result.transaction('media').objectStore('media').count();
        count.onsuccess = () => { open.result.close(); done(count.result); };
        count.onerror = fail;
    };
});";

#[tokio::test(flavor = "multi_thread")]
async fn videos_out_of_sight_are_kept_too() -> Result<()> {
    const ABOVE: u64 = 9;
    let (_stage, studio) = Stage::ready().await?;
    // It ends when the others have long pushed it down, below what is near the viewport.
    studio.order("[sim:slow] roots").await?;
    for n in 1..=ABOVE {
        studio.order(&format!("petal {n}")).await?;
    }
    studio
        .until("every video to be kept", async || {
            Ok((studio.run(KEPT, vec![]).await?.as_u64() == Some(ABOVE + 1)).then_some(()))
        })
        .await?;
    let players = studio.run("return document.querySelectorAll('article video').length", vec![]).await?;
    assert!(players.as_u64() < Some(ABOVE + 1), "the slow one is out of sight: {players}");
    Ok(())
}
