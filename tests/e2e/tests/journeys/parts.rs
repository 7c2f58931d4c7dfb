//! Parts of the wasm that are fetched when they are needed.

use anyhow::{Result, ensure};
use std::fs;
use vireo_e2e::{Setup, Stage};

/// The parts that lie beside the main one.
fn parts() -> Result<Vec<String>> {
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist");
    let names = fs::read_dir(dist)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_part =
        |name: &String| name.starts_with("vireo-") && name.ends_with(".wasm") && !name.ends_with("_bg.wasm");
    Ok(names.filter(is_part).collect())
}

const FETCHED: &str =
    "return performance.getEntriesByType('resource').map((one) => one.name.split('/').pop())
    .filter((name) => name.endsWith('.wasm') && !name.endsWith('_bg.wasm'))";

#[tokio::test(flavor = "multi_thread")]
async fn a_first_visit_loads_one_part_and_the_first_touch_the_next() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.wait_dialog("Make a video").await?;
    assert_eq!(studio.run(FETCHED, vec![]).await?, serde_json::json!([]));
    studio.press_button("Look around first").await?;
    studio
        .until("the part with the engine", async || {
            let names = studio.run(FETCHED, vec![]).await?;
            Ok(names.to_string().contains("vireo-work-").then_some(()))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_with_a_flipped_byte_is_refused_and_nothing_is_sent() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let parts = parts()?;
    ensure!(!parts.is_empty(), "the wasm is in one piece");
    for name in &parts {
        stage.site.deploy(name, "\0asm\u{1}\0\0\0");
    }
    let studio = stage.open().await?;
    studio.try_demo().await?;
    studio.wait_text("This part could not be loaded").await?;
    studio.type_prompt("never sent").await?;
    studio.generate().await?;
    studio.press_button("Settings").await?;
    studio.wait_alert("This part could not be loaded").await?;
    let ledger = stage.ledger();
    assert_eq!((ledger.charges, ledger.by_prompt.len()), (0, 0));
    assert_eq!(studio.value("Prompt").await?, "never sent");
    Ok(())
}
