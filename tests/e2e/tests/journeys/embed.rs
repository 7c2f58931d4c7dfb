//! The element in pages of somebody else: those of `tests/host-pages`.

use anyhow::{Context, Result};
use rstest::rstest;
use serde_json::{Value, json};
use vireo_e2e::{Hosts, Setup, Stage, Studio};

/// A host page in the browser, with the simulator in the relay's place.
pub(crate) struct Host {
    stage: Stage,
    pub(crate) studio: Studio,
}

impl Host {
    /// A host page that is open already.
    pub(crate) fn new(stage: Stage, studio: Studio) -> Self {
        Host { stage, studio }
    }

    pub(crate) async fn open(case: &str) -> Result<Self> {
        let stage = Stage::set(Setup::default()).await?;
        let studio = stage.visit().await?;
        let config = studio.run("return fetch('config.json').then((r) => r.json())", vec![]).await?;
        let relay = config["apiBase"].as_str().context("apiBase")?;
        let hosts = Hosts::open(relay, stage.media_base()).await?;
        studio.driver().goto(hosts.url(case)).await?;
        Ok(Host { stage, studio })
    }

    /// What the provider has charged for.
    pub(crate) fn charges(&self) -> usize {
        self.stage.ledger().charges
    }

    pub(crate) async fn run(&self, script: &str) -> Result<Value> {
        self.studio.run(script, vec![]).await
    }

    /// Waits until a function body returns something other than false, null and 0.
    pub(crate) async fn wait(&self, script: &str) -> Result<Value> {
        let truthy = |value: &Value| !matches!(value, Value::Null | Value::Bool(false)) && value != &json!(0);
        self.studio.until(script, async || Ok(Some(self.run(script).await?).filter(truthy))).await
    }

    pub(crate) async fn wait_heard(&self, event: &str, id: &str) -> Result<Value> {
        self.wait(&format!("return window.heardOf?.('{event}', '{id}')")).await
    }

    /// The studios did not crash, and the page heard of no error that it has nothing to do with.
    pub(crate) async fn expect_no_trouble(&self) -> Result<()> {
        let troubles = "return heard.filter((one) => ['trouble', 'crash'].includes(one.name))";
        assert_eq!(self.run(troubles).await?, json!([]));
        Ok(())
    }

    /// Writes a prompt and presses Generate, as a person does.
    pub(crate) async fn order(&self, id: &str, prompt: &str) -> Result<()> {
        let script = "const root = document.getElementById(arguments[0]).shadowRoot;
            const area = root.querySelector('[part=prompt]');
            if (!area) return false;
            area.value = arguments[1];
            area.dispatchEvent(new Event('input', { bubbles: true }));
            root.querySelector('[part=submit]').click();
            return true;";
        let arguments = vec![json!(id), json!(prompt)];
        self.studio
            .until("the form", async || {
                Ok((self.studio.run(script, arguments.clone()).await? == true).then_some(()))
            })
            .await
    }

    /// Waits until the first video of an element plays.
    pub(crate) async fn wait_playing(&self, id: &str) -> Result<()> {
        let script = format!(
            "const video = document.getElementById('{id}').shadowRoot.querySelector('video');
             if (!video) return false;
             video.muted = true;
             if (video.paused) video.play();
             return video.currentTime > 0;"
        );
        let Err(error) = self.wait(&script).await else { return Ok(()) };
        let state = format!(
            "const {{ src, paused, ended, networkState, readyState, currentTime, duration, error }} = document.getElementById('{id}').shadowRoot.querySelector('video') ?? {{}};
             return {{ src, paused, ended, networkState, readyState, currentTime, duration, error: error?.message }};"
        );
        Err(error.context(self.run(&state).await?))
    }
}

