//! One driver with one browser and a profile of its own.

use crate::engine::{Engine, downloads};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;

/// A driver is there within this time.
const PATIENCE: Duration = Duration::from_secs(20);
/// So often a driver is started before a test gives up.
const TRIES: u32 = 5;

/// A browser with its driver. Dropping it ends both.
pub(crate) struct Browser {
    // Dropped in this order: the session ends the browser, then its driver goes.
    session: WebDriver,
    driver: Driver,
}

impl Browser {
    /// Starts a browser. Only Chromium with its windows keeps its profile in the folder; the others have one for each
    /// session.
    pub(crate) async fn start(engine: Engine, profile: &Path) -> Result<Self> {
        let driver = Driver::start(engine, profile)?;
        let address = format!("http://127.0.0.1:{}", driver.port);
        let session = WebDriver::new(address, engine.wishes(profile)?).await?;
        if engine == Engine::Chromium {
            let rule = json!({ "behavior": "allow", "downloadPath": downloads(profile) });
            session.cdp().send_raw("Browser.setDownloadBehavior", rule).await?;
        }
        Ok(Browser { session, driver })
    }

    pub(crate) fn session(&self) -> &WebDriver {
        &self.session
    }

    /// Ends the browser as a power cut does: all its processes at once, without a word to them.
    pub(crate) fn kill(self) -> Result<()> {
        let doomed = descendants(self.driver.child.id())?;
        ensure!(!doomed.is_empty(), "the driver has no browser to kill");
        ensure!(kill(&doomed)?, "the browser could not be killed");
        // Nobody is left to say goodbye to.
        self.session.leak().ok();
        Ok(())
    }
}

/// Ends processes at once. False where one of them was gone already.
fn kill(processes: &[u32]) -> Result<bool> {
    let mut command = Command::new("kill");
    command.arg("-KILL").args(processes.iter().map(u32::to_string)).stderr(Stdio::null());
    Ok(command.status()?.success())
}

/// The processes that a process started, and those that they started.
fn descendants(ancestor: u32) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        if let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
            && let Ok(status) = fs::read_to_string(entry.path().join("stat"))
            // The name in parentheses may hold anything; state and parent follow it.
            && let Some(parent) = status.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok())
        {
            parents.push((id, parent));
        }
    }
    let mut found = vec![ancestor];
    let mut next = 0;
    while next < found.len() {
        let parent = found[next];
        found.extend(parents.iter().filter(|(_, its)| *its == parent).map(|(id, _)| *id));
        next += 1;
    }
    Ok(found.split_off(1))
}

/// A driver's process. Killed when dropped.
struct Driver {
    child: Child,
    port: u16,
    /// Held, so that the driver never writes into a closed pipe.
    output: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts a driver on a free port and waits until it answers there. A port that was free may be taken a moment later
    /// (ChromeDriver wants the same number for IPv4 and IPv6), and the driver then ends: another try finds another port.
    fn start(engine: Engine, profile: &Path) -> Result<Self> {
        let mut tries = 1;
        loop {
            match Driver::start_once(engine, profile) {
                Err(why) if tries < TRIES => eprintln!("try {tries} to start a driver: {why:#}"),
                result => return result,
            }
            tries += 1;
        }
    }

    fn start_once(engine: Engine, profile: &Path) -> Result<Self> {
        let (variable, usual) = engine.driver();
        let binary = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
        // The others choose one themselves and say which.
        let port = if engine == Engine::WebKit { free_port()? } else { 0 };
        let mut command = Command::new(&binary);
        command.arg(format!("--port={port}"));
        if engine == Engine::Firefox {
            // Without this, all of them want the same one.
            command.arg("--websocket-port=0");
        }
        let mut child = command
            .env("LANGUAGE", "en")
            // Where a driver makes a profile of its own, it goes with the test.
            .env("TMPDIR", profile)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{binary} does not start: `cargo xtask test` installs it"))?;
        let output = BufReader::new(child.stdout.take().context("the driver has no output")?);
        let mut driver = Driver { child, port, output };
        if port == 0 {
            driver.port =
                driver.read_port().with_context(|| format!("{binary} ended before it was ready"))?;
        } else {
            driver.wait_port()?;
        }
        Ok(driver)
    }

    /// Reads what the driver says until it names its port.
    fn read_port(&mut self) -> Result<u16> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            let words = line.trim_end().trim_end_matches('.');
            let port = if words.contains("started successfully on port ") {
                words.rsplit(' ').next()
            } else if words.contains("Listening on ") {
                words.rsplit(':').next()
            } else {
                None
            };
            if let Some(port) = port.and_then(|port| port.parse().ok()) {
                return Ok(port);
            }
            line.clear();
        }
        bail!("it named no port")
    }

    /// Knocks until somebody opens.
    fn wait_port(&self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            ensure!(start.elapsed() < PATIENCE, "the driver does not listen on port {}", self.port);
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // On a busy machine a browser outlives its session, and would outlive its driver.
        let left = descendants(self.child.id()).unwrap_or_default();
        if !left.is_empty() {
            kill(&left).ok();
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
