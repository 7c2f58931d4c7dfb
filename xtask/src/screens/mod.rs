//! Every screen in every state: pictures for people to look at, and what a program can find wrong with them.

mod stops;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::bench::webdriver::Chromium;
use crate::process::{root, say};
use crate::relay::Relay;
use crate::{browser, tools};
use stops::{FRESH, FULL, Stop};

const HELPERS: &str = include_str!("helpers.js");
const SEED: &str = include_str!("seed.js");

const WIDTHS: [u32; 3] = [360, 768, 1440];
/// The narrowest screen that everything must fit, and the reach of a 640 px window at 200 %.
const NARROWEST: u32 = 320;
const THEMES: [&str; 2] = ["light", "dark"];

/// What axe is asked: the rules of WCAG 2.2 AA and what its makers hold for good practice. What the composer covers at
/// the moment can be scrolled free.
const AXE: &str = "
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
axe.run(document, { runOnly: tags, resultTypes: ['violations'] }).then(
  ({ violations }) => tell(violations.filter(({ nodes }) => !nodes.every(({ any }) => any.some(({ message }) => message.includes('partially obscured')))).map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.any.concat(node.all).map((check) => check.message).join('; ')}`).join(' | ')}`)),
  (error) => tell([String(error)]),
);";

/// Elements that are wider than the screen, or whose text is cut without a sign.
const CUT: &str = "
const wide = document.documentElement.scrollWidth - innerWidth;
const cut = all('button, label, summary, h1, h2, h3, legend, .segments span, .note, .field__note').filter((one) => {
  const { width, right, left } = one.getBoundingClientRect();
  if (width === 0 || one.closest('.unseen, [hidden]') || getComputedStyle(one).position === 'absolute') return false;
  return one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline' || right > innerWidth + 1 || left < -1;
}).map((one) => `${one.tagName.toLowerCase()}.${one.className} “${one.textContent.trim().slice(0, 40)}”`);
tell(wide > 0 ? [`the page is ${wide} px too wide`, ...cut] : cut);";

/// What moves although the person asked for no motion.
const MOTION: &str = "tell(document.getAnimations().map((one) => `${one.effect?.target?.className} moves`));";

/// What can have the focus without showing it.
const FOCUS: &str = "
const dialog = document.querySelector('dialog[open]');
const can = (one) => one.checkVisibility() && !one.disabled && (!dialog || dialog.contains(one));
const shows = (one) => one && getComputedStyle(one).outlineStyle !== 'none' && getComputedStyle(one).outlineWidth !== '0px';
const blind = all('a[href], button, input, select, textarea, summary, video').filter(can).filter((one) => {
  one.focus({ focusVisible: true, preventScroll: true });
  return document.activeElement === one && ![one, one.nextElementSibling, one.parentElement].some(shows);
}).map((one) => `${one.tagName.toLowerCase()} “${(one.getAttribute('aria-label') ?? one.textContent).slice(0, 40)}” shows no focus`);
document.activeElement?.blur();
tell(blind);";

/// Writes a picture of every screen of the page in `dist`, in both themes and three widths, to `target/screenshots`, and
/// checks each.
pub fn screenshots(dist: &Path) -> Result<()> {
    let folder = root().join("target/screenshots");
    fs::create_dir_all(&folder)?;
    tour(dist, Some(&folder), false)?;
    say(&format!("The pictures lie in {}", folder.display()));
    Ok(())
}

/// Checks every screen of the page in `dist`: axe in both themes, room at 320 px, what a screen reader is told. With
/// `bless` the last is written down as it is now.
pub fn check(dist: &Path, bless: bool) -> Result<()> {
    tour(dist, None, bless)
}

fn tour(dist: &Path, pictures: Option<&Path>, bless: bool) -> Result<()> {
    let browser = browser::ensure()?;
    let axe = tools::axe()?;
    let relay = Relay::start(dist)?;
    let clip = BASE64.encode(fs::read(root().join("tests/e2e/clips/short.mp4"))?);
    let seed = SEED.replace("CLIP_BASE64", &clip);
    say(&format!("Looking at {} screens (about 3 minutes)", FRESH.len() + FULL.len()));
    let mut found = Vec::new();
    // A profile of its own for each list, so that what one orders is not in the other.
    for (stops, is_full) in [(&FRESH[..], false), (&FULL[..], true)] {
        let mut walk = Walk {
            chromium: Chromium::start(&browser)?,
            address: relay.address(),
            axe: &axe,
            pictures,
            bless,
            found: Vec::new(),
        };
        if is_full {
            walk.chromium.open(walk.address)?;
            walk.run(&format!("await connect(); await pause(1_000);\n{seed}"))?;
        }
        for stop in stops {
            walk.visit(stop)?;
        }
        found.append(&mut walk.found);
    }
    ensure!(found.is_empty(), "{} things are wrong:\n{}", found.len(), found.join("\n"));
    Ok(())
}

