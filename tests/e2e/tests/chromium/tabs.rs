//! One tab dies or freezes in the middle of following a task; the other goes on.

use anyhow::Result;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use vireo_e2e::faults::{KEY, Tally, tally};
use vireo_e2e::{Stage, Studio};

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Crash,
    Freeze,
}

/// Ends the tab the driver is in.
async fn end(studio: &Studio, how: End) -> Result<()> {
    let devtools = studio.driver().cdp();
    match how {
        // The tab that should answer is gone.
        End::Crash => drop(timeout(Duration::from_secs(1), devtools.send_raw("Page.crash", json!({}))).await),
        End::Freeze => {
            devtools.send_raw("Page.setWebLifecycleState", json!({ "state": "frozen" })).await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_crashes_leaves_its_task_to_the_others() -> Result<()> {
    goes_on_after(End::Crash).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_tab_leaves_its_task_to_the_others() -> Result<()> {
    goes_on_after(End::Freeze).await
}

async fn goes_on_after(how: End) -> Result<()> {
    let prompt = "the watch is handed over [sim:slow]";
    let (stage, first) = Stage::ready().await?;
    let driver = first.driver();
    let first_tab = driver.window().await?;
    let second = stage.open_another().await?;
    second.reconnect(KEY).await?;
    let second_tab = driver.window().await?;
    driver.switch_to_window(first_tab).await?;
    first.order(prompt).await?.wait_state("generating").await?;
    end(&first, how).await?;

    driver.switch_to_window(second_tab).await?;
    let card = second.card(prompt).await?;
    // A tab frozen in the middle of a transaction holds the journal up: each step takes its five seconds then.
    if card.wait_state("succeeded").await.is_err() {
        card.wait_state("succeeded").await?;
    }
    card.play().await?;
    assert_eq!(tally(&stage, &second).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_in_one_tab_it_leaves_the_other_and_stays_gone() -> Result<()> {
    let prompt = "written in sand";
    let (stage, first) = Stage::ready().await?;
    let driver = first.driver();
    let first_tab = driver.window().await?;
    first.order(prompt).await?.wait_state("succeeded").await?;
    let second = stage.open_another().await?;
    second.reconnect(KEY).await?;
    second.card(prompt).await?;
    driver.switch_to_window(first_tab).await?;
    first.card(prompt).await?.remove().await?;
    for tab in driver.windows().await? {
        driver.switch_to_window(tab).await?;
        second.until("no card", async || Ok((second.card_count().await? == 0).then_some(()))).await?;
    }
    second.reload().await?;
    assert_eq!(second.card_count().await?, 0);
    Ok(())
}
