//! Waiting elsewhere: what the tab says while nobody looks at it.

use anyhow::Result;
use serde_json::json;
use vireo_e2e::{Stage, Studio};

#[tokio::test(flavor = "multi_thread")]
async fn the_title_counts_what_came_while_nobody_looked() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let card = studio.order("a kettle that sings").await?;
    studio.run(HIDE, vec![true.into()]).await?;
    card.wait_state("succeeded").await?;
    assert_eq!(studio.run("return document.title", vec![]).await?, "(1) Vireo");
    studio.run(HIDE, vec![false.into()]).await?;
    studio
        .until("the plain title", async || {
            Ok((studio.run("return document.title", vec![]).await? == "Vireo").then_some(()))
        })
        .await
}

const HIDE: &str = "Object.defineProperty(document, 'hidden', { value: arguments[0], configurable: true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));";

/// Notes what is notified, and still notifies.
const SPY: &str = "const Real = Notification;
    window.notified = [];
    window.Notification = class extends Real {
        constructor(words, options) { super(words, options); notified.push(words); }
    };";

async fn switch(studio: &Studio, label: &str) -> Result<()> {
    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;
    let script = "const find = () => [...document.querySelectorAll('dialog label')].find((one) => one.textContent.startsWith(arguments[0]));
        find().click();";
    studio.run(script, vec![label.into()]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_comes_where_it_was_asked_for_and_nobody_looks() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    if !studio.has_devtools() {
        return Ok(());
    }
    let origin = stage.site.url();
    let grant = json!({ "origin": origin.trim_end_matches('/'), "permissions": ["notifications"] });
    studio.driver().cdp().send_raw("Browser.grantPermissions", grant).await?;
    studio.run(SPY, vec![]).await?;
    switch(&studio, "Notify me").await?;
    let kept = "return localStorage.getItem('vireo-notify')";
    studio.until("the choice", async || Ok((studio.run(kept, vec![]).await? == "on").then_some(()))).await?;
    studio.press_in_dialog("Cancel").await?;
    studio.wait_no_dialog().await?;

    studio.order("seen as it comes").await?.wait_state("succeeded").await?;
    let card = studio.order("a letter under the door").await?;
    studio.run(HIDE, vec![true.into()]).await?;
    card.wait_state("succeeded").await?;
    let notified = "return notified.length > 0 && notified";
    let notified = studio
        .until("a notification", async || {
            Ok(Some(studio.run(notified, vec![]).await?).filter(|told| told.is_array()))
        })
        .await?;
    assert_eq!(notified, json!(["Video ready: a letter under the door"]));
    Ok(())
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
