//! What things cost: asked before, charged, added up.

use anyhow::Result;
use vireo_e2e::{Setup, Stage, Studio};

/// Opens prices and limits.
async fn open_credits(studio: &Studio) -> Result<()> {
    studio.press_button("Settings").await?;
    studio.press_in_dialog("Prices and limits").await?;
    studio.wait_dialog("Credits").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_price_stands_in_the_button_and_stays() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.wait_text("Generate · 60 credits").await?;
    open_credits(&studio).await?;
    studio.wait_text("Credits as of 2026-07.").await?;
    studio.fill("Fast 720p", "many").await?;
    studio.press_in_dialog("Save").await?;
    studio.wait_alert("A price is a number of credits").await?;
    studio.fill("Fast 720p", "80").await?;
    studio.press_in_dialog("Save").await?;
    studio.wait_no_dialog().await?;
    studio.wait_text("Generate · 80 credits").await?;
    studio.reload().await?;
    studio.wait_text("Generate · 80 credits").await?;
    studio.connect_with_key("not-a-real-key").await?;
    open_credits(&studio).await?;
    // The figures are of today now.
    let today = "return new Date().toLocaleDateString('sv')";
    let today = studio.run(today, vec![]).await?;
    studio.wait_text(&format!("Credits as of {}.", today.as_str().unwrap_or_default())).await?;
    studio.press_in_dialog("Back to the usual prices").await?;
    studio.press_in_dialog("Save").await?;
    studio.wait_text("Generate · 60 credits").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_video_cost_is_told_by_the_balance_and_added_up() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.wait_text("5,916.25 credits").await?;
    let card = studio.order("a lamp in the fog").await?;
    card.wait_state("succeeded").await?;
    card.wait_text("60 credits").await?;
    let refused = studio.order("a crowd [sim:policy]").await?;
    refused.wait_state("failed").await?;
    refused.wait_text("Nothing charged").await?;
    open_credits(&studio).await?;
    let row =
        "return document.querySelector('table[aria-label=Spent] tbody').innerText.replace(/\\s+/g, ' ')";
    let row = studio.run(row, vec![]).await?;
    assert!(row.as_str().is_some_and(|row| row.trim().ends_with(" 1 60")), "{row}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_limit_is_asked_about_before_anything_is_sent() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.wait_text("5,916.25 credits").await?;
    open_credits(&studio).await?;
    studio.fill("Ask above (credits)", "50").await?;
    studio.fill("Daily cap (credits)", "100").await?;
    studio.press_in_dialog("Save").await?;
    studio.wait_no_dialog().await?;

    studio.type_prompt("a dear bird").await?;
    studio.generate().await?;
    studio.wait_dialog("Spend this much?").await?;
    studio.wait_text("This costs 60 credits. You want to be asked above 50.").await?;
    studio.press_in_dialog("Cancel").await?;
    studio.wait_no_dialog().await?;
    assert_eq!((stage.ledger().charges, studio.card_count().await?), (0, 0));

    studio.generate().await?;
    studio.press_in_dialog("Spend it").await?;
    studio.card("a dear bird").await?.wait_state("succeeded").await?;
    // The second one would make the day cost more than its cap; removing the first brings nothing back.
    studio.card("a dear bird").await?.remove().await?;
    studio.type_prompt("another bird").await?;
    studio.generate().await?;
    studio.wait_text("Today has cost 60, and your daily cap is 100.").await?;
    studio.press_in_dialog("Change the limits").await?;
    studio.wait_dialog("Credits").await?;
    assert_eq!(stage.ledger().charges, 1);
    studio.fill("Daily cap (credits)", "").await?;
    studio.fill("Ask above (credits)", "").await?;
    studio.press_in_dialog("Save").await?;
    studio.wait_no_dialog().await?;
    studio.generate().await?;
    studio.card("another bird").await?.wait_state("succeeded").await?;
    assert_eq!(stage.ledger().charges, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_that_run_out_in_a_batch_leave_the_rest_queued() -> Result<()> {
    let (stage, studio) = Stage::ready_with(Setup { credits: Some(150.0), ..Setup::default() }).await?;
    studio.wait_text("150 credits").await?;
    studio.press_button("Batch").await?;
    let prompts = ["one", "two", "three", "four", "five", "six"];
    studio.paste("Prompts", &prompts.join("\n")).await?;
    studio.wait_text("Your balance is lower than all of this costs.").await?;
    studio.press_in_dialog("Generate (6) · 360 credits").await?;
    studio.wait_text("The credits do not reach, so the rest is waiting").await?;
    let mut states = Vec::new();
    for prompt in prompts {
        let card = studio.card(prompt).await?;
        if ["one", "two"].contains(&prompt) {
            card.wait_state("succeeded").await?;
        }
        states.push(card.state().await?);
    }
    assert_eq!(states, ["succeeded", "succeeded", "rejected", "queued", "queued", "queued"]);
    assert_eq!(stage.ledger().charges, 2);

    // It goes on when the person says so, and each is still asked for once.
    studio.press_button("Continue").await?;
    studio.card("four").await?.wait_state("rejected").await?;
    assert_eq!(studio.card("six").await?.state().await?, "queued");
    assert_eq!(studio.card_count().await?, prompts.len());
    Ok(())
}
