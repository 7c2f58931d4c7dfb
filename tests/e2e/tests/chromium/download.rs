//! A video as a file.

use anyhow::Result;
use serde_json::json;
use std::path::Path;
use vireo_e2e::{Stage, Studio};

/// Waits for a file in the folder and returns its name.
async fn downloaded(studio: &Studio, folder: &Path) -> Result<String> {
    studio
        .until("the file", async || {
            let names =
                std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            let names: Vec<String> = names.collect::<Result<_>>()?;
            Ok(names.into_iter().find(|name| name.ends_with(".mp4")))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_has_a_name_that_tells_what_it_is() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let folder = tempfile::tempdir()?;
    let behaviour = json!({ "behavior": "allow", "downloadPath": folder.path() });
    studio.driver().cdp().send_raw("Browser.setDownloadBehavior", behaviour).await?;
    let card = studio.order("A fox, asleep in the snow!").await?;
    card.wait_state("succeeded").await?;
    card.press("Download").await?;
    let name = downloaded(&studio, folder.path()).await?;
    assert!(name.ends_with("_a-fox-asleep-in-the-snow_16x9_720p.mp4"), "{name}");
    let path = folder.path().join(&name);
    assert_eq!(std::fs::read(&path)?.get(4..8), Some(b"ftyp".as_slice()));
    std::fs::remove_file(path)?;

    card.press("1080p").await?;
    card.wait_pressed("1080p", false).await?;
    card.press("1080p").await?;
    card.wait_pressed("1080p", true).await?;
    card.press("Download").await?;
    let name = downloaded(&studio, folder.path()).await?;
    assert!(name.ends_with("_16x9_1080p.mp4"), "the larger version is called {name}");
    Ok(())
}
