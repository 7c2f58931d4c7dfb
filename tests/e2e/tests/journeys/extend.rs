//! A finished video goes on: what happens next, again and again, as one film.

use anyhow::Result;
use vireo_e2e::{Setup, Stage, Studio};

/// Extends the video of one prompt by another.
async fn extend(studio: &Studio, prompt: &str, next: &str, model: &str) -> Result<()> {
    studio.card(prompt).await?.press("Extend").await?;
    studio.wait_dialog("Extend this video").await?;
    studio.fill("What happens next", next).await?;
    let choose = "const select = document.querySelector('#extend-model');
        select.value = arguments[0];
        select.dispatchEvent(new Event('change', { bubbles: true }));";
    studio.run(choose, vec![model.into()]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_goes_on_twice_and_is_one_film() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    let parts = ["a boat leaves", "it meets a whale", "they part as friends"];
    studio.order(parts[0]).await?.wait_state("succeeded").await?;
    extend(&studio, parts[0], parts[1], "veo3_fast").await?;
    studio.press_in_dialog("Extend · 60 credits").await?;
    studio.card(parts[1]).await?.wait_state("succeeded").await?;
    studio.card(parts[1]).await?.wait_text("One film of 2 parts").await?;
    // The last part is what is extended; lite has another price and another name on the wire.
    extend(&studio, parts[1], parts[2], "veo3_lite").await?;
    studio.toggle("More options").await.ok();
    studio.press_in_dialog("Extend · 30 credits").await?;
    let card = studio.card(parts[2]).await?;
    card.wait_state("succeeded").await?;
    card.wait_text("One film of 3 parts").await?;
    card.play().await?;
    assert_eq!(stage.ledger().charges, 3);
    let asked = stage.record(&card.task_id().await?.unwrap_or_default()).await?;
    assert_eq!(asked["model"], "lite", "{asked}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_whose_middle_fails_can_go_on_from_before() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.order("a seed").await?.wait_state("succeeded").await?;
    extend(&studio, "a seed", "a crowd [sim:policy]", "veo3_fast").await?;
    studio.press_in_dialog("Extend · 60 credits").await?;
    let failed = studio.card("a crowd [sim:policy]").await?;
    failed.wait_state("failed").await?;
    failed.expect_words(&["content policy", "returns the credits"]).await?;
    // Used again, it asks what should happen instead, from the same video on.
    failed.press("Use again").await?;
    studio.wait_dialog("Extend this video").await?;
    studio.fill("What happens next", "a tree").await?;
    studio.press_in_dialog("Extend · 60 credits").await?;
    studio.card("a tree").await?.wait_state("succeeded").await?;
    studio.card("a tree").await?.wait_text("One film of 2 parts").await?;
    assert_eq!(stage.ledger().by_prompt["a tree"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_reaches_the_provider() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.connect_with_key("not-a-real-key").await?;
    studio.choose("Mode", "References").await?;
    for n in 1..=3 {
        studio.add_image_address(&format!("https://images.example/{n}.png")).await?;
    }
    studio.wait_text("Reference 3").await?;
    studio.choose("Aspect ratio", "9:16").await?;
    let select = "const select = document.querySelector(arguments[0]);
        select.value = arguments[1];
        select.dispatchEvent(new Event('change', { bubbles: true }));";
    studio.run(select, vec!["#model".into(), "veo3_lite".into()]).await?;
    studio.run(select, vec!["#resolution".into(), "1080p".into()]).await?;
    studio.toggle("More options").await?;
    studio.fill("Seed", "23456").await?;
    studio.fill("Watermark", "made by me").await?;
    studio.fill("Callback URL", "https://calls.example/back").await?;
    studio.run("document.querySelector('.composer__more input[type=checkbox]').click()", vec![]).await?;
    let card = studio.order("three friends").await?;
    card.wait_state("succeeded").await?;
    let asked = stage.record(&card.task_id().await?.unwrap_or_default()).await?;
    for (name, value) in [
        ("generationType", "REFERENCE_2_VIDEO".into()),
        ("model", "veo3_lite".into()),
        ("aspectRatio", "9:16".into()),
        ("resolution", "1080p".into()),
        ("duration", 8.into()),
        ("seeds", 23456.into()),
        ("waterMark", "made by me".into()),
        ("callBackUrl", "https://calls.example/back".into()),
        ("enableTranslation", false.into()),
    ] {
        let value: serde_json::Value = value;
        assert_eq!(asked[name], value, "{name} in {asked}");
    }
    assert_eq!(asked["imageUrls"].as_array().map(Vec::len), Some(3), "{asked}");
    Ok(())
}
