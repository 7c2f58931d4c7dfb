//! `library`: what ten thousand videos cost beside ten: the wait for the first card, memory, a tick, scrolling.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::serve::serve;
use super::webdriver::Chromium;
use crate::process::say;
use crate::{browser, page, table};

const SIZES: [usize; 2] = [10_000, 10];
const ROUNDS: usize = 5;

/// Fills the journal, which the app has opened before; every tenth video is still being made.
const SEED: &str = r#"
const tell = arguments[0];
const now = Date.now();
const record = (n) => {
  const running = n % 10 === 0;
  const at = now - n * 60000;
  return {
    version: 1, id: '01900000-0000-7000-8000-' + String(1e9 - n).padStart(12, '0'), parent: null,
    order: { generate: { prompt: `A paper boat, number ${n}, drifts down a gutter in the rain, seen from above`, mode: 'text',
      image_urls: [], model: 'veo3_fast', aspect_ratio: '16:9', resolution: '720p', duration_s: 8, seed: null,
      watermark: null, translate: true, callback_url: null } },
    state: running ? 'generating' : 'succeeded', created_ms: at, tab: '', sent_ms: at, accepted_ms: running ? now : at,
    ended_ms: running ? null : at + 60000, task_id: 'task' + n,
    outcome: running ? null : { urls: ['https://video.invalid/' + n + '.mp4'], refused_urls: [], resolution: '720p',
      has_audio: true, seed: 12345, started_ms: at, completed_ms: at + 60000 },
    trouble: null,
    follow: { last_ms: now, next_ms: now + 3600000, looks: 3, errors: 0, empty: 0, late: 0, recheck: false, trouble: null },
    estimate: 60, balance_before: 1000,
  };
};
const fill = () => {
  const open = indexedDB.open('vireo');
  open.onsuccess = () => {
    if (!open.result.objectStoreNames.contains('intents')) { open.result.close(); setTimeout(fill, 100); return; }
    const change = open.result.transaction('intents', 'readwrite');
    for (let n = 0; n < SIZE; n += 1) change.objectStore('intents').put(record(n));
    change.oncomplete = () => { open.result.close(); tell(SIZE); };
    change.onabort = () => tell(String(change.error));
  };
};
const ready = () => document.querySelector('[role=radiogroup]') ? fill() : setTimeout(ready, 50);
ready();
"#;

/// Runs before the page's own scripts: notes when the first card stands.
const WATCH: &str = r#"
new MutationObserver((_, observer) => {
  if (!document.querySelector('article')) return;
  observer.disconnect();
  globalThis.firstCard = performance.now();
}).observe(document, { childList: true, subtree: true });
"#;

/// Waits for the cards, then ticks and scrolls.
const MEASURE: &str = r#"
const tell = arguments[0];
const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];
const frame = () => new Promise((done) => requestAnimationFrame(done));
const turn = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
const measure = async () => {
  document.querySelector('dialog[open]')?.close();
  await new Promise((done) => setTimeout(done, 500));
  const ticks = [];
  for (let n = 0; n < 31; n += 1) {
    await turn();
    const start = performance.now();
    window.dispatchEvent(new Event('focus'));
    await turn();
    ticks.push(performance.now() - start);
  }
  const frames = [];
  for (let n = 0; n < 60; n += 1) {
    await frame();
    const start = performance.now();
    scrollBy(0, 150);
    await frame();
    await turn();
    frames.push(performance.now() - start);
  }
  tell({ first: globalThis.firstCard, tick: median(ticks), frame: median(frames), cards: document.querySelectorAll('article').length });
};
const wait = () => globalThis.firstCard ? measure() : setTimeout(wait, 20);
wait();
"#;

/// Prints the figures of a large library, each as a ratio to a small one.
pub fn library() -> Result<()> {
    let browser = browser::ensure()?;
    let address = serve(&page::build()?)?;
    say(&format!("Opening libraries of {SIZES:?} videos {ROUNDS} times (about a minute)"));
    let [large, small] = SIZES.map(|size| measure(&browser, &address, size));
    let (large, small) = (large?, small?);
    let rows: Vec<Vec<String>> = NAMES
        .iter()
        .zip(large.iter().zip(&small))
        .map(|(name, (large, small))| {
            vec![
                (*name).to_owned(),
                format!("{large:.1}"),
                format!("{small:.1}"),
                format!("{:.2}", large / small),
            ]
        })
        .collect();
    table::print(&["library; medians", "10 000", "10", "ratio"], &rows);
    Ok(())
}

const NAMES: [&str; 5] = [
    "first card, ms",
    "memory of the page's process, MB",
    "one tick, a tenth still running, ms",
    "one frame while scrolling, ms",
    "cards in the page",
];

/// The figures in the order of [`NAMES`].
fn measure(browser: &browser::Browser, address: &str, size: usize) -> Result<Vec<f64>> {
    let chromium = Chromium::start(browser)?;
    chromium.open(address)?;
    let seeded = chromium.ask(&SEED.replace("SIZE", &size.to_string()))?;
    anyhow::ensure!(seeded == json!(size), "the journal was not filled: {seeded}");
    chromium.devtools("Page.enable", &json!({}))?;
    chromium.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH }))?;
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); NAMES.len()];
    for _ in 0..ROUNDS {
        chromium.open(address)?;
        let told: Value = chromium.ask(MEASURE)?;
        let figure = |name: &str| told[name].as_f64().with_context(|| format!("the page tells no {name}"));
        let memory = chromium.page_bytes()? / 1e6;
        let figures = [figure("first")?, memory, figure("tick")?, figure("frame")?, figure("cards")?];
        for (all, figure) in rounds.iter_mut().zip(figures) {
            all.push(figure);
        }
    }
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    Ok(rounds.into_iter().map(median).collect())
}
