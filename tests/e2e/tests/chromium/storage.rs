//! The disk is full, or is emptied under the page.

use anyhow::Result;
use serde_json::json;
use vireo_e2e::faults::{KEY, Tally, tally};
use vireo_e2e::{Stage, Studio};

async fn origin(studio: &Studio) -> Result<String> {
    Ok(studio.run("return location.origin", vec![]).await?.as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_written_down_nothing_is_bought() -> Result<()> {
    let prompt = "a full notebook";
    let (stage, studio) = Stage::ready().await?;
    let quota = json!({ "origin": origin(&studio).await?, "quotaSize": 1 });
    studio.driver().cdp().send_raw("Storage.overrideQuotaForOrigin", quota).await?;
    studio.type_prompt(prompt).await?;
    studio.generate().await?;
    studio.wait_dialog("This browser cannot keep records").await?;
    assert_eq!(stage.gate.passed(), 0);
    assert_eq!(studio.card_count().await?, 0);

    studio.press_in_dialog("Go on without records").await?;
    studio.card(prompt).await?.wait_state("succeeded").await?;
    assert_eq!(tally(&stage, &studio).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cleared_under_a_running_page_is_written_down_again() -> Result<()> {
    let prompt = "a swept floor [sim:slow]";
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order(prompt).await?;
    card.wait_state("generating").await?;
    let all = json!({ "origin": origin(&studio).await?, "storageTypes": "all" });
    studio.driver().cdp().send_raw("Storage.clearDataForOrigin", all).await?;
    card.wait_state("succeeded").await?;
    card.play().await?;

    studio.reload().await?;
    studio.reconnect(KEY).await?;
    let card = studio.card(prompt).await?;
    assert_eq!(card.state().await?, "succeeded");
    card.play().await?;
    assert_eq!(tally(&stage, &studio).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}
