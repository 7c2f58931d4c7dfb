//! Many prompts at once, and the form as a program.

use anyhow::Result;
use serde_json::json;
use vireo_e2e::{Setup, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_broken_rows_is_bought_row_by_row() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.wait_text("5,916.25 credits").await?;
    studio.press_button("Batch").await?;
    studio.wait_dialog("Batch").await?;
    let before = stage.ledger().requests;
    let table = "prompt,model,seed\n\
                 \"a kite, red\",lite,12345\n\
                 broken,veo9,\n\
                 \"never closed,fast,\n\
                 a heron,fast,\n\
                 a lamp,lite,99\n";
    studio.paste("Prompts", table).await?;
    studio.wait_text("Line 3: model cannot be “veo9”.").await?;
    studio.wait_text("Line 4: A quote is opened and never closed.").await?;
    studio.wait_text("Line 6: The seed must be a whole number").await?;
    assert_eq!(stage.ledger().requests, before, "reading a table asks nobody");

    studio.press_in_dialog("Generate (2) · 90 credits").await?;
    studio.wait_no_dialog().await?;
    for prompt in ["a kite, red", "a heron"] {
        studio.card(prompt).await?.wait_state("succeeded").await?;
    }
    let ledger = stage.ledger();
    let bought: Vec<_> = ledger.jobs.iter().map(|job| (job.prompt.as_deref(), job.credits)).collect();
    assert_eq!(bought, [(Some("a kite, red"), 30.0), (Some("a heron"), 60.0)]);
    assert_eq!(studio.card_count().await?, 2);

    // What was sent is not there to be sent again.
    studio.press_button("Batch").await?;
    assert_eq!(studio.value("Prompts").await?, "");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_that_run_out_lose_nothing() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.press_button("Batch").await?;
    let prompts = [
        "a door",
        "no more [sim:no-credits]",
        "none at all [sim:no-credits]",
        "nothing [sim:no-credits]",
        "a gate",
        "a fence",
    ];
    studio.paste("Prompts", &prompts.join("\n")).await?;
    studio.press_in_dialog("Generate (6) · 360 credits").await?;
    studio.card(prompts[0]).await?.wait_state("succeeded").await?;
    // Sent all at once, some may have left before the first refusal came; none is lost or bought twice.
    studio.card(prompts[1]).await?.wait_state("rejected").await?;
    for (prompt, states) in [
        (prompts[2], ["queued", "rejected"]),
        (prompts[3], ["queued", "rejected"]),
        (prompts[4], ["queued", "succeeded"]),
        (prompts[5], ["queued", "succeeded"]),
    ] {
        let card = studio.card(prompt).await?;
        studio
            .until("a state that stays", async || {
                Ok(states.contains(&card.state().await?.as_str()).then_some(()))
            })
            .await?;
    }
    assert_eq!(studio.card_count().await?, prompts.len());
    assert!(stage.ledger().by_prompt.values().all(|count| *count == 1), "{:?}", stage.ledger());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_is_a_program_without_the_key_and_a_link_that_only_prefills() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    studio.press_button("My API key").await.ok();
    studio.connect_with_key("not-a-real-key").await?;
    let prompt = "it's a \"boat\" & more";
    studio.type_prompt(prompt).await?;
    studio.choose("Aspect ratio", "9:16").await?;
    if studio.has_devtools() {
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        studio.driver().cdp().send_raw("Browser.grantPermissions", permissions).await?;
    }

    studio.press_button("Code").await?;
    studio.wait_dialog("Code").await?;
    for (language, words) in [
        ("curl", r#"curl -X POST 'http"#),
        ("JavaScript", "await fetch("),
        ("Python", "urllib.request.Request("),
    ] {
        studio.choose("Language", language).await?;
        studio.wait_text(words).await?;
        studio.press_button("Copy code").await?;
        studio.wait_text("Copied.").await?;
        let copied = studio.copied().await?;
        assert!(copied.contains(words) && copied.contains("KIE_API_KEY"), "{copied}");
        assert!(copied.contains(r#"\"boat\" & more"#) && !copied.contains("not-a-real-key"), "{copied}");
    }
    studio.press_button("Copy link to this form").await?;
    let link = studio
        .until("the link", async || {
            Ok(Some(studio.copied().await?).filter(|copied| copied.starts_with("http")))
        })
        .await?;
    let before = stage.ledger();
    studio.run("localStorage.clear()", vec![]).await?;
    studio.driver().goto(&link).await?;
    studio.wait_started().await?;
    assert_eq!(studio.value("Prompt").await?, prompt);
    let ratio = "return document.querySelector('[name=ratio]:checked').value";
    assert_eq!(studio.run(ratio, vec![]).await?, "9:16");
    assert_eq!(stage.ledger().charges, before.charges);
    assert_eq!(studio.card_count().await?, 0);
    Ok(())
}
