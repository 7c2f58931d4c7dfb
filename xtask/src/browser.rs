//! Chromium and its driver, for tests and benchmarks.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process::{command, find, output, run, say};

/// A browser and the driver that steers it.
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

/// Finds Chromium and chromedriver, or installs them through the system's package manager where it may.
pub fn ensure() -> Result<Browser> {
    if let Some(browser) = locate() {
        return Ok(browser);
    }
    if find("apt-get").is_some() && may_install() {
        say("Installing Chromium and its driver through apt (about 2 minutes)");
        run(&mut as_root(&["apt-get", "update", "-qq"]))?;
        run(&mut as_root(&[
            "apt-get",
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
            "chromium-driver",
        ]))?;
        if let Some(browser) = locate() {
            return Ok(browser);
        }
    }
    bail!(
        "The browser tests need Chromium and chromedriver of the same version on the PATH; \
         install them, or run `cargo xtask test --fast` without them"
    )
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
    install.args(&full[1..]).env("DEBIAN_FRONTEND", "noninteractive");
    install
}
