//! `cargo xtask run`: from a clone to a page that works.

use std::io::{BufRead, BufReader};
use std::process::{self, Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, command, run as run_command, say, target_dir};
use crate::{examples, page};

/// What the relay says before its address.
pub const READY: &str = "Vireo is ready: ";
/// How long the relay may take to say goodbye: it waits for the answer to a paid request.
const FAREWELL: Duration = Duration::from_secs(10);

/// Builds the page and the relay, then serves until Ctrl-C.
pub fn run(port: u16, open: bool) -> Result<()> {
    let dist = page::build()?;
    examples::add(&dist)?;
    build_relay()?;
    let mut relay = command(relay_path())
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        .arg("--static")
        .arg(dist)
        .stdout(Stdio::piped())
        .spawn()
        .context("the relay could not be started")?;
    let lines = BufReader::new(relay.stdout.take().context("the relay has no output")?).lines();
    let relay = Arc::new(Mutex::new(relay));
    end_together(&relay)?;
    for line in lines {
        let line = line?;
        println!("{line}");
        if let Some(address) = line.strip_prefix(READY)
            && open
        {
            open_browser(address.trim());
        }
    }
    let status = lock(&relay).wait()?;
    if !status.success() {
        bail!("the relay ended: {status}");
    }
    Ok(())
}

/// Builds the relay in release mode.
pub fn build_relay() -> Result<()> {
    say("Building the relay (about 2 minutes the first time, seconds after)");
    run_command(&mut cargo(["build", "--release", "--package", "vireo-relay"]))
}

/// Where [`build_relay`] puts it.
pub fn relay_path() -> std::path::PathBuf {
    target_dir().join("release").join(format!("vireo-relay{}", env::consts::EXE_SUFFIX))
}

/// Ctrl-C reaches the relay too; it gets a moment to end by itself, then it is ended.
fn end_together(relay: &Arc<Mutex<Child>>) -> Result<()> {
    let relay = Arc::clone(relay);
    ctrlc::set_handler(move || {
        let deadline = Instant::now() + FAREWELL;
        while Instant::now() < deadline && matches!(lock(&relay).try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(50));
        }
        // An error means that it has ended already.
        let _ = lock(&relay).kill();
        process::exit(130);
    })
    .context("Ctrl-C cannot be handled")
}

fn lock(relay: &Mutex<Child>) -> std::sync::MutexGuard<'_, Child> {
    relay.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open_browser(address: &str) {
    let opened: io::Result<Child> = match env::consts::OS {
        "macos" => Command::new("open").arg(address).spawn(),
        "windows" => Command::new("explorer").arg(address).spawn(),
        _ => Command::new("xdg-open").arg(address).spawn(),
    };
    if opened.is_err() {
        say(&format!("No browser could be opened; the address is {address}"));
    }
}
