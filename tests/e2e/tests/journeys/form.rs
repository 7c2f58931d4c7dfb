//! What is wrong with the form is said there, and nothing is sent.

use anyhow::Result;
use vireo_e2e::{Stage, Studio};

/// Presses Generate, expects the reason, and that nobody was asked anything but the balance, which is read anew whenever
/// the window gets the focus.
pub(crate) async fn refuses(studio: &Studio, reason: &str) -> Result<()> {
    let sent = async || {
        let sent = studio.sent().await?.into_iter();
        anyhow::Ok(sent.filter(|request| !request.ends_with("/chat/credit")).collect::<Vec<_>>())
    };
    let before = sent().await?;
    studio.generate().await?;
    studio.wait_alert(reason).await?;
    assert_eq!(studio.card_count().await?, 0);
    assert_eq!(sent().await?, before, "something was sent");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_form_is_not_sent() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    // The balance is asked for on connecting; after that the wire is quiet.
    studio.wait_text("5,916.25 credits").await?;
    refuses(&studio, "Write what the video should show.").await?;

    studio.paste("Prompt", &"long ".repeat(1000)).await?;
    refuses(&studio, "The prompt has 5000 characters; 4000 is the most.").await?;

    studio.type_prompt("a fine prompt").await?;
    studio.toggle("More options").await?;
    for seed in ["5", "100000", "12345.5"] {
        studio.fill("Seed", seed).await?;
        refuses(&studio, "a whole number from 10000 to 99999").await?;
    }

    // The reason is there also while the field is folded away.
    studio.toggle("More options").await?;
    refuses(&studio, "a whole number from 10000 to 99999").await?;
    studio.toggle("More options").await?;

    studio.fill("Seed", "12345").await?;
    studio.generate().await?;
    let card = studio.card("a fine prompt").await?;
    card.wait_state("succeeded").await?;
    card.expect_words(&["Seed 12345"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_together_is_explained_and_a_seed_is_used_again() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.choose("Aspect ratio", "Auto").await?;
    studio.choose("Mode", "References").await?;
    studio.wait_text("This mode goes with Fast, Lite · 16:9, 9:16 · 8 s.").await?;
    studio.wait_text("Aspect ratio is now 16:9: Mode allows nothing else.").await?;
    studio.choose("Mode", "Text").await?;
    let card = studio.order("a die that falls the same way").await?;
    card.wait_state("succeeded").await?;
    card.press("Reuse seed").await?;
    card.wait_text("is in the form now, under More options.").await?;
    studio.toggle("More options").await?;
    let seed = studio.value("Seed").await?;
    card.expect_words(&[&format!("Seed {seed}")]).await
}
