//! The element in a frame, also in a page with bad neighbours.

use crate::embed::Host;
use anyhow::Result;
use serde_json::json;
use thirtyfour::prelude::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_frame_has_the_same_face() -> Result<()> {
    let host = Host::open("frame").await?;
    host.wait_heard("ready", "a").await?;
    let made = "return document.getElementById('a').generate({ prompt: 'in a frame', model: 'veo3_lite' })";
    assert_eq!(host.run(made).await?["state"], "generating");
    host.wait_heard("succeeded", "a").await?;
    assert_eq!(host.run("return document.getElementById('a').tasks.length").await?, 1);
    host.run("document.addEventListener('vireo-submit', (event) => event.preventDefault())").await?;
    let declined = "return document.getElementById('a').generate({ prompt: 'nor this' }).then(() => 'made', (error) => error.message)";
    assert_ne!(host.run(declined).await?, "made");
    Ok(())
}

/// The frame's page on an origin that `frame.json` does not name.
async fn stranger_reads(host: &Host) -> Result<String> {
    let driver = host.studio.driver();
    driver.find(By::Id("stranger")).await?.enter_frame().await?;
    driver.find(By::Id("taken")).await?.enter_frame().await?;
    let words = host.studio.until("the refusal", async || {
        let words = driver.find(By::Tag("body")).await?.text().await?;
        Ok((!words.is_empty()).then_some(words))
    });
    let words = words.await;
    driver.enter_default_frame().await?;
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_messages_reach_nobody() -> Result<()> {
    let host = Host::open("frame-forged").await?;
    host.wait_heard("ready", "a").await?;
    let refusal = stranger_reads(&host).await?;
    assert!(refusal.contains("http://localhost:") && refusal.contains("frame.json"), "{refusal}");

    host.run("forge()").await?;
    host.run("forgeOnTheLine()").await?;
    // The real line takes its turn after all of them, in both directions.
    let refused = "return document.getElementById('a').open('nothing').then((found) => !found)";
    assert_eq!(host.run(refused).await?, true);
    let harm = "return [lines.length, answered, clicked, String({}.polluted), document.getElementById('a').tasks.length, heardOf('succeeded')]";
    assert_eq!(host.run(harm).await?, json!([1, 0, 0, "undefined", 0, 0]));
    assert_eq!(host.charges(), 0);

    let made =
        "return document.getElementById('a').generate({ prompt: 'by the real host', model: 'veo3_lite' })";
    assert_eq!(host.run(made).await?["state"], "generating");
    host.wait_heard("succeeded", "a").await?;
    assert_eq!(host.charges(), 1);
    host.expect_no_trouble().await
}
