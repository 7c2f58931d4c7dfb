//! The page on somebody's host: its policy, its path, its configuration.

use crate::images::png;
use anyhow::Result;
use serde_json::json;
use vireo_e2e::{Hosts, Setup, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_journey_violates_no_policy_and_logs_no_error() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.try_demo().await?;
    studio.choose("Mode", "Frames").await?;
    let image = png("first.png", 0)?;
    studio.add_image_file(image.path()).await?;
    studio.wait_uploaded().await?;
    let card = studio.order("the picture comes to life").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    card.press("1080p").await?;
    card.wait_pressed("1080p", false).await?;
    card.press("1080p").await?;
    card.play().await?;
    card.press("Download").await?;
    studio.choose("Mode", "Text").await?;
    studio.order("a refusal [sim:policy]").await?.wait_state("failed").await?;
    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;
    studio.choose("Theme", "Dark").await?;
    studio.press_in_dialog("Cancel").await?;
    assert_eq!(studio.violations().await?, Vec::<String>::new());
    assert_eq!(studio.console("SEVERE").await?, Vec::<String>::new());

    // The witness is awake: a style in the markup is a violation.
    studio.run("document.body.setAttribute('style', 'color: red')", vec![]).await?;
    studio.until("a violation", async || Ok((!studio.violations().await?.is_empty()).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_below_a_path() -> Result<()> {
    let stage = Stage::set(Setup { base: "/a/b/", ..Setup::default() }).await?;
    let studio = stage.open().await?;
    studio.try_demo().await?;
    let card = studio.order("a house at the end of the road").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    assert!(studio.driver().current_url().await?.path().starts_with("/a/b/"));
    assert_eq!(studio.console("SEVERE").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_of_the_configuration_is_named() -> Result<()> {
    let stage =
        Stage::set(Setup { config: json!({ "typicalSeconds": { "veo3": "fast" } }), ..Setup::default() })
            .await?;
    let studio = stage.open().await?;
    studio.wait_text("This page is set up wrongly").await?;
    studio.wait_text("typicalSeconds.veo3").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_no_json_is_told() -> Result<()> {
    let stage = Stage::set(Setup { config: json!("{ \"version\": 1, "), ..Setup::default() }).await?;
    let studio = stage.open().await?;
    studio.wait_text("This page is set up wrongly").await?;
    studio.wait_text("config.json").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_configuration_the_page_is_as_usual_and_asks_nobody() -> Result<()> {
    let stage = Stage::set(Setup { config: json!(""), ..Setup::default() }).await?;
    let studio = stage.open().await?;
    assert!(!studio.text().await?.contains("set up wrongly"));
    let elsewhere = "return performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /^https?:/.test(name) && !name.startsWith(location.origin))";
    assert_eq!(studio.run(elsewhere, vec![]).await?, json!([]));
    assert_eq!(studio.violations().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_field_of_the_configuration_is_a_warning() -> Result<()> {
    let stage = Stage::set(Setup { config: json!({ "colour": "red" }), ..Setup::default() }).await?;
    let studio = stage.open().await?;
    studio.try_demo().await?;
    let warnings = studio.console("WARNING").await?;
    assert!(warnings.iter().any(|warning| warning.contains("colour")), "{warnings:?}");
    assert!(!studio.text().await?.contains("set up wrongly"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_stands_under_the_policy_it_is_served_with() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.visit().await?;
    let hosts = Hosts::open("http://127.0.0.1:9", stage.media_base()).await?;
    for name in ["element", "styled", "player", "events", "wordpress", "frame"] {
        studio.driver().goto(hosts.example(&format!("{name}.html"))).await?;
        let studios = "[...document.querySelectorAll('vireo-studio, vireo-studio-frame')]";
        let stand = format!(
            "const all = {studios};
             all.forEach((one) => one.scrollIntoView());
             return Promise.all(all.map((one) => one.ready)).then(() => all.length);"
        );
        let count = studio.until(name, async || Ok(studio.run(&stand, vec![]).await?.as_u64())).await?;
        assert!(count > 0, "{name}");
        let words = format!(
            "return {studios}.map((one) => one.shadowRoot.querySelector('[part=root]')?.innerText).join()"
        );
        let words = studio.run(&words, vec![]).await?;
        assert!(words.as_str().is_some_and(|words| !words.contains("set up wrongly")), "{name}: {words}");
    }
    Ok(())
}
