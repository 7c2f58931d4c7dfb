//! A glance at a finished video: it plays while the pointer rests on it, and a press begins it anew.

use anyhow::Result;
use thirtyfour::By;
use vireo_e2e::{Stage, Studio};

async fn wait_player(studio: &Studio, what: &str, condition: &str) -> Result<()> {
    let script = format!(
        "const player = document.querySelector('article video'); return Boolean(player) && ({condition});"
    );
    studio.until(what, async || Ok((studio.run(&script, vec![]).await? == true).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_plays_without_sound_under_the_pointer_and_anew_when_pressed() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.order("seen at a glance").await?.wait_state("succeeded").await?;
    wait_player(&studio, "the player", "player.readyState > 0").await?;
    let driver = studio.driver();
    let player = driver.find(By::Css("article video")).await?;
    driver.action_chain().move_to_element_center(&player).perform().await?;
    wait_player(&studio, "the glance", "player.muted && !player.paused && player.currentTime > 0.1").await?;

    let prompt = driver.find(By::Css("#prompt")).await?;
    driver.action_chain().move_to_element_center(&prompt).perform().await?;
    wait_player(&studio, "its end", "!player.muted && player.paused && player.currentTime === 0").await?;

    driver.action_chain().move_to_element_center(&player).perform().await?;
    wait_player(&studio, "a second glance", "player.muted && player.currentTime > 0.1").await?;
    driver.action_chain().click().perform().await?;
    wait_player(&studio, "the film with sound", "!player.muted && !player.paused && player.currentTime > 0")
        .await?;

    // What a person plays goes on when the pointer leaves.
    driver.action_chain().move_to_element_center(&prompt).perform().await?;
    let now = studio.run("return document.querySelector('article video').currentTime", vec![]).await?;
    wait_player(&studio, "more of it", &format!("!player.paused && player.currentTime > {now}")).await
}
