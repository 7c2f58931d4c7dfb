//! What somebody needs who listens to the page and has no picture of it.

use anyhow::Result;
use serde_json::json;
use thirtyfour::Key;
use vireo_e2e::{Stage, Studio};

/// Puts the focus on what a script finds.
async fn focus(studio: &Studio, find: &str) -> Result<()> {
    studio.run(&format!("({find}).focus()"), vec![]).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_field_chooses_and_buys_nothing() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.type_prompt("a purchase nobody meant").await?;
    studio.toggle("More options").await?;
    let checkbox = "document.querySelector('.composer input[type=checkbox]')";
    let before = studio.run(&format!("return {checkbox}.checked"), vec![]).await?;
    focus(&studio, checkbox).await?;
    studio.press_keys(Key::Enter).await?;
    assert_ne!(studio.run(&format!("return {checkbox}.checked"), vec![]).await?, before);
    focus(&studio, "document.querySelector('[name=ratio][value=\"9:16\"]')").await?;
    studio.press_keys(Key::Enter).await?;
    let ratio = "return document.querySelector('[name=ratio]:checked').value";
    assert_eq!(studio.run(ratio, vec![]).await?, "9:16");
    focus(&studio, "document.querySelector('#seed')").await?;
    studio.press_keys(Key::Enter).await?;
    assert_eq!((studio.card_count().await?, stage.ledger().charges), (0, 0));

    // With Ctrl it is meant, from any field.
    studio.press_keys(Key::Control + Key::Enter).await?;
    studio.card("a purchase nobody meant").await?.wait_state("succeeded").await?;
    assert_eq!(stage.ledger().charges, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_gives_the_focus_back_whatever_closed_it() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let settings = "[...document.querySelectorAll('button')].find((one) => one.textContent === 'Settings')";
    for away in ["Cancel", ""] {
        focus(&studio, settings).await?;
        studio.press_keys(Key::Enter).await?;
        studio.wait_dialog("Settings").await?;
        // Enter chooses here as well, and hands nothing in.
        focus(&studio, "document.querySelector('[name=theme]:not(:checked)')").await?;
        let other = studio.run("return document.activeElement.value", vec![]).await?;
        studio.press_keys(Key::Enter).await?;
        let chosen = "return document.querySelector('dialog [name=theme]:checked').value";
        assert_eq!(studio.run(chosen, vec![]).await?, other);
        match away {
            "" => studio.press_keys(Key::Escape).await?,
            name => studio.press_in_dialog(name).await?,
        }
        studio.wait_no_dialog().await?;
        let there = format!("return document.activeElement === {settings}");
        assert_eq!(studio.run(&there, vec![]).await?, true, "after {away:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_said_once_and_a_failure_with_its_reason() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let listen = "window.heard = [];
        const said = document.querySelector('.studio > .unseen[role=status]');
        new MutationObserver(() => window.heard.push(said.textContent.replaceAll('\\u00a0', ' ').trim()))
            .observe(said, { characterData: true, childList: true, subtree: true });";
    studio.run(listen, vec![]).await?;
    let card = studio.order("one bell").await?;
    card.wait_state("succeeded").await?;
    card.press("1080p").await?;
    card.wait_pressed("1080p", false).await?;
    // The button went with the purchase; the focus did not.
    let near = "return document.activeElement.closest('[role=group]') !== null";
    assert_eq!(studio.run(near, vec![]).await?, true);
    studio.order("one bell").await?;
    studio
        .until("both verdicts", async || {
            let heard = studio
                .run("return window.heard.filter((one) => one === 'Video ready: one bell').length", vec![]);
            Ok((heard.await? == 2).then_some(()))
        })
        .await?;
    studio.order("a thing refused [sim:policy]").await?.wait_state("failed").await?;
    let heard = studio.run("return window.heard", vec![]).await?;
    let heard: Vec<String> = serde_json::from_value(heard)?;
    let times = |words: &str| heard.iter().filter(|one| one.starts_with(words)).count();
    assert_eq!(times("Being made: one bell"), 3, "{heard:?}");
    assert_eq!(times("Video ready: one bell · 1080p"), 1, "{heard:?}");
    let failed = heard.iter().find(|one| one.starts_with("Video failed: a thing refused"));
    assert!(failed.is_some_and(|one| one.contains("content policy") && one.contains("credits")), "{heard:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_search_finds_is_counted() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    for prompt in ["a red kite", "a blue kite", "an anvil", "a bell"] {
        studio.order(prompt).await?.wait_state("succeeded").await?;
    }
    studio.search("kite").await?;
    studio.wait_said("Videos that fit: 2").await?;
    studio.search("submarine").await?;
    studio.wait_said("Videos that fit: 0").await?;
    let cards = "return document.querySelectorAll('article h2').length === arguments[0]";
    studio.search("").await?;
    studio.until("all", async || Ok((studio.run(cards, vec![json!(4)]).await? == true).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_s_words_are_told_with_its_first_button() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let card = studio.order("a bell that is lost [sim:drop-answer]").await?;
    card.wait_state("unknown").await?;
    card.press("Send again").await?;
    studio.wait_dialog("Send again").await?;
    let told = "const one = document.activeElement;
        return one.textContent + ': ' + document.getElementById(one.getAttribute('aria-describedby')).textContent";
    let told = studio.run(told, vec![]).await?;
    assert!(
        told.as_str().is_some_and(|told| told.starts_with("Cancel: ") && told.contains("a second time")),
        "{told}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_is_named_and_the_demo_s_key_is_nobody_s() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;
    studio.wait_said("Settings").await?;
    let left = "return document.querySelector('dialog [aria-live].unseen').textContent";
    studio.until("silence", async || Ok((studio.run(left, vec![]).await? == "").then_some(()))).await?;
    let hint = "return document.querySelector('#api-key').placeholder";
    assert_eq!(studio.run(hint, vec![]).await?, "");
    Ok(())
}
