//! Browsers and their drivers, for tests and benchmarks.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::process::{command, find, output, run, say};
use crate::tools;

/// A browser and the driver that steers it.
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

impl Browser {
    /// The same engine without windows, which starts ten times faster, where Debian has it in this version; else the
    /// browser.
    pub fn without_windows(&self) -> PathBuf {
        // Debian's command for it is a script that stays in between: a driver ends that, and leaves the browser behind.
        let shell = Path::new("/usr/lib/chromium/chromium-headless-shell");
        if !shell.is_file() {
            // Without it everything works too.
            install("Chromium without windows", &["chromium-headless-shell"])
                .unwrap_or_else(|why| say(&format!("{why:#}")));
        }
        // "Chromium 156.0.8078.108", and the driver says more after that.
        let version = |program: &Path| {
            output(command(program).arg("--version"))?.split_whitespace().nth(1).map(str::to_owned)
        };
        let number = version(shell);
        let fits = number.is_some() && number == version(&self.driver);
        if fits { shell.to_owned() } else { self.chromium.clone() }
    }
}

/// Finds Chromium and chromedriver, or installs them through the system's package manager where it may.
pub fn ensure() -> Result<Browser> {
    if let Some(browser) = locate() {
        return Ok(browser);
    }
    install("Chromium and its driver", &["chromium", "chromium-driver", "chromium-headless-shell"])?;
    locate().context(
        "The browser tests need Chromium and chromedriver of the same version on the PATH; \
         install them, or run `cargo xtask test --fast` without them",
    )
}

/// The same for Firefox. Its driver comes from crates.io.
pub fn ensure_firefox() -> Result<()> {
    let is_there = || find("firefox-esr").or_else(|| find("firefox")).is_some();
    if !is_there() {
        // The second brings what Firefox decodes videos with.
        install("Firefox ESR", &["firefox-esr", "gstreamer1.0-libav"])?;
    }
    ensure!(is_there(), "there is no Firefox on the PATH");
    tools::ensure_geckodriver()
}

/// The same for WebKitGTK, with a display that nobody sees.
pub fn ensure_webkit() -> Result<()> {
    let is_there = || ["WebKitWebDriver", "xvfb-run", "xauth"].into_iter().all(|name| find(name).is_some());
    if !is_there() {
        let packages =
            ["webkit2gtk-driver", "xvfb", "xauth", "gstreamer1.0-plugins-good", "gstreamer1.0-libav"];
        install("WebKitGTK and its driver", &packages)?;
    }
    ensure!(is_there(), "there are no WebKitWebDriver and xvfb-run on the PATH");
    Ok(())
}

/// The web servers that the documentation has recipes for, where they can be had.
pub fn ensure_servers() -> Result<()> {
    let is_there = |name: &str| find(name).is_some() || Path::new("/usr/sbin").join(name).is_file();
    if is_there("nginx") && is_there("caddy") {
        return Ok(());
    }
    install("nginx and Caddy", &["nginx-light", "caddy"])
}

/// Installs packages of Debian where there is apt and the right to use it; otherwise does nothing.
fn install(what: &str, packages: &[&str]) -> Result<()> {
    if find("apt-get").is_none() || !may_install() {
        return Ok(());
    }
    say(&format!("Installing {what} through apt (about 2 minutes)"));
    run(&mut as_root(&["apt-get", "update", "-qq"]))?;
    run(as_root(&["apt-get", "install", "-y", "-qq", "--no-install-recommends"]).args(packages))
}

fn locate() -> Option<Browser> {
    let chromium = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .into_iter()
        .find_map(find)?;
    Some(Browser { chromium, driver: find("chromedriver")? })
}

fn is_root() -> bool {
    output(command("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

fn may_install() -> bool {
    is_root() || output(command("sudo").args(["-n", "true"])).is_some()
}

fn as_root(words: &[&str]) -> std::process::Command {
    let mut full = if is_root() { vec![] } else { vec!["sudo", "-n"] };
    full.extend(words);
    let mut install = command(full[0]);
    // Nothing that is installed here is to run by itself.
    install.args(&full[1..]).env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    install
}
