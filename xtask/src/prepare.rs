//! What the tests in browsers need is built beside the tests that need none: those wait more than they compute.

use std::env;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, ensure};

use crate::process::{command, say, target_dir};
use crate::{dist, run, tools};

/// Builds the page, the relay, and what steers Firefox.
pub fn prepare() -> Result<()> {
    dist::dist()?;
    run::build_relay()?;
    // Where it fails, the step that needs it says so.
    let _ = tools::ensure_geckodriver();
    Ok(())
}

/// The same in a process of its own, which writes into a file.
pub struct Prepared {
    process: Child,
    words: PathBuf,
}

/// Starts to build.
pub fn start() -> Result<Prepared> {
    say("Building the page and the relay meanwhile");
    let words = target_dir().join("prepare.log");
    let file = File::create(&words).with_context(|| words.display().to_string())?;
    let process = command(env::current_exe()?)
        .arg("prepare")
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .context("the page cannot be built beside the tests")?;
    Ok(Prepared { process, words })
}

impl Prepared {
    /// Waits for the end, and says what was said.
    pub fn wait(mut self) -> Result<()> {
        let status = self.process.wait()?;
        print!("{}", fs::read_to_string(&self.words)?);
        ensure!(status.success(), "the page or the relay does not build");
        Ok(())
    }
}
