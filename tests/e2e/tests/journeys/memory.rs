//! Nothing is forgotten and nothing is bought twice: over a reload, and between tabs.

use anyhow::Result;
use vireo_e2e::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_while_it_generates_loses_nothing() -> Result<()> {
    let prompt = "a long way home [sim:slow]";
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order(prompt).await?;
    card.wait_state("generating").await?;
    studio.reload().await?;
    let card = studio.card(prompt).await?;
    assert_eq!(card.state().await?, "generating");
    studio.wait_text("following them needs your API key").await?;
    studio.connect_with_key("test-key").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    assert_eq!(stage.ledger().by_prompt[prompt], 1);
    Ok(())
}

const SHARED: &str = "two windows, one sky [sim:slow]";

async fn polls_of_one_tab() -> Result<u64> {
    let (stage, studio) = Stage::ready().await?;
    studio.order(SHARED).await?.wait_state("succeeded").await?;
    Ok(stage.ledger().jobs[0].polls)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_show_one_video_and_ask_no_oftener_than_one() -> Result<()> {
    // A stage plays the same chance again, so that the first video takes as long in both.
    let alone = polls_of_one_tab().await?;
    let (stage, first) = Stage::ready().await?;
    let driver = first.driver();
    let first_tab = driver.window().await?;
    let second = stage.open_another().await?;
    second.try_demo().await?;
    let second_tab = driver.window().await?;

    driver.switch_to_window(first_tab.clone()).await?;
    let card = first.order(SHARED).await?;
    card.wait_state("generating").await?;
    driver.switch_to_window(second_tab).await?;
    let copy = second.card(SHARED).await?;
    copy.wait_state("succeeded").await?;
    copy.play().await?;
    driver.switch_to_window(first_tab).await?;
    card.wait_state("succeeded").await?;

    let ledger = stage.ledger();
    assert_eq!(ledger.charges, 1);
    let together = ledger.jobs[0].polls;
    assert!(together as f64 <= alone as f64 * 1.3, "{together} polls from two tabs, {alone} from one");
    Ok(())
}