struct Walk<'a> {
    chromium: Chromium,
    address: &'a str,
    axe: &'a str,
    pictures: Option<&'a Path>,
    bless: bool,
    found: Vec<String>,
}

impl Walk<'_> {
    /// Runs the body of an asynchronous function in the page.
    fn run(&self, body: &str) -> Result<()> {
        let script = format!(
            "const tell = arguments[arguments.length - 1];\n{HELPERS}\n(async () => {{ {body} }})().then(() => tell(''), (error) => tell(String(error)));"
        );
        let told = self.chromium.ask(&script)?;
        ensure!(told == json!(""), "{told}");
        Ok(())
    }

    fn ask(&self, body: &str) -> Result<Vec<String>> {
        let told = self
            .chromium
            .ask(&format!("const tell = arguments[arguments.length - 1];\n{HELPERS}\n{body}"))?;
        let list = told.as_array().with_context(|| format!("no list: {told}"))?;
        Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    fn visit(&mut self, stop: &Stop) -> Result<()> {
        self.resize(1440)?;
        self.emulate("light", false)?;
        // What was typed at the stop before is not of this one.
        self.chromium.open(&format!("{}404", self.address))?;
        self.chromium.ask("localStorage.removeItem('vireo-draft'); arguments[arguments.length - 1]('')")?;
        self.chromium.open(&format!("{}{}", self.address, stop.query))?;
        self.run(&format!("{} await settle();", stop.script))
            .with_context(|| format!("on the way to {}", stop.name))?;
        self.hear(stop)?;
        for theme in THEMES {
            self.emulate(theme, false)?;
            for width in WIDTHS {
                self.resize(width)?;
                self.picture(stop, &format!("{width}-{theme}"))?;
            }
            for width in [1440, 360] {
                self.resize(width)?;
                let wrong = self.ask(&format!("{}\n{AXE}", self.axe))?;
                self.note(stop, &format!("{theme}, {width} px"), wrong);
            }
        }
        for (kind, script) in [("no motion", MOTION), ("focus", FOCUS)] {
            let wrong = self.ask(script)?;
            self.note(stop, kind, wrong);
        }
        self.resize(NARROWEST)?;
        let wrong = self.ask(CUT)?;
        self.note(stop, "320 px", wrong);
        self.resize(1280)?;
        self.run("document.documentElement.style.fontSize = '200%';")?;
        let wrong = self.ask(CUT)?;
        self.note(stop, "text at 200 %", wrong);
        self.run("document.documentElement.style.fontSize = '';")?;
        self.resize(NARROWEST)?;
        self.emulate("light", true)?;
        self.picture(stop, "320-forced")?;
        Ok(())
    }

    fn note(&mut self, stop: &Stop, where_: &str, wrong: Vec<String>) {
        self.found.extend(wrong.into_iter().map(|what| format!("  {} ({where_}): {what}", stop.name)));
    }

    fn resize(&self, width: u32) -> Result<()> {
        let height = if width < 500 { 760 } else { 900 };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.chromium.devtools("Emulation.setDeviceMetricsOverride", &metrics).map(drop)
    }

    fn emulate(&self, theme: &str, forced: bool) -> Result<()> {
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": theme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
            { "name": "forced-colors", "value": if forced { "active" } else { "none" } },
        ] });
        self.chromium.devtools("Emulation.setEmulatedMedia", &media).map(drop)
    }

    fn picture(&self, stop: &Stop, kind: &str) -> Result<()> {
        let Some(folder) = self.pictures else { return Ok(()) };
        let shot = self.chromium.devtools("Page.captureScreenshot", &json!({ "format": "png" }))?;
        let bytes = BASE64.decode(shot["data"].as_str().context("no picture")?)?;
        Ok(fs::write(folder.join(format!("{}-{kind}.png", stop.name)), bytes)?)
    }

    /// Compares what a screen reader is told with what was written down.
    fn hear(&mut self, stop: &Stop) -> Result<()> {
        let tree = self.chromium.devtools("Accessibility.getFullAXTree", &json!({}))?;
        let told = spoken(&tree);
        let file = root().join("xtask/spoken").join(format!("{}.txt", stop.name));
        if self.bless {
            fs::create_dir_all(root().join("xtask/spoken"))?;
            return Ok(fs::write(file, told)?);
        }
        let known = fs::read_to_string(&file).unwrap_or_default();
        if told != known {
            if known.is_empty() {
                self.note(
                    stop,
                    "what a screen reader is told",
                    vec!["not written down: `cargo xtask screens --bless`".to_owned()],
                );
                return Ok(());
            }
            let new = told.lines().filter(|line| !known.lines().any(|other| other == *line));
            let gone = known.lines().filter(|line| !told.lines().any(|other| other == *line));
            let changes: Vec<String> =
                new.map(|line| format!("+ {line}")).chain(gone.map(|line| format!("- {line}"))).collect();
            self.note(
                stop,
                "what a screen reader is told; `cargo xtask screens --bless` if it is meant",
                changes,
            );
        }
        Ok(())
    }
}

