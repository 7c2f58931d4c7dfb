//! The library is taken along: out of one browser, into another, whole and only once.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use vireo_e2e::{Stage, Studio};

async fn wipe(studio: &Studio) -> Result<()> {
    studio.wipe_journal().await?;
    studio.reload().await?;
    studio.press_button("Look around first").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_brings_everything_back_with_its_videos_and_no_key() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    if !studio.has_downloads() {
        return Ok(());
    }
    let bought = studio.order("a boat that travels").await?;
    bought.wait_state("succeeded").await?;
    bought.wait_text("Saved on this device").await?;
    bought.press("1080p").await?;
    bought.wait_pressed("1080p", false).await?;
    bought.press("1080p").await?;
    bought.wait_pressed("1080p", true).await?;
    studio.order("a wish refused [sim:no-credits]").await?.wait_state("rejected").await?;

    studio.toggle("Library").await?;
    studio.press_button("Export with videos").await?;
    let file = studio.downloaded(".zip").await?;
    let bytes = std::fs::read(&file)?;
    assert_eq!(bytes.get(..4), Some(b"PK\x03\x04".as_slice()));
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("_a-boat-that-travels_16x9_720p.mp4") && holds("records.json"));
    assert!(!holds("demo"), "the demo's key is in the file");

    let charged = stage.ledger().charges;
    wipe(&studio).await?;
    studio.wait_prompts(&[]).await?;
    studio.toggle("Library").await?;
    studio.choose_file("Import", &file).await?;
    studio.wait_text("3 added, 0 here already").await?;
    studio.wait_prompts(&["a wish refused [sim:no-credits]", "a boat that travels"]).await?;
    let card = studio.card("a boat that travels").await?;
    card.wait_text("Saved on this device").await?;
    card.play().await?;
    card.wait_pressed("1080p", false).await?;
    studio.choose_file("Import", &file).await?;
    studio.wait_text("0 added, 3 here already").await?;
    assert_eq!(stage.ledger().charges, charged);
    assert!(studio.violations().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_file_is_let_in_as_far_as_it_makes_sense() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    if !studio.has_downloads() {
        return Ok(());
    }
    studio.order("the real one").await?.wait_state("succeeded").await?;
    studio.toggle("Library").await?;
    studio.press_button("Export").await?;
    let file = studio.downloaded(".json").await?;
    let mut library: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    let real = library["records"][0].clone();
    let made = |n: usize, state: &str| {
        let mut record = real.clone();
        record["id"] = json!(format!("01900000-0000-7000-8000-00000000000{n}"));
        record["task_id"] = Value::Null;
        record["state"] = json!(state);
        record["order"]["generate"]["prompt"] = json!(format!("made {n}"));
        record
    };
    let mut evil = made(4, "succeeded");
    evil["task_id"] = json!("evil");
    evil["outcome"]["urls"] = json!(["javascript:alert(1)"]);
    let records = [real.clone(), made(1, "queued"), made(2, "sending"), json!({ "id": 7 }), evil];
    library["records"] = records.as_slice().into();
    let folder = tempfile::tempdir()?;
    let other = folder.path().join("other");
    std::fs::write(&other, library.to_string())?;
    studio.choose_file("Import", &other).await?;
    studio.wait_text("2 added, 1 here already").await?;
    studio.wait_text("1 had not been sent yet").await?;
    studio.wait_text("1 could not be read").await?;
    studio.card("made 2").await?.wait_state("unknown").await?;
    studio.card("made 4").await?.wait_state("failed").await?;
    assert_eq!(stage.ledger().charges, 1, "nothing that comes in is sent");

    for (text, words) in [
        ("{\"vireo\": 2, \"records\": []}", "A newer version of Vireo"),
        ("{\"records\": []}", "not a library"),
        ("PK\u{3}\u{4} not a zip", "not a library"),
        ("\"text\"", "not a library"),
    ] {
        std::fs::write(&other, text)?;
        studio.choose_file("Import", &other).await?;
        studio.wait_text(words).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_ordered_elsewhere_is_added_by_its_id() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.order("ordered elsewhere").await?.wait_state("succeeded").await?;
    let task = studio.card("ordered elsewhere").await?.task_id().await?.context("a task id")?;
    wipe(&studio).await?;
    studio.press_button("Settings").await?;
    studio.connect_with_key("test-key").await?;
    studio.toggle("Library").await?;
    studio.fill("Add by task ID", "00000000000000000000000000000000").await?;
    studio.press_button("Add").await?;
    studio.wait_text("The provider does not know this task").await?;
    studio.fill("Add by task ID", &task).await?;
    studio.press_button("Add").await?;
    let card = studio.card("ordered elsewhere").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    assert_eq!(stage.ledger().charges, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_exported_as_it_is() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    if !studio.has_downloads() {
        return Ok(());
    }
    studio.order("readable").await?.wait_state("succeeded").await?;
    studio.spoil_journal().await?;
    studio.reload().await?;
    studio.press_button("Look around first").await?;
    studio.wait_text("1 stored records could not be read").await?;
    studio.toggle("Library").await?;
    studio.press_button("Export").await?;
    let file = studio.downloaded(".json").await?;
    let library: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    assert_eq!(library["unreadable"], json!([{ "id": "broken", "odd": [1, 2] }]));
    assert_eq!(library["records"].as_array().map(Vec::len), Some(1));
    Ok(())
}
