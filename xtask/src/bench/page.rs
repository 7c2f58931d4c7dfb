//! `page`: Lighthouse on the page as the relay serves it, its first paint beside the twin's, what moves when a video
//! arrives, and how long a person waits for the page to react with a hundred videos in it.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::serve::{serve, twin_folder};
use super::webdriver::Chromium;
use crate::process::{command, find, say};
use crate::relay::Relay;
use crate::{browser, dist, table, tools};

const RUNS: usize = 3;
const LOADS: usize = 7;
const CARDS: usize = 100;
/// What each of Lighthouse's marks has to reach.
const MARK: f64 = 98.0;
const CATEGORIES: [&str; 3] = ["performance", "accessibility", "best-practices"];

/// Runs before the page's own scripts.
const WATCH: &str = r#"
globalThis.seen = { shift: 0, events: new Map() };
new PerformanceObserver((list) => list.getEntries().forEach((one) => { seen.paint ??= one.startTime; })).observe({ type: 'paint', buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) seen.shift += one.value; })).observe({ type: 'layout-shift', buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach(({ interactionId, duration }) => {
  if (interactionId) seen.events.set(interactionId, Math.max(duration, seen.events.get(interactionId) ?? 0));
})).observe({ type: 'event', buffered: true, durationThreshold: 16 });
new MutationObserver((_, observer) => {
  const box = document.querySelector('textarea');
  if (!box) return;
  observer.disconnect();
  seen.box = performance.now();
}).observe(document, { childList: true, subtree: true });
"#;

/// Orders one video in the demo and tells what has moved until it is there.
const ARRIVE: &str = r#"
const tell = arguments[0];
const until = (look) => new Promise((done) => { const again = () => look() ? done(look()) : setTimeout(again, 50); again(); });
const named = (name) => [...document.querySelectorAll('button')].find((one) => one.textContent.startsWith(name));
(async () => {
  (await until(() => named('Try the demo'))).click();
  await until(() => !document.querySelector('dialog[open]'));
  const box = document.querySelector('#prompt');
  box.value = 'A vireo sings at dawn [sim:fast]';
  box.dispatchEvent(new Event('input', { bubbles: true }));
  named('Generate').click();
  await until(() => document.querySelector('article'));
  await new Promise((done) => setTimeout(done, 600));
  seen.shift = 0;
  await until(() => document.querySelector('article[data-state=succeeded] video'));
  await new Promise((done) => setTimeout(done, 2_000));
  tell(seen.shift);
})();
"#;

/// Puts so many finished videos into the journal.
const SEED: &str = r#"
const tell = arguments[0];
const fill = () => {
  const open = indexedDB.open('vireo');
  open.onsuccess = () => {
    if (!open.result.objectStoreNames.contains('intents')) { open.result.close(); setTimeout(fill, 100); return; }
    const change = open.result.transaction('intents', 'readwrite');
    const store = change.objectStore('intents');
    store.getAll().onsuccess = ({ target: { result: [one] } }) => {
      for (let n = 1; n < CARDS; n += 1) {
        const copy = structuredClone(one);
        copy.id = '01900000-0000-7000-8000-' + String(n).padStart(12, '0');
        copy.order.generate.prompt = 'A paper boat, number ' + n + ', drifts down a gutter in the rain';
        store.put(copy);
      }
    };
    change.oncomplete = () => { open.result.close(); tell(''); };
  };
};
fill();
"#;

/// Prints the figures; fails where a mark is missed or something moves.
pub fn page() -> Result<()> {
    let browser = browser::ensure()?;
    // Compressed, as it is deployed.
    let folder = dist::dist()?;
    let relay = Relay::start(&folder)?;
    let marks = marks(&browser, relay.address())?;
    paints(&browser, relay.address())?;
    let (shift, events) = use_it(&browser, relay.address())?;
    let p98 =
        events.get(((events.len() as f64) * 0.98) as usize).or(events.last()).copied().unwrap_or_default();
    table::print(
        &["use, 4× slower processor", "figure"],
        &[
            vec!["layout shift while a video arrives".to_owned(), format!("{shift:.4}")],
            vec![
                format!("interaction to next paint, p98 of {}, {CARDS} cards, ms", events.len()),
                format!("{p98:.0}"),
            ],
        ],
    );
    ensure!(shift == 0.0, "something moves when a video arrives: {shift}");
    for (category, mark) in CATEGORIES.iter().zip(marks) {
        ensure!(mark >= MARK, "Lighthouse gives {mark} for {category}, less than {MARK}");
    }
    Ok(())
}

/// Lighthouse's marks, the median of some runs each.
fn marks(browser: &browser::Browser, address: &str) -> Result<[f64; 3]> {
    let program = tools::lighthouse()?;
    say(&format!(
        "Lighthouse looks at the page {RUNS} times as on a phone and as on a desk (about 2 minutes)"
    ));
    let mut phone = [0.0; 3];
    let mut rows = Vec::new();
    for kind in ["phone", "desk"] {
        let mut runs = [const { Vec::new() }; 3];
        for _ in 0..RUNS {
            let mut lighthouse = command(find("node").context("Lighthouse needs Node.js")?);
            lighthouse.arg(&program).arg(address).env("CHROME_PATH", &browser.chromium).args([
                "--quiet",
                "--output=json",
                "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
                "--only-categories=performance,accessibility,best-practices",
            ]);
            if kind == "desk" {
                lighthouse.arg("--preset=desktop");
            }
            let output = lighthouse.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
            let report: Value =
                serde_json::from_slice(&output.stdout).context("Lighthouse gives no report")?;
            for (category, all) in CATEGORIES.iter().zip(&mut runs) {
                all.push(report["categories"][category]["score"].as_f64().unwrap_or_default() * 100.0);
            }
            for wrong in missed(&report) {
                say(&format!("{kind}: {wrong}"));
            }
        }
        let medians = runs.map(median);
        if kind == "phone" {
            phone = medians;
        }
        rows.push([kind.to_owned()].into_iter().chain(medians.map(|mark| format!("{mark:.0}"))).collect());
    }
    table::print(&["Lighthouse; medians", CATEGORIES[0], CATEGORIES[1], CATEGORIES[2]], &rows);
    Ok(phone)
}

/// What took marks away, but for times.
fn missed(report: &Value) -> Vec<String> {
    let audits = report["audits"].as_object().into_iter().flatten();
    let failed = audits.filter(|(_, audit)| audit["scoreDisplayMode"] == "binary" && audit["score"] == 0);
    failed.filter_map(|(_, audit)| audit["title"].as_str().map(str::to_owned)).collect()
}

/// First paint and the box to type in, beside the twin's.
fn paints(browser: &browser::Browser, address: &str) -> Result<()> {
    let twin = serve(&twin_folder())?;
    say(&format!("Loading page and twin {LOADS} times in turns (about a minute)"));
    let mut times = [const { [const { Vec::new() }; 2] }; 2];
    for _ in 0..LOADS {
        for (address, times) in [address, &twin].into_iter().zip(&mut times) {
            let chromium = slow(browser, true)?;
            chromium.open(address)?;
            let told = chromium.ask(
                "const tell = arguments[0]; const look = () => seen.paint && seen.box ? tell(seen) : setTimeout(look, 50); look();",
            )?;
            for (name, all) in ["paint", "box"].iter().zip(times) {
                all.push(told[name].as_f64().with_context(|| format!("{address} tells no {name}"))?);
            }
        }
    }
    let [page, twin] = times.map(|times| times.map(median));
    let row = |name: &str, n: usize| {
        vec![
            name.to_owned(),
            format!("{:.0}", page[n]),
            format!("{:.0}", twin[n]),
            format!("{:.2}", page[n] / twin[n]),
        ]
    };
    let rows = [row("first contentful paint", 0), row("prompt can be typed in", 1)];
    table::print(&["load at 1.6 Mb/s, 150 ms, 4× CPU; median ms", "Vireo", "twin", "ratio"], &rows);
    Ok(())
}

/// A browser on a slow machine, on request behind a slow line.
fn slow(browser: &browser::Browser, line: bool) -> Result<Chromium> {
    let chromium = Chromium::start(browser)?;
    if line {
        chromium.devtools("Network.enable", &json!({}))?;
        let conditions = json!({ "offline": false, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000 });
        chromium.devtools("Network.emulateNetworkConditions", &conditions)?;
    }
    chromium.devtools("Emulation.setCPUThrottlingRate", &json!({ "rate": 4 }))?;
    chromium.devtools("Page.enable", &json!({}))?;
    chromium.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH }))?;
    Ok(chromium)
}

