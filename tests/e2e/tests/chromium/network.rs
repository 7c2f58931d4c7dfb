//! No network for a while.

use anyhow::Result;
use serde_json::json;
use vireo_e2e::faults::{Tally, tally};
use vireo_e2e::{Stage, Studio};

async fn set_offline(studio: &Studio, offline: bool) -> Result<()> {
    let conditions =
        json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    let devtools = studio.driver().cdp();
    devtools.send_raw("Network.enable", json!({})).await?;
    devtools.send_raw("Network.emulateNetworkConditions", conditions).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_outlives_the_network() -> Result<()> {
    let prompt = "under the bridge [sim:slow]";
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order(prompt).await?;
    card.wait_state("generating").await?;
    set_offline(&studio, true).await?;
    card.wait_text("cannot reach the provider").await?;
    assert_eq!(card.state().await?, "generating");
    set_offline(&studio, false).await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    assert_eq!(tally(&stage, &studio).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ordered_without_a_network_is_not_sent_later_by_itself() -> Result<()> {
    let prompt = "shouted into the wind";
    let (stage, studio) = Stage::ready().await?;
    set_offline(&studio, true).await?;
    let card = studio.order(prompt).await?;
    card.wait_settled().await?;
    let state = card.state().await?;
    assert!(matches!(state.as_str(), "unknown" | "rejected"), "{state}");
    set_offline(&studio, false).await?;
    studio.order("heard again").await?.wait_state("succeeded").await?;
    assert_eq!(card.state().await?, state);
    assert_eq!(stage.ledger().by_prompt.get(prompt), None);
    Ok(())
}
