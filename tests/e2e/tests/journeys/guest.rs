//! The element on bad days: what its host, its relay and its files may do to it.

use crate::embed::Host;
use crate::relay::{Relay, free_address};
use anyhow::Result;
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