/// What moved while a video arrived, and the times of all interactions with many cards, in order.
fn use_it(browser: &browser::Browser, address: &str) -> Result<(f64, Vec<f64>)> {
    say("Ordering a video, then using the page with a hundred (about a minute)");
    let chromium = slow(browser, false)?;
    chromium.open(address)?;
    let shift = chromium.ask(ARRIVE)?.as_f64().context("no layout shift")?;
    chromium.ask(&SEED.replace("CARDS", &CARDS.to_string()))?;
    chromium.open(address)?;
    let stands = format!(
        "const tell = arguments[0]; const look = () => document.querySelectorAll('article').length >= {CARDS} && document.querySelector('dialog[open]') ? tell('') : setTimeout(look, 50); look();"
    );
    chromium.ask(&stands)?;
    chromium.ask("document.querySelector('dialog[open]').close(); document.querySelector('#prompt').focus(); setTimeout(arguments[0], 500);")?;
    for letter in "a red fox crosses a frozen lake at dawn in the first light".chars() {
        key(&chromium, &letter.to_string())?;
    }
    click(&chromium, ".composer__toggle")?;
    for _ in 0..10 {
        for place in ["input[name=mode]:not(:checked)", "input[name=ratio]:not(:checked)"] {
            click(&chromium, place)?;
        }
    }
    click(&chromium, ".composer__toggle")?;
    for _ in 0..10 {
        click(&chromium, ".library__carry > summary")?;
    }
    click(&chromium, "#library-search")?;
    for letter in "number 42".chars() {
        key(&chromium, &letter.to_string())?;
    }
    let told = chromium.ask("setTimeout(arguments[0], 500, [...seen.events.values()]);")?;
    // Those under 16 ms are not told.
    let mut events: Vec<f64> = told.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    events.sort_by(f64::total_cmp);
    ensure!(!events.is_empty(), "the browser tells of no interaction");
    Ok((shift, events))
}

fn key(chromium: &Chromium, letter: &str) -> Result<()> {
    for kind in ["keyDown", "keyUp"] {
        chromium
            .devtools("Input.dispatchKeyEvent", &json!({ "type": kind, "key": letter, "text": letter }))?;
    }
    Ok(())
}

fn click(chromium: &Chromium, place: &str) -> Result<()> {
    let at = chromium.ask(&format!(
        "const one = document.querySelector('{place}'); one.scrollIntoView({{ block: 'center' }});
         const {{ x, y, width, height }} = one.getBoundingClientRect(); arguments[0]([x + width / 2, y + height / 2, width]);"
    ))?;
    ensure!(at[2].as_f64() > Some(0.0), "{place} cannot be seen");
    for kind in ["mousePressed", "mouseReleased"] {
        let event = json!({ "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1 });
        chromium.devtools("Input.dispatchMouseEvent", &event)?;
    }
    Ok(())
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
