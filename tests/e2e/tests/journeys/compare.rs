//! Takes side by side, played in step.

use anyhow::Result;
use vireo_e2e::{Stage, Studio};

/// Where each player stands, in seconds.
async fn positions(studio: &Studio) -> Result<Vec<f64>> {
    let read = "return [...document.querySelectorAll('.take video')].map((video) => video.currentTime)";
    let found = studio.run(read, vec![]).await?;
    Ok(found.as_array().into_iter().flatten().filter_map(|time| time.as_f64()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_takes_play_in_step() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    for _ in 0..2 {
        studio.order("a door opens").await?.wait_state("succeeded").await?;
    }
    studio.order("something else").await?.wait_state("succeeded").await?;
    studio
        .until("three videos", async || {
            let ready = "return document.querySelectorAll('article[data-state=succeeded]').length";
            Ok((studio.run(ready, vec![]).await?.as_u64() == Some(3)).then_some(()))
        })
        .await?;
    studio.press_button("Compare").await?;
    studio.wait_dialog("Compare takes").await?;
    studio.until("two takes", async || Ok((positions(&studio).await?.len() == 2).then_some(()))).await?;
    studio.press_in_dialog("Play together").await?;
    let playing = studio
        .until("both to play", async || {
            let times = positions(&studio).await?;
            Ok(times.iter().all(|time| *time > 1.0).then_some(times))
        })
        .await?;
    assert!((playing[0] - playing[1]).abs() < 0.15, "{playing:?}");
    let heard = "return [...document.querySelectorAll('.take video')].filter((video) => !video.muted).length";
    assert_eq!(studio.run(heard, vec![]).await?, 1);

    studio.press_in_dialog("Pause").await?;
    let seek = "const position = document.querySelector('input[type=range]');
        position.value = 5;
        position.dispatchEvent(new Event('input', { bubbles: true }));";
    studio.run(seek, vec![]).await?;
    studio
        .until("both at five seconds", async || {
            let times = positions(&studio).await?;
            Ok(times.iter().all(|time| (time - 5.0).abs() < 0.05).then_some(()))
        })
        .await?;

    // What was pressed goes; the focus goes on, and a word is said of it.
    studio.run("document.querySelector('.take .card__actions button:last-child').click()", vec![]).await?;
    studio.wait_said("Removed: ").await?;
    let focused = "return document.activeElement.ariaLabel";
    studio
        .until("the focus on what can be added", async || {
            Ok((studio.run(focused, vec![]).await? == "Add a video to compare…").then_some(()))
        })
        .await?;
    assert!(studio.violations().await?.is_empty(), "{:?}", studio.violations().await?);
    Ok(())
}
