//! `cargo xtask test`: every check in order, each timed, all of them even when one fails.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::prepare::Prepared;
use crate::process::{cargo, command, find, root, run, say};
use crate::{browser, checks, journeys, prepare, screens, table, tools};

const WASM: &str = "wasm32-unknown-unknown";
const NO_BROWSER: &str = "there is no browser";
const NOT_READY: &str = "the page or the relay does not build";

enum Outcome {
    Passed,
    /// Some tests failed at first; these.
    PassedAgain(Vec<String>),
    Skipped,
    Failed(String),
}

#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, Outcome, Duration)>,
}

impl Report {
    fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        self.journeys(name, || work().map(|()| Vec::new()))
    }

    /// A step whose tests may fail once; `work` answers which did.
    fn journeys(&mut self, name: &'static str, work: impl FnOnce() -> Result<Vec<String>>) -> bool {
        println!();
        say(name);
        let start = Instant::now();
        let outcome = match work() {
            Ok(again) if again.is_empty() => Outcome::Passed,
            Ok(again) => Outcome::PassedAgain(again),
            Err(error) => {
                println!("✗ {name}: {error:#}");
                Outcome::Failed(format!("{error:#}"))
            }
        };
        let passed = !matches!(outcome, Outcome::Failed(_));
        self.steps.push((name, outcome, start.elapsed()));
        passed
    }

    fn cargo(&mut self, name: &'static str, args: &str) -> bool {
        self.step(name, || run(&mut cargo(args.split(' '))))
    }

    fn skip(&mut self, name: &'static str, why: &str) {
        println!();
        say(&format!("{name}: skipped, {why}"));
        self.steps.push((name, Outcome::Skipped, Duration::ZERO));
    }

    fn finish(self) -> Result<()> {
        let rows: Vec<Vec<String>> = self
            .steps
            .iter()
            .map(|(name, outcome, time)| {
                let word = match outcome {
                    Outcome::Passed => "passed",
                    Outcome::PassedAgain(_) => "passed the second time",
                    Outcome::Skipped => "skipped",
                    Outcome::Failed(_) => "FAILED",
                };
                vec![(*name).to_owned(), word.to_owned(), format!("{:.1}", time.as_secs_f64())]
            })
            .collect();
        table::print(&["step", "outcome", "seconds"], &rows);
        for (name, outcome, _) in &self.steps {
            if let Outcome::PassedAgain(tests) = outcome {
                say(&format!("{name}: failed once, look into it: {}", tests.join(", ")));
            }
        }
        let failures: Vec<String> = self
            .steps
            .into_iter()
            .filter_map(|(name, outcome, _)| match outcome {
                Outcome::Failed(error) => Some(format!("{name}: {error}")),
                _ => None,
            })
            .collect();
        if !failures.is_empty() {
            bail!("{} failed\n{}", failures.len(), failures.join("\n"));
        }
        say("Everything passed");
        Ok(())
    }
}

/// Runs every test, or with `fast` every test that needs no browser.
pub fn test(fast: bool) -> Result<()> {
    say(if fast {
        "Every test that needs no browser (about 5 minutes on two cores the first time, one after)"
    } else {
        "Every test (about 40 minutes on two cores the first time, 25 after)"
    });
    let mut report = Report::default();
    report.cargo("format", "fmt --all --check");
    let wasm = report.step("tools for wasm", tools::ensure_wasm);
    let prepared = (!fast).then(prepare::start);
    report.cargo("lints, native", "clippy --workspace --exclude vireo --all-targets -- -D warnings");
    report.cargo(
        "lints, wasm",
        "clippy --package vireo --package veo-api --all-targets --target wasm32-unknown-unknown -- -D warnings",
    );
    report.cargo("tests, native", "test --workspace --exclude vireo --exclude vireo-e2e --no-fail-fast");
    const NODE: &str = "veo-api in wasm";
    if !wasm {
        report.skip(NODE, "the tools for wasm are missing");
    } else if find("node").is_none() {
        report.skip(NODE, "it needs Node.js");
    } else {
        report.cargo(NODE, "test --package veo-api --target wasm32-unknown-unknown");
    }
    if let Some(prepared) = prepared {
        in_browsers(&mut report, prepared);
    }
    report.finish()
}

