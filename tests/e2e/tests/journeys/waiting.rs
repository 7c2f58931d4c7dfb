//! Waiting elsewhere: what the tab says while nobody looks at it.

use anyhow::Result;
use vireo_e2e::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_title_counts_what_came_while_nobody_looked() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let card = studio.order("a kettle that sings").await?;
    studio.hide(true).await?;
    card.wait_state("succeeded").await?;
    assert_eq!(studio.run("return document.title", vec![]).await?, "(1) Vireo");
    studio.hide(false).await?;
    studio
        .until("the plain title", async || {
            Ok((studio.run("return document.title", vec![]).await? == "Vireo").then_some(()))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_activity_card_counts_and_leads_to_the_video() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.order("first of all").await?.wait_state("succeeded").await?;
    studio.order("no such luck [sim:policy]").await?.wait_state("failed").await?;
    studio.order("still at it [sim:never]").await?.wait_state("generating").await?;
    studio.run("document.querySelector('.activity__button').click()", vec![]).await?;
    studio.wait_text("1 running · 1 without a video").await?;
    studio
        .run("[...document.querySelectorAll('.activity__row')].find((row) => row.textContent.startsWith('first')).click()", vec![])
        .await?;
    let focused = "return !document.querySelector('#activity:popover-open') && document.activeElement.getAttribute('aria-label')";
    studio
        .until("the card of the row", async || {
            Ok((studio.run(focused, vec![]).await? == "first of all").then_some(()))
        })
        .await
}
