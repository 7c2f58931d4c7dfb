//! The page as an app that is installed: without a network, with a new version, with images that others share.

use anyhow::Result;
use serde_json::json;
use vireo_e2e::{Setup, Stage, Studio};

/// Waits until the worker has everything it needs.
async fn wait_installed(studio: &Studio) -> Result<()> {
    let script =
        "return navigator.serviceWorker.getRegistration().then((one) => one?.active?.state === 'activated')";
    studio.until("the worker", async || Ok((studio.run(script, vec![]).await? == true).then_some(()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn opens_without_a_network_with_its_library_and_plays_what_is_saved() -> Result<()> {
    let prompt = "a lantern in the attic";
    let stage = Stage::set(Setup { base: "/a/b/", ..Setup::default() }).await?;
    let studio = stage.open().await?;
    studio.try_demo().await?;
    let card = studio.order(prompt).await?;
    card.wait_state("succeeded").await?;
    card.wait_text("Saved on this device").await?;
    wait_installed(&studio).await?;
    stage.site.end();
    stage.end_media();
    studio.reload().await?;
    studio.press_button("Look around first").await?;
    let card = studio.card(prompt).await?;
    assert!(card.play().await? > 0);

    // It speaks to whom it spoke before, also without its configuration.
    let config = "return Object.keys(localStorage).filter((name) => name.startsWith('vireo-config')).length";
    assert_eq!(studio.run(config, vec![]).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_keeps_the_page_and_nothing_else() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    wait_installed(&studio).await?;
    studio.reload().await?;
    studio.try_demo().await?;
    let card = studio.order("a boat that passes").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    let controlled = studio.run("return navigator.serviceWorker.controller !== null", vec![]).await?;
    assert_eq!(controlled, true);
    let kept = "return caches.keys()
        .then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys()))))
        .then((lists) => lists.flat().map(({ url }) => new URL(url).pathname))";
    let kept: Vec<String> = serde_json::from_value(studio.run(kept, vec![]).await?)?;
    for part in ["/", "/boot.js"] {
        assert!(kept.iter().any(|path| path == part), "{part}: {kept:?}");
    }
    for kind in [".wasm", ".css"] {
        assert!(kept.iter().any(|path| path.ends_with(kind)), "{kind}: {kept:?}");
    }
    let foreign = ["config.json", "/api/", "/sim/", "/relay/", ".mp4", "/embed/"];
    let strangers: Vec<_> =
        kept.iter().filter(|path| foreign.iter().any(|part| path.contains(part))).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_is_told_and_waits_for_the_person() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    wait_installed(&studio).await?;
    // A version of its own, without this page's program.
    let worker = studio.run("return fetch('sw.js').then((answer) => answer.text())", vec![]).await?;
    let worker = worker.as_str().unwrap_or_default();
    let (head, rest) = worker.split_once("const SHELL = [").unwrap_or_default();
    let (_, rest) = rest.split_once("];").unwrap_or_default();
    let (_, rest) = rest.split_once("const VERSION = '").unwrap_or_default();
    stage.site.deploy("sw.js", &format!("{head}const SHELL = ['./'];\nconst VERSION = 'f{rest}"));
    assert!(!studio.text().await?.contains("A new version is ready"));
    studio
        .run(
            "return navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => 0)",
            vec![],
        )
        .await?;
    studio.wait_text("A new version is ready").await?;
    studio.type_prompt("half a thought").await?;
    studio.press_button("Reload").await?;
    studio
        .until("the draft after the reload", async || {
            Ok((studio.value("Prompt").await? == "half a thought").then_some(()))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_image_comes_into_the_form() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    wait_installed(&studio).await?;
    studio.reload().await?;
    studio.try_demo().await?;
    let share = "const picture = document.createElement('canvas');
        return new Promise((done) => picture.toBlob(done, 'image/png')).then((blob) => {
            const form = new FormData();
            form.append('images', new File([blob], 'shared harbour.png', { type: 'image/png' }));
            form.append('text', 'the harbour wakes up');
            return fetch('share', { method: 'POST', body: form });
        }).then((answer) => answer.url);";
    let address = studio.run(share, vec![]).await?;
    let address = address.as_str().unwrap_or_default();
    assert!(address.contains("?prompt=the+harbour"), "{address}");
    studio.driver().goto(address).await?;
    studio.wait_started().await?;
    studio.try_demo().await?;
    studio.wait_uploaded().await?;
    assert_eq!(studio.value("Prompt").await?, "the harbour wakes up");
    studio.wait_text("First frame").await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_script_address_can_be_made() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    let tries = "return ['vireo', 'default', 'other'].map((name) => {
            try { trustedTypes.createPolicy(name, { createScriptURL: (address) => address }); return name; } catch { return ''; }
        }).join('')";
    assert_eq!(studio.run(tries, vec![]).await?, json!(""));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_prefills_the_form_and_sends_nothing() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.visit().await?;
    let query = "?prompt=a+quiet+pier&mode=Frames&model=veo3&aspect_ratio=9%3A16";
    studio.driver().goto(format!("{}{query}", stage.site.url())).await?;
    studio.wait_started().await?;
    assert_eq!(studio.value("Prompt").await?, "a quiet pier");
    let chosen = "return [...document.querySelectorAll('input[type=radio]:checked')].map((one) => one.value)";
    let chosen = studio.run(chosen, vec![]).await?.to_string();
    assert!(chosen.contains("FIRST_AND_LAST") && chosen.contains("9:16"), "{chosen}");
    assert_eq!(studio.card_count().await?, 0);
    assert_eq!(stage.ledger().requests, 0);

    // Once: neither it nor what was changed since is lost by a reload.
    studio.driver().refresh().await?;
    studio.wait_started().await?;
    assert_eq!(studio.value("Prompt").await?, "a quiet pier");
    studio.try_demo().await?;
    studio.type_prompt("a loud harbour").await?;
    studio.driver().refresh().await?;
    studio.wait_started().await?;
    assert_eq!(studio.value("Prompt").await?, "a loud harbour");
    Ok(())
}
