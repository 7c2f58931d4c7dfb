//! A stranger opens the page and gets a video.

use anyhow::Result;
use thirtyfour::prelude::*;
use vireo_e2e::{Setup, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_tries_the_demo_and_watches_a_video() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.wait_dialog("Make a video").await?;
    studio.try_demo().await?;
    let card = studio.order("a paper boat on a pond").await?;
    card.wait_state("succeeded").await?;
    assert!(card.play().await? >= 480);
    studio.wait_said("Video ready: a paper boat on a pond").await?;

    let states = studio.states_of("a paper boat on a pond").await?;
    assert_eq!(states.last().map(String::as_str), Some("succeeded"));
    for state in ["sending", "generating"] {
        assert!(states.iter().any(|seen| seen == state), "{states:?}");
    }
    let ledger = stage.ledger();
    assert_eq!(ledger.charges, 1);
    assert_eq!(card.task_id().await?.as_deref(), Some(ledger.jobs[0].task_id.as_str()));
    assert_eq!(studio.value("Prompt").await?, "a paper boat on a pond");
    card.expect_buttons(&["Download", "1080p", "4K", "Use again", "Copy prompt", "Remove", "Fetch again"])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.run("document.activeElement?.blur()", vec![]).await?;
    let mut presses = 0;
    while studio.driver().active_element().await?.tag_name().await? != "textarea" {
        presses += 1;
        assert!(presses < 30, "Tab does not reach the prompt");
        studio.press_keys(Key::Tab + "").await?;
    }
    studio.press_keys("a lantern in the fog").await?;
    studio.press_keys(Key::Control + Key::Enter).await?;
    let card = studio.card("a lantern in the fog").await?;
    card.wait_state("succeeded").await?;
    assert_eq!(stage.ledger().by_prompt["a lantern in the fog"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clicks_at_once_buy_one_video() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.type_prompt("a nervous finger").await?;
    studio.click_generate(50).await?;
    studio.card("a nervous finger").await?.wait_state("succeeded").await?;
    let ledger = stage.ledger();
    let sent = studio.sent().await?;
    assert_eq!(ledger.charges, 1, "{:?}, the page sent {sent:?}", ledger.jobs);
    assert_eq!(studio.card_count().await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_into_a_page_that_stands_still_buy_one_video() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.type_prompt("an impatient finger").await?;
    studio.click_impatiently("Generate", 3, 1500).await?;
    studio.card("an impatient finger").await?.wait_state("succeeded").await?;
    let ledger = stage.ledger();
    assert_eq!(ledger.charges, 1, "{:?}", ledger.jobs);
    assert_eq!(studio.card_count().await?, 1);
    // Another press a while later is another wish.
    studio.generate().await?;
    studio.wait_cards(|count| count == 2).await.map(drop)
}
