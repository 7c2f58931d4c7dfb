//! `load`: how long a first visitor on a slow phone waits, for the page and for its twin, in turns.

use anyhow::{Context, Result};
use serde_json::json;

use super::serve::{serve, twin_folder};
use super::webdriver::Chromium;
use crate::process::say;
use crate::{browser, page, table};

const ROUNDS: usize = 7;
const GOALS: [f64; 2] = [1.2, 2.0];

/// Runs before the page's own scripts. Types as soon as there is a box, then clicks again and again like an impatient
/// person, until the page answers: with a dialog that asks for a key, or with a message.
const WATCH: &str = r#"
const times = {};
const type = (box) => {
  times.box = performance.now();
  box.value = 'A vireo sings at dawn';
  box.dispatchEvent(new Event('input', { bubbles: true }));
};
const click = () => {
  if (document.querySelector('dialog[open], [role=status]:not(:empty), article')) {
    times.answered = performance.now();
    globalThis.tellTimes?.(times);
    globalThis.times = times;
    return;
  }
  [...document.querySelectorAll('button')].find((one) => one.textContent.startsWith('Generate'))?.click();
  setTimeout(click, 10);
};
new MutationObserver((_, observer) => {
  const box = document.querySelector('textarea');
  if (!box) return;
  observer.disconnect();
  type(box);
  click();
}).observe(document, { childList: true, subtree: true });
"#;

const ASK: &str =
    "const tell = arguments[0]; if (globalThis.times) tell(times); else globalThis.tellTimes = tell;";

/// Milliseconds until there is a box to type in and until a submit is answered.
pub fn load() -> Result<()> {
    let browser = browser::ensure()?;
    let pages = [serve(&page::build()?)?, serve(&twin_folder())?];
    say(&format!("Loading page and twin {ROUNDS} times in turns (about a minute)"));
    let mut times = [[const { Vec::new() }; 2], [const { Vec::new() }; 2]];
    for _ in 0..ROUNDS {
        for (address, times) in pages.iter().zip(&mut times) {
            for (time, all) in measure(&browser, address)?.into_iter().zip(times) {
                all.push(time);
            }
        }
    }
    let [page, twin] = times.map(|times| times.map(median));
    let rows: Vec<Vec<String>> = ["prompt box in the page", "submit handled"]
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            vec![
                name.to_owned(),
                format!("{:.0}", page[index]),
                format!("{:.0}", twin[index]),
                format!("{:.2}", page[index] / twin[index]),
                format!("{:.1}", GOALS[index]),
            ]
        })
        .collect();
    table::print(&["load at 1.6 Mb/s, 150 ms, 4× CPU; median ms", "Vireo", "twin", "ratio", "goal"], &rows);
    Ok(())
}

/// One visit with a fresh browser.
fn measure(browser: &browser::Browser, address: &str) -> Result<[f64; 2]> {
    let chromium = Chromium::start(browser)?;
    let bytes_per_second = 1.6e6 / 8.0;
    chromium.devtools("Network.enable", &json!({}))?;
    chromium.devtools("Network.setCacheDisabled", &json!({ "cacheDisabled": true }))?;
    chromium.devtools(
        "Network.emulateNetworkConditions",
        &json!({
            "offline": false,
            "latency": 150,
            "downloadThroughput": bytes_per_second,
            "uploadThroughput": bytes_per_second,
        }),
    )?;
    chromium.devtools("Emulation.setCPUThrottlingRate", &json!({ "rate": 4 }))?;
    chromium.devtools("Page.enable", &json!({}))?;
    chromium.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH }))?;
    chromium.open(address)?;
    let times = chromium.ask(ASK)?;
    let time = |name: &str| times[name].as_f64().with_context(|| format!("{address} tells no {name}"));
    Ok([time("box")?, time("answered")?])
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
