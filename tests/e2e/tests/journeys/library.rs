//! A long list is found through, thinned out and taken back.

use anyhow::Result;
use thirtyfour::Key;
use vireo_e2e::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn videos_are_found_by_words_and_by_state() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let refused = "a refused café [sim:no-credits]";
    for prompt in ["a red kite", "a blue kite", refused, "the CAFÉ at noon"] {
        studio.order(prompt).await?;
    }
    for prompt in ["a red kite", "a blue kite", "the CAFÉ at noon"] {
        studio.card(prompt).await?.wait_state("succeeded").await?;
    }
    studio.search("cafe").await?;
    studio.wait_prompts(&["the CAFÉ at noon", refused]).await?;
    studio.show_only("Failed").await?;
    studio.wait_prompts(&[refused]).await?;
    studio.search("kite").await?;
    studio.wait_prompts(&[]).await?;
    studio.wait_text("No video fits").await?;
    studio.press_button("Show all videos").await?;
    studio.wait_prompts(&["the CAFÉ at noon", refused, "a blue kite", "a red kite"]).await?;
    assert_eq!(studio.value("Search videos").await?, "");
    if studio.has_devtools() {
        let spoken = studio.spoken().await?;
        assert!(spoken.contains(&("searchbox".into(), "Search videos".into())), "{spoken:?}");
        assert!(spoken.contains(&("combobox".into(), "Show".into())), "{spoken:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_video_comes_back_by_undo_and_is_gone_after_a_reload() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    for prompt in ["one", "two"] {
        studio.order(prompt).await?.wait_state("succeeded").await?;
    }
    studio.card("one").await?.press("Remove").await?;
    studio.wait_prompts(&["two"]).await?;
    studio.wait_text("Removed: one").await?;
    studio.press_button("Undo").await?;
    studio.wait_prompts(&["two", "one"]).await?;
    studio.card("one").await?.play().await?;

    studio.card("two").await?.press("Remove").await?;
    studio.wait_prompts(&["one"]).await?;
    studio.reload().await?;
    studio.wait_prompts(&["one"]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_is_at_hand_for_the_keyboard() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.order("by keyboard").await?.wait_state("succeeded").await?;
    let reach = "document.querySelector('article').querySelectorAll('button').forEach((b) => b.textContent === 'Remove' && b.focus({ focusVisible: true }))";
    studio.run(reach, vec![]).await?;
    studio.press_keys(Key::Enter).await?;
    let focused = "return document.activeElement.textContent";
    studio
        .until("the focus on Undo", async || Ok((studio.run(focused, vec![]).await? == "Undo").then_some(())))
        .await?;
    studio.press_keys(Key::Enter).await?;
    studio.wait_prompts(&["by keyboard"]).await?;
    let there = "return document.activeElement.matches('article')";
    studio
        .until("the focus on what came back", async || {
            Ok((studio.run(there, vec![]).await? == true).then_some(()))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn up_to_a_hundred_all_stand_in_the_page_and_beyond_only_what_is_near() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let card = studio.order("the newest").await?;
    card.wait_state("succeeded").await?;
    // GStreamer's player stops WebKit for good where a page goes while a picture of the video is taken.
    card.wait_text("Saved on this device").await?;
    studio.seed(99).await?;
    studio.reload().await?;
    studio.wait_cards(|count| count == 100).await?;

    studio.seed(400).await?;
    studio.reload().await?;
    let near = studio.wait_cards(|count| count > 0).await?;
    assert!(near <= 100, "{near} cards");
    assert_eq!(studio.prompts().await?[0], "the newest");
    studio.run("scrollTo(0, document.documentElement.scrollHeight)", vec![]).await?;
    studio
        .until("the oldest at the end", async || {
            let prompts = studio.prompts().await?;
            Ok((prompts.len() <= 100 && prompts.last().is_some_and(|last| last == "seeded video number 0"))
                .then_some(()))
        })
        .await?;
    studio.press_button("Look around first").await?;
    studio.search("number 250").await?;
    studio.wait_prompts(&["seeded video number 250"]).await?;
    assert!(studio.violations().await?.is_empty());
    Ok(())
}

/// Buys a video with the same key, as another program would.
const ELSEWHERE: &str = "return (async () => {
    const { apiBase } = await (await fetch('config.json')).json();
    const headers = { authorization: 'Bearer test-key', 'content-type': 'application/json' };
    const body = JSON.stringify({ prompt: 'bought elsewhere', model: 'veo3_fast', aspect_ratio: '16:9', resolution: '720p', duration: 8 });
    return (await (await fetch(apiBase + '/api/v1/veo/generate', { method: 'POST', headers, body })).json()).code;
    })();";

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_no_record_explains_is_told_calmly() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    // Known before anything is bought, or the first purchase may explain too much.
    studio.wait_text("5,916.25 credits").await?;
    studio.order("removed").await?.wait_state("succeeded").await?;
    let before = stage.ledger().requests;
    studio.card("removed").await?.press("Remove").await?;
    // What it cost is forgotten with it: the balance is read anew, and what comes after counts.
    let is_read = async || Ok((stage.ledger().requests > before).then_some(()));
    studio.until("the balance to be read", is_read).await?;
    assert_eq!(studio.run(ELSEWHERE, vec![]).await?, 200);
    studio.order("explained too").await?.wait_state("succeeded").await?;
    studio.wait_text("Your balance fell by 60 credits more than the videos here explain").await?;
    studio.press_button("Dismiss").await?;
    studio
        .until("the line to go", async || {
            Ok((!studio.text().await?.contains("more than the videos here")).then_some(()))
        })
        .await?;
    studio.order("explained as well").await?.wait_state("succeeded").await?;
    assert!(!studio.text().await?.contains("more than the videos here"));
    Ok(())
}