async fn makes_a_video(case: &str) -> Result<Host> {
    let host = Host::open(case).await?;
    let around =
        "return [history.length, document.documentElement.outerHTML.replace(/<vireo-studio[^]*/, '')]";
    let before = host.run(around).await?;
    host.wait_heard("ready", "a").await?;
    host.order("a", "a paper boat in the rain").await?;
    host.wait_heard("accepted", "a").await?;
    host.wait_heard("succeeded", "a").await?;
    host.wait_playing("a").await?;
    assert_eq!(
        host.run(around).await?,
        before,
        "the host's <html>, <head>, <body> and history are not touched"
    );
    let violations = "return heard.filter((one) => one.name === 'violation').map((one) => one.detail)";
    assert_eq!(host.run(violations).await?, json!([]));
    host.expect_no_trouble().await?;
    Ok(host)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_page_gets_a_video_and_its_events() -> Result<()> {
    let host = Host::open("plain").await?;
    host.wait_heard("ready", "a").await?;
    let form = host
        .wait(
            "const root = document.getElementById('a').shadowRoot;
             const prompt = root.querySelector('[part=prompt]');
             return prompt && prompt.value && [prompt.value, root.querySelector('select').value, root.querySelector('[name=ratio]:checked').value];",
        )
        .await?;
    assert_eq!(form, json!(["from the attribute", "veo3_lite", "9:16"]));
    drop(host);
    makes_a_video("plain").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_policy_with_trusted_types_is_kept() -> Result<()> {
    makes_a_video("strict-csp").await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn poisoned_prototypes_do_no_harm() -> Result<()> {
    makes_a_video("poisoned-prototypes").await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_of_the_host_does_not_reach_in() -> Result<()> {
    let host = makes_a_video("host-css-resets-everything").await?;
    let style = host
        .run(
            "const style = getComputedStyle(document.getElementById('a').shadowRoot.querySelector('[part=submit]'));
             return [style.fontSize, style.letterSpacing, style.textTransform, style.display];",
        )
        .await?;
    assert_eq!(style, json!(["15px", "normal", "none", "flex"]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_on_one_page_have_lists_of_their_own() -> Result<()> {
    let host = Host::open("two-on-one-page").await?;
    host.wait_heard("ready", "a").await?;
    host.wait_heard("ready", "b").await?;
    host.order("a", "only in the first").await?;
    host.wait_heard("succeeded", "a").await?;
    let lists = "return ['a', 'b'].map((id) => document.getElementById(id).tasks.length)";
    assert_eq!(host.run(lists).await?, json!([1, 0]));
    assert_eq!(host.run("return heardOf('succeeded', 'b')").await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_keeps_the_studio() -> Result<()> {
    let host = Host::open("moved").await?;
    host.wait_heard("ready", "a").await?;
    host.run(
        "const studio = document.getElementById('a');
         window.area = studio.shadowRoot.querySelector('[part=prompt]');
         area.value = 'half a thought';
         area.dispatchEvent(new Event('input', { bubbles: true }));
         document.getElementById('there').append(studio);",
    )
    .await?;
    host.order("a", "after the move").await?;
    host.wait_heard("succeeded", "a").await?;
    assert_eq!(host.run("return [area.isConnected, heardOf('crash')]").await?, json!([true, 0]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_document_takes_the_studio_as_it_is() -> Result<()> {
    let host = Host::open("adopted").await?;
    host.wait_heard("ready", "a").await?;
    let look = "const { fontSize, display, borderRadius } = getComputedStyle(studio.shadowRoot.querySelector('[part=submit]'));
        return [fontSize, display, borderRadius];";
    let before = host.run(look).await?;
    host.run(
        "window.area = studio.shadowRoot.querySelector('[part=prompt]');
         document.getElementById('there').contentDocument.body.append(studio);",
    )
    .await?;
    assert_eq!(host.run(look).await?, before);
    assert_eq!(host.run("return [area.isConnected, readies]").await?, json!([true, 1]));
    assert_eq!(host.run("return studio.generate({ prompt: 'abroad' })").await?["state"], json!("generating"));
    // Back by way of nowhere: it is taken down, and stands again.
    host.run("return Promise.resolve(document.adoptNode(studio)).then(() => document.body.append(studio))")
        .await?;
    host.wait("return readies === 2 && studio.tasks.length === 1").await?;
    assert_eq!(host.run(look).await?, before);
    host.expect_no_trouble().await
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_leaves_nothing_behind() -> Result<()> {
    let host = Host::open("removed").await?;
    host.wait("return !!window.place && !!customElements.get('vireo-studio')").await?;
    host.run("place()").await?;
    host.wait_heard("ready", "a").await?;
    host.order("a", "gone while it generates [sim:slow]").await?;
    host.wait_heard("accepted", "a").await?;
    host.run("document.getElementById('a').remove()").await?;
    let held = host
        .wait("const now = held(); return now.intervals + now.timeouts === 0 && !now.listeners.includes('paste') && now")
        .await?;
    for _ in 0..5 {
        host.run("heard.length = 0; place()").await?;
        host.wait_heard("ready", "a").await?;
        host.run("document.getElementById('a').remove()").await?;
    }
    // What was under way ends within a moment.
    let now = "const { intervals, timeouts, listeners } = held(); return { intervals, timeouts, listeners }";
    let settled =
        host.studio.until("nothing to be left", async || Ok((host.run(now).await? == held).then_some(())));
    settled.await?;
    host.expect_no_trouble().await?;
    // The task is found again.
    host.run("heard.length = 0; place()").await?;
    host.wait("const studio = document.getElementById('a'); return studio.tasks?.length === 1 && ['generating', 'succeeded'].includes(studio.tasks[0].state)").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_set_before_the_definition_work() -> Result<()> {
    let host = Host::open("property-before-define").await?;
    host.wait_heard("ready", "a").await?;
    let value = host
        .wait("return document.getElementById('a').shadowRoot.querySelector('[part=prompt]')?.value")
        .await?;
    assert_eq!(value, "set before the element was defined");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_stays_with_its_owner() -> Result<()> {
    let host = Host::open("name-taken").await?;
    host.wait_heard("ready", "b").await?;
    assert_eq!(host.run("return document.getElementById('a').shadowRoot").await?, Value::Null);
    Ok(())
}

#[rstest]
#[case("react-19")]
#[case("vue-3")]
#[tokio::test(flavor = "multi_thread")]
async fn a_framework_sets_properties_and_hears_events(#[case] case: &str) -> Result<()> {
    if !Hosts::has_bundle(case) {
        println!("{case} is not bundled, so this was not tried: `cargo xtask test` does it where Node.js is");
        return Ok(());
    }
    let host = Host::open(case).await?;
    host.wait_heard("ready", "a").await?;
    host.order("a", "by way of a framework").await?;
    host.wait_heard("succeeded", "a").await?;
    host.wait(
        "return document.getElementById('last').textContent === document.getElementById('a').tasks[0].taskId",
    )
    .await?;
    host.wait_playing("a").await?;
    host.run("document.getElementById('dark').click()").await?;
    host.wait("return document.getElementById('a').shadowRoot.querySelector('[part=root]').dataset.theme === 'dark'")
        .await?;
    host.run("leave()").await?;
    host.wait("return !document.getElementById('a') && heardOf('crash') === 0").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_live_side_by_side() -> Result<()> {
    let host = Host::open("two-versions").await?;
    host.wait_heard("ready", "a").await?;
    host.wait_heard("ready", "b").await?;
    host.order("b", "by the other copy").await?;
    host.wait_heard("succeeded", "b").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_webassembly_the_fallback_and_a_sentence_stand() -> Result<()> {
    let host = Host::open("no-wasm").await?;
    host.wait_heard("crash", "a").await?;
    let shown = host
        .run(
            "const root = document.getElementById('a').shadowRoot;
             return [root.querySelector('[role=alert]').textContent, getComputedStyle(root.querySelector('slot')).display];",
        )
        .await?;
    assert!(shown[0].as_str().is_some_and(|words| words.contains("Nothing was sent")), "{shown}");
    assert_ne!(shown[1], "none");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_relay_nothing_is_asked_of_anybody() -> Result<()> {
    let host = Host::open("no-relay").await?;
    host.wait_heard("ready", "a").await?;
    host.order("a", "to nobody").await?;
    let words = host
        .wait("return document.getElementById('a').shadowRoot.querySelector('.notices')?.textContent")
        .await?;
    assert!(words.as_str().is_some_and(|words| words.contains("relay")), "{words}");
    let asked = "return performance.getEntriesByType('resource').map((one) => one.name).filter((name) => /\\/(api|relay|sim)\\//.test(new URL(name).pathname))";
    assert_eq!(host.run(asked).await?, json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn far_from_the_viewport_only_the_entry_is_loaded() -> Result<()> {
    let host = Host::open("lazy").await?;
    host.wait("return !!customElements.get('vireo-studio')").await?;
    let loaded = "return performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.includes('/embed/')).length";
    assert_eq!(host.run(loaded).await?, 1);
    host.run("document.getElementById('a').scrollIntoView()").await?;
    host.wait_heard("ready", "a").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn layouts_differ() -> Result<()> {
    let host = Host::open("layouts").await?;
    host.wait_heard("ready", "a").await?;
    host.wait_heard("ready", "b").await?;
    host.order("b", "for the player").await?;
    host.wait_heard("succeeded", "b").await?;
    host.wait_playing("a").await?;
    let seen = "const shows = (id, part) => document.getElementById(id).shadowRoot.querySelector(`[part=${part}]`)?.checkVisibility() ?? false;
        return ['form', 'toolbar', 'card'].map((part) => [shows('a', part), shows('b', part)]);";
    assert_eq!(host.run(seen).await?, json!([[false, true], [false, false], [true, true]]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_may_decline_and_may_ask() -> Result<()> {
    let host = Host::open("plain").await?;
    host.wait_heard("ready", "a").await?;
    host.run("window.no = (event) => event.preventDefault(); document.addEventListener('vireo-submit', no)")
        .await?;
    host.order("a", "never sent").await?;
    let declined = "return document.getElementById('a').generate({ prompt: 'nor this' }).then(() => 'made', (error) => error.message)";
    assert!(host.run(declined).await?.as_str().is_some_and(|words| words.contains("stopped the request")));
    assert_eq!(host.run("return document.getElementById('a').tasks.length").await?, 0);
    host.run("document.removeEventListener('vireo-submit', no)").await?;
    let bad = "return document.getElementById('a').generate({ prompt: '' }).then(() => 'made', (error) => error.message)";
    assert_ne!(host.run(bad).await?, "made");
    let poor = "return document.getElementById('a').generate({ prompt: 'too dear [sim:no-credits]' }).then(() => 'made', (error) => error.message + error.task.state)";
    let words = host.run(poor).await?;
    assert!(
        words
            .as_str()
            .is_some_and(|words| words.ends_with("Nothing was charged.rejected") && !words.starts_with('N')),
        "{words}"
    );
    let made = "return document.getElementById('a').generate({ prompt: 'by the host', model: 'veo3_lite' })";
    let task = host.run(made).await?;
    assert_eq!((&task["state"], &task["model"]), (&json!("generating"), &json!("veo3_lite")));
    host.wait_heard("succeeded", "a").await?;
    let opened = "const studio = document.getElementById('a'); return studio.open(studio.tasks[0].taskId)";
    assert_eq!(host.run(opened).await?, true);
    let library =
        host.run("return document.getElementById('a').exportLibrary().then((blob) => blob.text())").await?;
    let library = library.as_str().context("a text")?;
    assert!(library.contains("by the host") && !library.contains("demo"), "{library}");
    Ok(())
}

#[test]
fn a_server_may_import_the_entry() -> Result<()> {
    let entry = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist/embed/vireo-studio.js");
    let script = format!("const all = await import({entry:?}); if (!all.VireoStudioElement.version) throw 1");
    match std::process::Command::new("node").args(["--input-type=module", "-e", &script]).status() {
        Ok(status) => assert!(status.success()),
        Err(error) => println!("Node.js is not here, so this was not tried: {error}"),
    }
    Ok(())
}
