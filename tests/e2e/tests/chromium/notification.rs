//! A notification, which only a browser with windows shows.

use anyhow::Result;
use serde_json::json;
use vireo_e2e::{Stage, Studio};

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
async fn it_comes_where_it_was_asked_for_and_nobody_looks() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
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
    studio.hide(true).await?;
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
