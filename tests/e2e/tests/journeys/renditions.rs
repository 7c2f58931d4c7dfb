//! A finished video in a larger size, and as a file.

use anyhow::Result;
use thirtyfour::By;
use vireo_e2e::{Setup, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn full_hd_is_made_once_and_plays() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order("a glacier from above [sim:slow]").await?;
    card.wait_state("succeeded").await?;
    let small = card.play().await?;
    card.wait_pressed("720p", true).await?;
    card.press("1080p").await?;
    card.wait_text("1080p is being made").await?;
    card.wait_pressed("1080p", false).await?;
    card.press("1080p").await?;
    card.wait_pressed("1080p", true).await?;
    studio.until("the larger clip", async || Ok((card.play().await? == 1080).then_some(()))).await?;
    assert!(small < 1080);
    let ledger = stage.ledger();
    assert_eq!(ledger.charges, 2, "{:?}", ledger.jobs);
    assert_eq!(ledger.jobs[1].credits, 5.0);

    // Both stay: neither choosing nor a reload buys again.
    card.press("720p").await?;
    card.wait_pressed("1080p", false).await?;
    studio.reload().await?;
    studio.connect_with_key("test-key").await?;
    let card = studio.card("a glacier from above [sim:slow]").await?;
    card.wait_pressed("1080p", false).await?;
    assert_eq!(stage.ledger().charges, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_forbids_reading_is_opened_in_a_tab() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order("a closed door [sim:no-cors]").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    card.press("Download").await?;
    card.wait_text("does not let this page read the file").await?;
    // Some browsers open no tab once the click is a moment ago; then that is said.
    let is_open = studio.driver().windows().await?.len() == 2;
    card.expect_words(&[if is_open { "opened in a new tab" } else { "kept a new tab from opening" }]).await?;
    assert!(is_open || !studio.has_devtools());
    assert!(card.video_address().await?.starts_with(stage.media_base()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_forbids_reading_is_asked_for_the_bytes_once() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let card = studio.order("a door that stays shut [sim:no-cors]").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    // Far from the viewport it unloads; near again it is shown anew.
    studio.run("document.querySelector('ul[aria-label=Videos]').style.marginTop = '9000px'", vec![]).await?;
    studio
        .until("the far video to unload", async || {
            Ok(studio.driver().find_all(By::Css("article video")).await?.is_empty().then_some(()))
        })
        .await?;
    studio.run("document.querySelector('ul[aria-label=Videos]').style.marginTop = ''", vec![]).await?;
    card.play().await?;
    let asked = studio.sent().await?.iter().filter(|sent| sent.starts_with("GET /v/")).count();
    assert_eq!(asked, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_again_and_again_delivers_the_whole_video() -> Result<()> {
    let stage = Stage::set(Setup { media_breaks_after: Some(100_000), ..Setup::default() }).await?;
    let studio = stage.open().await?;
    studio.try_demo().await?;
    let card = studio.order("a long way on a bad road").await?;
    card.wait_state("succeeded").await?;
    card.wait_text("Saved on this device").await?;
    let asked = studio.sent().await?.iter().filter(|sent| sent.starts_with("GET /v/")).count();
    assert!((3..=6).contains(&asked), "asked {asked} times");
    studio.reload().await?;
    let card = studio.card("a long way on a bad road").await?;
    studio.press_button("Look around first").await?;
    card.play().await?;
    assert!(card.video_address().await?.starts_with("blob:"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn four_k_says_how_it_goes_and_plays() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order("a glacier in every detail").await?;
    card.wait_state("succeeded").await?;
    card.press("4K").await?;
    card.wait_text("4K is being made").await?;
    // A word about what is left, as on a card.
    studio
        .until("an estimate", async || {
            let row = "return document.querySelector('.renditions').innerText";
            let row = studio.run(row, vec![]).await?;
            let words = ["left", "should be ready soon", "taking longer"];
            Ok(row.as_str().filter(|row| words.iter().any(|word| row.contains(word))).map(drop))
        })
        .await?;
    card.wait_pressed("4K", false).await?;
    card.press("4K").await?;
    card.wait_pressed("4K", true).await?;
    let ledger = stage.ledger();
    assert_eq!((ledger.charges, ledger.jobs[1].credits), (2, 120.0), "{:?}", ledger.jobs);
    // Extending is not forbidden after 4K, and is after 1080p: said before the click.
    card.press("1080p").await?;
    let off = "const extend = [...document.querySelectorAll('article button')].find((b) => b.textContent === 'Extend');
        return extend.disabled && extend.title";
    studio
        .until("Extend to be off", async || {
            let why = studio.run(off, vec![]).await?;
            Ok(why.as_str().filter(|why| why.contains("upgraded to 1080p")).map(drop))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn four_k_that_is_unavailable_or_never_comes_hurts_nothing_else() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order("a face [sim:no-4k]").await?;
    card.wait_state("succeeded").await?;
    card.press("4K").await?;
    card.wait_text("The provider cannot make this video in that size.").await?;
    card.wait_pressed("720p", true).await?;

    let card = studio.order("a cloud [sim:4k-never]").await?;
    card.wait_state("succeeded").await?;
    card.press("4K").await?;
    card.wait_text("4K is being made").await?;
    let asked_for = async || Ok(stage.ledger().jobs.get(3).filter(|job| job.polls > 0).map(drop));
    studio.until("the 4K to be followed", asked_for).await?;
    studio.reload().await?;
    studio.connect_with_key("not-a-real-key").await?;
    let card = studio.card("a cloud [sim:4k-never]").await?;
    card.wait_text("4K is being made").await?;
    // The video and its other renditions are there all the same, and nothing is ordered twice.
    card.play().await?;
    card.press("1080p").await?;
    card.wait_pressed("1080p", false).await?;
    assert_eq!(stage.ledger().charges, 5, "{:?}", stage.ledger().jobs);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impatient_finger_buys_each_thing_once() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order("a glacier that takes its time").await?;
    card.wait_state("succeeded").await?;
    studio.click_impatiently("4K", 5, 400).await?;
    card.wait_pressed("4K", false).await?;
    card.press("Extend").await?;
    studio.wait_dialog("Extend this video").await?;
    studio.fill("What happens next", "it calves").await?;
    studio.click_impatiently("Extend · ", 5, 400).await?;
    studio.card("it calves").await?.wait_state("succeeded").await?;
    let ledger = stage.ledger();
    assert_eq!(ledger.charges, 3, "{:?}", ledger.jobs);
    Ok(())
}

/// Makes the journal what it is where a page was closed before its 4K was sent.
const CLOSED_BEFORE_IT_WAS_SENT: &str = "return new Promise((done, fail) => {
    const open = indexedDB.open('vireo');
    open.onsuccess = () => {
        const change = open.result.transaction('intents', 'readwrite');
        const intents = change.objectStore('intents');
        intents.getAll().onsuccess = ({ target: { result: all } }) => {
            const upgrade = all.find((one) => one.order.upgrade);
            intents.put({ ...upgrade, state: 'queued', tab: 'a page that is closed', task_id: null, sent_ms: null });
        };
        change.oncomplete = () => { open.result.close(); location.reload(); done(); };
        change.onabort = fail;
    };
});";

#[tokio::test(flavor = "multi_thread")]
async fn a_rendition_that_a_closed_page_did_not_send_waits_for_a_click() -> Result<()> {
    let prompt = "a comet [sim:4k-never]";
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order(prompt).await?;
    card.wait_state("succeeded").await?;
    card.press("4K").await?;
    let followed = async || Ok(stage.ledger().jobs.get(1).filter(|job| job.polls > 0).map(drop));
    studio.until("the 4K to be followed", followed).await?;
    studio.run(CLOSED_BEFORE_IT_WAS_SENT, vec![]).await.ok();
    studio.reload().await?;
    studio.reconnect("not-a-real-key").await?;
    card.wait_text("4K: This was not sent").await?;
    // The provider charges one 4K of a video once, so what leaves is counted.
    let before = stage.gate.passed();
    card.press("Send now").await?;
    studio.until("the 4K to be sent", async || Ok((stage.gate.passed() > before).then_some(()))).await?;
    card.wait_text("4K is being made").await
}
