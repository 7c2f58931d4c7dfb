//! The plug is pulled at four points of a wish; the next visit finds it again.

use anyhow::Result;
use vireo_e2e::faults::{KEY, Tally, reach_the_video, tally};
use vireo_e2e::{Fault, Setup, Stage, Studio};

async fn ready() -> Result<(Stage, Studio)> {
    Stage::ready_with(Setup { secure: true, ..Setup::default() }).await
}

/// Pulls the plug and comes back, without the key for now.
async fn come_back(stage: &mut Stage) -> Result<Studio> {
    stage.restart_killed_browser().await?;
    stage.open().await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_it_was_written_down_and_before_it_was_sent() -> Result<()> {
    let prompt = "a match, not yet struck";
    let (mut stage, studio) = ready().await?;
    studio.type_prompt(prompt).await?;
    stage.gate.suffer(Fault::HeldBefore);
    studio.generate().await?;
    stage.gate.wait_held().await?;

    let studio = come_back(&mut stage).await?;
    let card = studio.card(prompt).await?;
    card.wait_state("unknown").await?;
    card.expect_words(&["It may have cost credits."]).await?;
    stage.gate.heal();
    studio.reconnect(KEY).await?;
    assert_eq!(stage.gate.passed(), 0, "nothing is sent by opening a page");

    card.press("Send again").await?;
    studio.press_in_dialog("Send again and pay").await?;
    reach_the_video(&stage, &card).await?;
    assert_eq!(tally(&stage, &studio).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_it_was_sent_and_before_it_was_answered() -> Result<()> {
    let prompt = "a letter in the box";
    let (mut stage, studio) = ready().await?;
    studio.type_prompt(prompt).await?;
    stage.gate.suffer(Fault::HeldAfter);
    studio.generate().await?;
    stage.gate.wait_held().await?;

    let studio = come_back(&mut stage).await?;
    let card = studio.card(prompt).await?;
    card.wait_state("unknown").await?;
    studio.reconnect(KEY).await?;
    reach_the_video(&stage, &card).await?;
    assert_eq!(stage.gate.passed(), 1);
    assert_eq!(tally(&stage, &studio).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_it_was_answered_and_before_that_was_seen() -> Result<()> {
    let prompt = "a letter on the mat";
    let (mut stage, studio) = ready().await?;
    studio.type_prompt(prompt).await?;
    // The whole answer is in the browser; the app waits for it for ever.
    let keep_back = "const { text } = Response.prototype;
        Response.prototype.text = async function () {
            const body = await text.call(this);
            if (!this.url.endsWith('/generate')) return body;
            window.answer = body;
            return new Promise(() => {});
        };";
    studio.run(keep_back, vec![]).await?;
    studio.generate().await?;
    studio
        .until("the answer", async || {
            Ok(studio.run("return window.answer", vec![]).await?.as_str().map(str::to_owned))
        })
        .await?;

    let studio = come_back(&mut stage).await?;
    let card = studio.card(prompt).await?;
    card.wait_state("unknown").await?;
    studio.reconnect(KEY).await?;
    reach_the_video(&stage, &card).await?;
    assert_eq!(stage.gate.passed(), 1);
    assert_eq!(tally(&stage, &studio).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_generates() -> Result<()> {
    let prompt = "a long exposure [sim:slow]";
    let (mut stage, studio) = ready().await?;
    studio.order(prompt).await?.wait_state("generating").await?;

    let studio = come_back(&mut stage).await?;
    let card = studio.card(prompt).await?;
    assert_eq!(card.state().await?, "generating");
    assert_eq!(card.task_id().await?.as_deref(), Some(stage.ledger().jobs[0].task_id.as_str()));
    studio.reconnect(KEY).await?;
    reach_the_video(&stage, &card).await?;
    assert_eq!(tally(&stage, &studio).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}