fn in_browsers(report: &mut Report, prepared: Result<Prepared>) {
    let mut found = None;
    report.step("browser", || {
        found = Some(browser::ensure()?);
        Ok(())
    });
    const COMPONENTS: &str = "components in Chromium";
    match &found {
        Some(browser) => drop(report.step(COMPONENTS, || {
            let mut test = cargo(["test", "--package", "vireo", "--target", WASM]);
            run(test.env("CHROMEDRIVER", &browser.driver))
        })),
        None => report.skip(COMPONENTS, NO_BROWSER),
    }
    let is_ready = report.step("page and relay", || prepared?.wait());
    package(report, is_ready);
    const WORST: &str = "the worst days in Chromium";
    const JOURNEYS: &str = "journeys in Chromium";
    const SCREENS: &str = "every screen";
    let Some(browser) = found else {
        report.skip(WORST, NO_BROWSER);
        report.skip(JOURNEYS, NO_BROWSER);
        report.skip(SCREENS, NO_BROWSER);
        return;
    };
    if !is_ready {
        report.skip(WORST, NOT_READY);
        report.skip(JOURNEYS, NOT_READY);
        report.skip(SCREENS, NOT_READY);
        return;
    }
    // Those that are missing are not tried.
    report.step("other web servers", browser::ensure_servers);
    let end_to_end = |chromium: PathBuf, tests: &'static [&str]| {
        let driver = browser.driver.clone();
        move |words: &[&str]| {
            let mut test = cargo(["test", "--package", "vireo-e2e", "--no-fail-fast"]);
            test.args(tests).arg("--").args(words).env("CHROMEDRIVER", &driver).env("CHROMIUM", &chromium);
            test
        }
    };
    let worst = end_to_end(browser.chromium.clone(), &["--test", "chromium", "--test", "hosts"]);
    report.journeys(WORST, || journeys::play(worst, &[]));
    let all = end_to_end(browser.without_windows(), &["--test", "journeys"]);
    report.journeys(JOURNEYS, || journeys::play(all, &[]));
    match tools::axe() {
        Ok(_) => drop(report.step(SCREENS, || screens::check(&root().join("dist"), false))),
        Err(why) => report.skip(SCREENS, &format!("{why:#}")),
    }
    in_more_engines(report);
}

/// The element as a package, and the host pages that are written for a framework.
fn package(report: &mut Report, is_ready: bool) {
    const PACKAGE: &str = "the element's package";
    const HOST_PAGES: &str = "host pages of React and Vue";
    match checks::missing() {
        _ if !is_ready => report.skip(PACKAGE, NOT_READY),
        Some(why) => report.skip(PACKAGE, why),
        None => {
            report.step(PACKAGE, checks::package);
            report.step(HOST_PAGES, checks::host_pages);
        }
    }
}

/// An engine besides Chromium.
#[derive(Clone, Copy)]
pub enum Other {
    Firefox,
    WebKit,
}

/// The journeys about what differs between engines: keeping what was paid for, and being a guest in a page.
const IN_FIREFOX: [&str; 7] =
    ["bad_days::", "embed::", "first_video::", "guest::", "kept::", "memory::", "preview::"];
/// The same, fewer of them: `cargo xtask test webkit` plays all.
const IN_WEBKIT: [&str; 9] = [
    "bad_days::a_task_id_heals",
    "embed::a_plain_page",
    "embed::a_strict_policy",
    "embed::moving",
    "embed::removing",
    "embed::two_on_one_page",
    "first_video::",
    "kept::",
    "memory::",
];

impl Other {
    fn step(self) -> &'static str {
        match self {
            Other::Firefox => "journeys in Firefox",
            Other::WebKit => "journeys in WebKitGTK",
        }
    }

    fn ensure(self) -> Result<()> {
        match self {
            Other::Firefox => browser::ensure_firefox(),
            Other::WebKit => browser::ensure_webkit(),
        }
    }

    /// Plays those journeys whose names begin like one of these, or all of them. The answer: those that failed once.
    fn play(self, names: &[&str]) -> Result<Vec<String>> {
        let test = |words: &[&str]| {
            let (engine, mut test) = match self {
                Other::Firefox => ("firefox", cargo([])),
                Other::WebKit => {
                    let mut display = command("xvfb-run");
                    display.args(["--auto-servernum", "--server-args=-screen 0 1400x1000x24"]);
                    display.arg(cargo([]).get_program());
                    ("webkit", display)
                }
            };
            test.args(["test", "--package", "vireo-e2e", "--test", "journeys", "--"]).args(words);
            test.env("VIREO_ENGINE", engine);
            test
        };
        journeys::play(test, names)
    }
}

fn in_more_engines(report: &mut Report) {
    for (engine, journeys) in [(Other::Firefox, &IN_FIREFOX[..]), (Other::WebKit, &IN_WEBKIT[..])] {
        match engine.ensure() {
            Ok(()) => drop(report.journeys(engine.step(), || engine.play(journeys))),
            Err(why) => report.skip(engine.step(), &format!("{why:#}")),
        }
    }
}

/// Plays every journey in one more engine, against the page as it is in `dist/`.
pub fn every_journey(engine: Other) -> Result<()> {
    say(&format!("Every one of the {} (about 20 minutes on two cores)", engine.step()));
    engine.ensure()?;
    let again = engine.play(&[])?;
    if !again.is_empty() {
        say(&format!("Failed once, look into it: {}", again.join(", ")));
    }
    Ok(())
}
