//! An afternoon at the keyboard: no pointer is touched here.

use anyhow::Result;
use thirtyfour::Key;
use vireo_e2e::{Stage, Studio};

const SHOTS: usize = 40;

/// Words about the element with the focus.
async fn focused(studio: &Studio) -> Result<String> {
    let script = "const one = document.activeElement; return one.getAttribute('aria-label') ?? one.id ?? '';";
    Ok(studio.run(script, vec![]).await?.as_str().unwrap_or_default().to_owned())
}

async fn wait_focus(studio: &Studio, name: &str) -> Result<()> {
    let what = format!("the focus on {name:?}");
    studio.until(&what, async || Ok((focused(studio).await? == name).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_shots_with_the_keyboard_alone() -> Result<()> {
    let stage = Stage::set(vireo_e2e::Setup::default()).await?;
    let studio = stage.open().await?;
    // The first dialog has the focus in it; its first button is the demo.
    studio.wait_dialog("Make a video").await?;
    studio
        .until("the demo by keyboard", async || {
            let script = "const one = document.activeElement; return one.textContent === 'Try the demo'";
            let there = studio.run(script, vec![]).await? == true;
            if !there {
                studio.press_keys(Key::Tab).await?;
            }
            Ok(there.then_some(()))
        })
        .await?;
    studio.press_keys(Key::Enter).await?;
    studio.wait_no_dialog().await?;

    // Nobody is so quick that the keys are not there yet; this test is.
    studio
        .until("the prompt by key", async || {
            let there = focused(&studio).await? == "prompt";
            if !there {
                studio.press_keys("/").await?;
            }
            Ok(there.then_some(()))
        })
        .await?;
    for n in 1..=SHOTS {
        studio.press_keys(Key::Control + "a").await?;
        studio.press_keys(format!("shot {n} of the afternoon").as_str()).await?;
        studio.press_keys(Key::Control + Key::Enter).await?;
        // The focus stays where the next shot is written.
        assert_eq!(focused(&studio).await?, "prompt", "after shot {n}");
    }
    let count = format!("return document.querySelectorAll('article').length === {SHOTS}");
    studio.until("all cards", async || Ok((studio.run(&count, vec![]).await? == true).then_some(()))).await?;

    // Out of the form, and from card to card.
    studio.press_keys(Key::Escape).await?;
    studio.press_keys("j").await?;
    wait_focus(&studio, &format!("shot {SHOTS} of the afternoon")).await?;
    studio.press_keys("j").await?;
    wait_focus(&studio, &format!("shot {} of the afternoon", SHOTS - 1)).await?;
    studio.press_keys("k").await?;
    wait_focus(&studio, &format!("shot {SHOTS} of the afternoon")).await?;

    // A video can be removed while it waits and when it is there, not while it is made; how far it is by now depends on
    // how fast this machine types.
    studio
        .until("the removal", async || {
            studio.press_keys("x").await?;
            Ok(studio.text().await?.contains("Removed: ").then_some(()))
        })
        .await?;
    let count = format!("return document.querySelectorAll('article').length === {}", SHOTS - 1);
    studio.until("one less", async || Ok((studio.run(&count, vec![]).await? == true).then_some(()))).await?;
    studio.press_keys("z").await?;
    studio.card(&format!("shot {SHOTS} of the afternoon")).await?;

    // The list of keys, and back.
    studio.press_keys("?").await?;
    studio.wait_dialog("Keyboard shortcuts").await?;
    studio.press_keys(Key::Escape).await?;
    studio.wait_no_dialog().await?;

    // What is typed stays what is typed.
    studio.press_keys("/").await?;
    wait_focus(&studio, "prompt").await?;
    studio.press_keys("jkx?1").await?;
    assert!(studio.value("Prompt").await?.ends_with("jkx?1"));
    studio.wait_no_dialog().await
}

#[tokio::test(flavor = "multi_thread")]
async fn shortcuts_can_be_switched_off() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;
    studio.run("[...document.querySelectorAll('dialog label')].find((one) => one.textContent === 'Keyboard shortcuts').click()", vec![]).await?;
    studio.press_in_dialog("Cancel").await?;
    studio.wait_no_dialog().await?;
    studio.run("document.activeElement.blur()", vec![]).await?;
    studio.press_keys("?").await?;
    studio.press_keys("/").await?;
    studio.wait_no_dialog().await?;
    assert_ne!(focused(&studio).await?, "prompt");
    Ok(())
}
