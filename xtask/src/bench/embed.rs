//! `embed`: what a host page pays for the element: bytes, time, and what a hundred of them leave behind.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::serve::serve_with;
use super::webdriver::Chromium;
use crate::dist::{brotli, gzip};
use crate::process::say;
use crate::{browser, page, table};

/// Bytes after brotli that a host page may pay before the element is near the viewport.
const ENTRY_BUDGET: usize = 3 * 1024;
const ROUNDS: usize = 7;
/// Elements that come and go: first those that warm everything up, then those that are counted.
const CYCLES: [u32; 2] = [120, 300];

/// So often what stays is looked at: what a later look does not find was not kept.
const LOOKS: u32 = 5;
/// No compiler besides the interpreter: its code grows for as long as functions are called, in the same heap.
const INTERPRETED: &str = "--js-flags=--no-opt,--no-maglev,--no-sparkplug,--no-flush-bytecode";

const HOST: &str = "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>A host</title>\
    <script type=module src=embed/vireo-studio.js></script>\
    <vireo-studio relay=./ loading=eager></vireo-studio>";
const EMPTY: &str = "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>A host</title>\
    <script type=module src=embed/vireo-studio.js></script><main></main>";

/// The moment at which the app has its form on the screen, and the prompt takes what is typed.
const PROMPT: &str = "const tell = arguments[0];
const look = () => {
  const studio = document.querySelector('vireo-studio');
  const root = studio ? studio.shadowRoot : document;
  const prompt = root?.querySelector('[role=radiogroup]') && root.querySelector('[part=prompt]');
  if (prompt && !prompt.disabled) tell(performance.now());
  else setTimeout(look, 5);
};
look();";

/// Puts elements into the page one after the other, each taken out again once it stands.
const COME_AND_GO: &str = "const tell = arguments[0];
(async () => {
  await customElements.whenDefined('vireo-studio');
  for (let n = 0; n < CYCLES; n++) {
    const studio = document.createElement('vireo-studio');
    studio.setAttribute('relay', './');
    studio.setAttribute('loading', 'eager');
    document.querySelector('main').append(studio);
    await studio.ready;
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    studio.remove();
    await new Promise((next) => setTimeout(next));
  }
  setTimeout(tell, 1000);
})();";

/// Prints the three tables.
pub fn embed() -> Result<()> {
    let dist = page::build()?;
    let entry = bytes(&dist.join("embed"))?;
    let browser = browser::ensure()?;
    let address = serve_with(&dist, &[("host.html", HOST), ("empty.html", EMPTY)])?;
    time(&browser, &address)?;
    leftovers(&browser, &address)?;
    ensure!(entry <= ENTRY_BUDGET, "the entry weighs {entry} bytes after brotli, more than {ENTRY_BUDGET}");
    Ok(())
}

/// The files a host page loads at once, and those it loads when the element comes near.
fn bytes(folder: &Path) -> Result<usize> {
    let mut rows = Vec::new();
    let entry = weigh(folder, "at once", &["vireo-studio.js"], &mut rows)?;
    let app = ["vireo-studio-app.js", "vireo-studio_bg.wasm", "vireo-studio.css"];
    let near = weigh(folder, "near the viewport", &app, &mut rows)?;
    let sum =
        vec!["together".to_owned(), String::new(), String::new(), String::new(), (entry + near).to_string()];
    rows.push(sum);
    table::print(&["what a host page loads, bytes", "when", "raw", "gzip", "brotli"], &rows);
    println!("goal for what it loads at once: {ENTRY_BUDGET} brotli");
    Ok(entry)
}

fn weigh(folder: &Path, when: &str, names: &[&str], rows: &mut Vec<Vec<String>>) -> Result<usize> {
    let mut sum = 0;
    for name in names {
        let content = fs::read(folder.join(name)).with_context(|| (*name).to_owned())?;
        let small = brotli(&content)?.len();
        sum += small;
        let sizes = [content.len(), gzip(&content)?.len(), small].map(|bytes| bytes.to_string());
        rows.push([vec![(*name).to_owned(), when.to_owned()], sizes.to_vec()].concat());
    }
    Ok(sum)
}

/// From the address to a prompt that can be used: of an element in a page, and of the page of our own.
fn time(browser: &browser::Browser, address: &str) -> Result<()> {
    say(&format!("Opening a host page and the page {ROUNDS} times in turns (about a minute)"));
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (name, all) in ["host.html", "index.html"].iter().zip(&mut times) {
            let chromium = Chromium::start(browser)?;
            chromium.open(&format!("{address}{name}"))?;
            all.push(chromium.ask(PROMPT)?.as_f64().context("the page tells no time")?);
        }
    }
    let [element, page] = times.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    });
    let figures = [format!("{element:.0}"), format!("{page:.0}"), format!("{:.2}", element / page)];
    let row = [vec!["usable prompt".to_owned()], figures.to_vec()].concat();
    table::print(&["first visit on this machine; median ms", "element", "page", "ratio"], &[row]);
    Ok(())
}

/// What an element might leave behind, and what Chromium calls it.
const KEPT: [(&str, &str); 4] = [
    ("heap, bytes", "JSHeapUsedSize"),
    ("listeners", "JSEventListeners"),
    ("nodes", "Nodes"),
    ("documents", "Documents"),
];

/// What is there once the garbage is out.
fn look(chromium: &Chromium) -> Result<Vec<f64>> {
    chromium.ask("requestAnimationFrame(() => setTimeout(arguments[0], 100))")?;
    for _ in 0..3 {
        chromium.devtools("HeapProfiler.collectGarbage", &json!({}))?;
    }
    let told = chromium.devtools("Performance.getMetrics", &json!({}))?;
    let figure = |(_, name): &(&str, &str)| {
        let metrics = told["metrics"].as_array().into_iter().flatten();
        let found =
            metrics.filter(|metric| metric["name"] == *name).find_map(|metric| metric["value"].as_f64());
        found.with_context(|| format!("Chromium tells no {name}"))
    };
    KEPT.iter().map(figure).collect()
}

/// What stays of elements that came and went.
fn leftovers(browser: &browser::Browser, address: &str) -> Result<()> {
    let [warm, counted] = CYCLES;
    say(&format!("Adding and removing {warm} and then {counted} elements (about a minute)"));
    let chromium = Chromium::start_with(browser, Some(INTERPRETED))?;
    chromium.open(&format!("{address}empty.html"))?;
    chromium.devtools("Performance.enable", &json!({}))?;
    let measure = |cycles: u32| -> Result<Vec<f64>> {
        chromium.ask(&COME_AND_GO.replace("CYCLES", &cycles.to_string()))?;
        let mut least = look(&chromium)?;
        for _ in 1..LOOKS {
            for (least, seen) in least.iter_mut().zip(look(&chromium)?) {
                *least = least.min(seen);
            }
        }
        Ok(least)
    };
    let (before, after) = (measure(warm)?, measure(counted)?);
    let rows: Vec<Vec<String>> = KEPT
        .iter()
        .zip(before.iter().zip(&after))
        .map(|((name, _), (before, after))| {
            let slope = (after - before) / f64::from(counted);
            vec![(*name).to_owned(), format!("{before:.0}"), format!("{after:.0}"), format!("{slope:.2}")]
        })
        .collect();
    let head = [
        "elements that came and went".to_owned(),
        format!("after {warm}"),
        format!("after {}", warm + counted),
    ];
    let head: Vec<&str> = head.iter().map(String::as_str).chain(["per element"]).collect();
    table::print(&head, &rows);
    Ok(())
}
