//! The form stands before the app runs, and nothing done with it is lost.

use anyhow::Result;
use thirtyfour::prelude::*;
use vireo_e2e::{Setup, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_before_the_app_runs_is_kept_with_the_caret() -> Result<()> {
    let stage = Stage::set(Setup { hold_wasm: true, ..Setup::default() }).await?;
    let studio = stage.visit().await?;
    studio.type_prompt("a kite over the sea").await?;
    studio.press_keys(Key::Home + Key::Right).await?;
    stage.site.release_wasm();
    studio.wait_started().await?;
    assert_eq!(studio.value("Prompt").await?, "a kite over the sea");
    // Whoever goes on typing goes on where they were.
    studio
        .until("the focus", async || {
            let focus = studio.driver().active_element().await?;
            Ok((focus.tag_name().await? == "textarea").then_some(()))
        })
        .await?;
    studio.press_keys(" red").await?;
    assert_eq!(studio.value("Prompt").await?, "a red kite over the sea");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_press_of_generate_waits_for_the_app() -> Result<()> {
    let stage = Stage::set(Setup { hold_wasm: true, ..Setup::default() }).await?;
    let studio = stage.visit().await?;
    studio.type_prompt("an impatient gardener").await?;
    studio.generate().await?;
    let busy = "return document.querySelector('button[aria-busy=true]')?.textContent.trim()";
    assert_eq!(studio.run(busy, vec![]).await?, "Generate");
    stage.site.release_wasm();
    studio.wait_dialog("Make a video").await?;
    studio.wait_text("Nothing was sent yet.").await?;
    assert_eq!(stage.ledger().charges, 0);

    studio.try_demo().await?;
    assert_eq!(studio.value("Prompt").await?, "an impatient gardener");
    studio.generate().await?;
    studio.card("an impatient gardener").await?.wait_state("succeeded").await?;
    assert_eq!(stage.ledger().charges, 1);
    Ok(())
}
