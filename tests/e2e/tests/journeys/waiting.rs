//! Waiting elsewhere: what the tab says while nobody looks at it.

use anyhow::Result;
use vireo_e2e::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_title_counts_what_came_while_nobody_looked() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let hidden = "Object.defineProperty(document, 'hidden', { value: arguments[0], configurable: true });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));";
    let card = studio.order("a kettle that sings").await?;
    studio.run(hidden, vec![true.into()]).await?;
    card.wait_state("succeeded").await?;
    assert_eq!(studio.run("return document.title", vec![]).await?, "(1) Vireo");
    studio.run(hidden, vec![false.into()]).await?;
    studio
        .until("the plain title", async || {
            Ok((studio.run("return document.title", vec![]).await? == "Vireo").then_some(()))
        })
        .await
}