/// Role and name of every element in the order in which they are read, each below what it is in. Numbers go: they tell
/// of today.
fn spoken(tree: &Value) -> String {
    let nodes = tree["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let by_id: HashMap<&str, &Value> =
        nodes.iter().filter_map(|node| Some((node["nodeId"].as_str()?, node))).collect();
    let mut told = String::new();
    if let Some(root) = nodes.first() {
        tell(root, &by_id, 0, &mut told);
    }
    told
}

/// What says nothing by itself.
const SILENT: [&str; 9] = [
    "none",
    "generic",
    "InlineTextBox",
    "StaticText",
    "RootWebArea",
    "LineBreak",
    "ListMarker",
    "LabelText",
    "paragraph",
];
/// The browser's own parts of these are its own business.
const WHOLE: [&str; 4] = ["Video", "combobox", "textbox", "spinbutton"];

/// The words without what the clock, the calendar and prices decide.
fn timeless(words: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut told = String::new();
    for char in words.chars() {
        match char {
            '0'..='9' if told.ends_with('#') => {}
            '0'..='9' => told.push('#'),
            // Before AM and PM stands a narrow one.
            '\u{202f}' | '\u{a0}' => told.push(' '),
            other => told.push(other),
        }
    }
    for month in MONTHS {
        told = told.replace(&format!("{month} #,"), "Month #,");
    }
    told.replace("# AM", "# XM").replace("# PM", "# XM")
}

fn tell(node: &Value, by_id: &HashMap<&str, &Value>, depth: usize, told: &mut String) {
    let text = |field: &str| node[field]["value"].as_str().unwrap_or_default();
    let role = text("role");
    let name = timeless(text("name"));
    let silent = node["ignored"] == true || SILENT.contains(&role) || (role == "status" && name.is_empty());
    if !silent {
        let line = format!("{}{role} {name}", "  ".repeat(depth));
        told.push_str(line.trim_end());
        told.push('\n');
        if WHOLE.contains(&role) {
            return;
        }
    }
    for id in node["childIds"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some(child) = by_id.get(id) {
            tell(child, by_id, depth + usize::from(!silent), told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spoken_is_roles_and_names_without_numbers() {
        let node = |id: &str, role: &str, name: &str, children: Value| json!({ "nodeId": id, "role": { "value": role }, "name": { "value": name }, "childIds": children });
        let tree = json!({ "nodes": [
            node("1", "RootWebArea", "Vireo", json!(["2", "3"])),
            node("3", "button", "Generate · 60 credits", json!(["4"])),
            node("2", "article", "A boat", json!(["5"])),
            node("4", "StaticText", "Generate", json!([])),
            node("5", "Video", "Video: A boat", json!(["6"])),
            node("6", "slider", "time", json!([])),
        ] });
        assert_eq!(spoken(&tree), "article A boat\n  Video Video: A boat\nbutton Generate · # credits\n");
    }

    #[test]
    fn no_hour_and_no_month_changes_what_is_told() {
        let evening = timeless("Ready Nov 3, 2026, 11:07\u{202f}PM");
        assert_eq!(evening, timeless("Ready Dec 23, 2027, 1:30\u{202f}AM"));
        assert_eq!(timeless("Dec is a word here"), "Dec is a word here");
    }
}
