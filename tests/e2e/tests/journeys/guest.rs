//! The element on bad days: what its host, its relay and its files may do to it.

use crate::embed::Host;
use crate::relay::{Relay, free_address};
use anyhow::Result;
use rstest::rstest;
use serde_json::json;
use vireo_e2e::{Hosts, Setup, Stage};

/// What stands in the element's place where it cannot run.
const ALERT: &str = "document.getElementById('a').shadowRoot.querySelector('[role=alert]')";

#[tokio::test(flavor = "multi_thread")]
async fn unknown_values_are_as_if_not_there() -> Result<()> {
    let host = Host::open("unknown-values").await?;
    host.wait_heard("ready", "a").await?;
    let form = "const root = document.getElementById('a').shadowRoot;
        const { theme, layout } = root.querySelector('[part=root]').dataset;
        return [theme, layout, root.querySelector('select').value, root.querySelectorAll('[name=ratio]:checked').length];";
    assert_eq!(host.run(form).await?, json!(["auto", "full", "veo3_fast", 1]));
    host.run("document.getElementById('a').setAttribute('model', 'veo3_lite')").await?;
    let model = "document.getElementById('a').shadowRoot.querySelector('select').value";
    host.wait(&format!("return {model} === 'veo3_lite'")).await?;
    // The prompt tells when the form has heard of both.
    host.run("const studio = document.getElementById('a'); studio.setAttribute('model', 'veo9'); studio.setAttribute('prompt', 'heard');")
        .await?;
    host.wait(
        "return document.getElementById('a').shadowRoot.querySelector('[part=prompt]').value === 'heard'",
    )
    .await?;
    assert_eq!(host.run(&format!("return {model}")).await?, "veo3_lite");
    host.order("a", "in spite of it all").await?;
    host.wait_heard("succeeded", "a").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_down_is_told() -> Result<()> {
    let host = Host::open("relay-down").await?;
    host.wait_heard("ready", "a").await?;
    host.order("a", "to nobody").await?;
    let notices = "return document.getElementById('a').shadowRoot.querySelector('.notices')?.innerText";
    let words = host.wait(notices).await?;
    assert!(words.as_str().is_some_and(|words| words.contains("relay does not answer")), "{words}");
    let state = "return document.getElementById('a').tasks[0].state";
    assert_eq!(host.run(state).await?, "sending");
    Ok(())
}

/// The origins that were asked for anything, besides those of the host page and of the element's files.
async fn strangers(host: &Host) -> Result<serde_json::Value> {
    let script = "const files = new URL(document.querySelector('script[src*=\"/embed/\"]').src).origin;
        const asked = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /^https?:/.test(name));
        return [...new Set(asked.map((name) => new URL(name).origin))].filter((origin) => ![files, location.origin].includes(origin));";
    host.run(script).await
}

#[rstest]
#[case("relay-config")]
#[case("relay-config-broken")]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_relay_says_of_itself_leads_nowhere_else(#[case] case: &str) -> Result<()> {
    let host = Host::open(case).await?;
    host.wait_heard("ready", "a").await?;
    host.order("a", "to the relay that the host named").await?;
    let asked = "return performance.getEntriesByType('resource').some(({ name }) => name === new URL('relay/api/v1/veo/generate', location.href).href)";
    host.wait(asked).await?;
    let words = "return document.getElementById('a').shadowRoot.querySelector('article')?.innerText";
    host.wait(words).await?;
    assert_eq!(strangers(&host).await?, json!([]));
    assert_eq!(host.charges(), 0);
    host.expect_no_trouble().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_of_config_is_named_and_nothing_is_asked() -> Result<()> {
    let host = Host::open("wrong-config").await?;
    host.wait_heard("ready", "a").await?;
    let words = "return document.getElementById('a').shadowRoot.querySelector('[part=root]').innerText";
    let words = host.run(words).await?;
    let named = words.as_str().is_some_and(|words| words.contains("defaults. typicalSeconds.veo3: "));
    assert!(named, "{words}");
    host.order("a", "to nobody").await?;
    let asked =
        "return performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/')).length";
    assert_eq!(host.run(asked).await?, 0);
    assert_eq!(host.charges(), 0);
    host.expect_no_trouble().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_it_needs_nothing_is_sent() -> Result<()> {
    let host = Host::open("late").await?;
    host.wait("return !!window.introduced").await?;
    host.run(
        "const studio = document.getElementById('a');
         studio.getToken = () => Promise.reject(new Error('signed out'));
         studio.setAttribute('loading', 'eager');",
    )
    .await?;
    host.wait_heard("ready", "a").await?;
    host.order("a", "to a relay that asks who is there").await?;
    let words =
        "return document.getElementById('a').shadowRoot.querySelector('article, .notices')?.innerText";
    host.wait(words).await?;
    assert_eq!(host.charges(), 0);
    // Once there is a token it goes on.
    host.run("document.getElementById('a').getToken = async () => 'demo'").await?;
    let made = "return document.getElementById('a').generate({ prompt: 'signed in', model: 'veo3_lite' })";
    assert_eq!(host.run(made).await?["state"], "generating");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_of_another_origin_and_a_token_that_expires() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.visit().await?;
    let listen = free_address()?;
    let hosts = Hosts::open(&format!("http://{listen}"), stage.media_base()).await?;
    let flags = ["--access-token", "not-a-real-token", "--allow-origin", hosts.origin()];
    let _relay = Relay::start_at(&listen, &stage, &studio, &flags).await?;
    studio.driver().goto(hosts.url("token-expires")).await?;
    let host = Host::new(stage, studio);
    host.wait_heard("ready", "a").await?;
    host.order("a", "the guard changes at noon").await?;
    host.wait_heard("succeeded", "a").await?;
    host.wait_playing("a").await?;
    assert!(host.run("return asked").await?.as_u64() >= Some(2), "a new token is asked for");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_is_refused() -> Result<()> {
    let host = Host::open("flipped-byte").await?;
    host.wait_heard("crash", "a").await?;
    let shown = host.run(&format!("return [{ALERT}.innerText, heardOf('ready')]")).await?;
    assert!(shown[0].as_str().is_some_and(|words| words.contains("Nothing was sent")), "{shown}");
    assert_eq!(shown[1], 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_leaves_no_database_and_survives_a_reload() -> Result<()> {
    let host = Host::open("session").await?;
    host.wait_heard("ready", "a").await?;
    host.order("a", "for this tab only").await?;
    host.wait_heard("succeeded", "a").await?;
    host.wait_playing("a").await?;
    if host.run("return typeof indexedDB.databases").await? == "function" {
        assert_eq!(host.run("return indexedDB.databases().then((all) => all.length)").await?, 0);
    }
    assert_eq!(host.run("return localStorage.length").await?, 0);
    host.studio.driver().refresh().await?;
    host.wait_heard("ready", "a").await?;
    host.wait("return document.getElementById('a').tasks[0]?.state === 'succeeded'").await?;
    host.wait_playing("a").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_stops_all_and_loses_nothing() -> Result<()> {
    let host = Host::open("two-on-one-page").await?;
    host.wait_heard("ready", "a").await?;
    host.wait_heard("ready", "b").await?;
    host.order("a", "before the storm").await?;
    host.wait_heard("succeeded", "a").await?;
    // Once, no element is made: the app has no way to go on.
    host.run(
        "const make = document.createElement;
         const root = document.getElementById('a').shadowRoot;
         root.querySelector('[part=prompt]').value = 'in the storm';
         root.querySelector('[part=prompt]').dispatchEvent(new Event('input', { bubbles: true }));
         document.createElement = () => { document.createElement = make; throw new Error('no more elements'); };
         root.querySelector('[part=submit]').click();",
    )
    .await?;
    host.wait_heard("crash", "a").await?;
    host.wait_heard("crash", "b").await?;
    let words = host.run(&format!("return {ALERT}.innerText")).await?;
    assert!(words.as_str().is_some_and(|words| words.contains("what was paid for are kept")), "{words}");
    host.run(&format!("{ALERT}.querySelector('button').click()")).await?;
    host.wait("return heardOf('ready', 'a') === 2").await?;
    let kept = "return document.getElementById('a').tasks.some((task) => task.prompt === 'before the storm' && task.state === 'succeeded')";
    host.wait(kept).await?;
    Ok(())
}

#[rstest]
#[case("submit")]
#[case("progress")]
#[case("accepted")]
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_may_take_the_studio_down(#[case] event: &str) -> Result<()> {
    let host = Host::open("two-on-one-page").await?;
    host.wait_heard("ready", "a").await?;
    host.wait_heard("ready", "b").await?;
    let destroy = "const studio = document.getElementById('a');
        studio.addEventListener('vireo-' + arguments[0], () => studio.destroy(), { once: true });";
    host.studio.run(destroy, vec![json!(event)]).await?;
    host.order("a", "for somebody who leaves").await?;
    host.wait("return !document.getElementById('a').shadowRoot.querySelector('[part=prompt]')").await?;
    host.order("b", "for somebody who stays").await?;
    host.wait_heard("succeeded", "b").await?;
    host.expect_no_trouble().await?;
    let again = "return document.getElementById('a').generate({ prompt: 'and comes back' })";
    assert_eq!(host.run(again).await?["state"], "generating");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_while_the_app_is_loading_disturbs_nothing() -> Result<()> {
    let host = Host::open("late").await?;
    host.wait("return !!window.introduced").await?;
    let made = "const studio = document.getElementById('a');
        const made = studio.generate({ prompt: 'on the move' });
        return Promise.resolve().then(() => document.body.append(studio)).then(() => made);";
    assert_eq!(host.run(made).await?["state"], "generating");
    assert_eq!(host.run("return heardOf('ready')").await?, 1);
    host.expect_no_trouble().await
}

#[tokio::test(flavor = "multi_thread")]
async fn loading_may_change_its_mind() -> Result<()> {
    let host = Host::open("late").await?;
    host.wait("return !!window.introduced").await?;
    assert_eq!(host.run("return heardOf('ready')").await?, 0);
    host.run("document.getElementById('a').setAttribute('loading', 'eager')").await?;
    host.wait_heard("ready", "a").await?;
    // What stands stays, and comes back with other records.
    host.run("document.getElementById('a').setAttribute('loading', 'manual')").await?;
    host.run("document.getElementById('a').setAttribute('namespace', 'another')").await?;
    host.wait("return heardOf('ready', 'a') === 2").await?;
    host.expect_no_trouble().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_of_an_earlier_visit_can_be_opened_as_soon_as_the_studio_is_ready() -> Result<()> {
    let host = Host::open("late").await?;
    host.wait("return !!window.introduced").await?;
    let made = "return document.getElementById('a').generate({ prompt: 'seen before' })";
    let task = host.run(made).await?["taskId"].clone();
    host.studio.driver().refresh().await?;
    host.wait("return !!window.introduced").await?;
    let opened = "const studio = document.getElementById('a');
        return studio.open(arguments[0]).then((opened) => [opened, studio.tasks.length]);";
    assert_eq!(host.studio.run(opened, vec![task]).await?, json!([true, 1]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_without_an_origin_or_forms_makes_a_video() -> Result<()> {
    let host = Host::open("sandboxed").await?;
    host.wait_heard("succeeded", "a").await?;
    host.expect_no_trouble().await
}
