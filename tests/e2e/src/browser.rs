//! One ChromeDriver with one browser and a profile of its own.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use thirtyfour::common::log::LoggingPrefsLogLevel;
use thirtyfour::prelude::*;

const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--window-size=1280,900",
];

/// What every page is watched by; see the file.
const WITNESS: &str = include_str!("witness.js");

/// The driver's process. Killed when dropped; the browser ends with its session.
pub(crate) struct Chromedriver {
    child: Child,
    port: u16,
    /// Held so that the driver never writes into a closed pipe.
    _output: BufReader<ChildStdout>,
}

impl Chromedriver {
    /// Starts a driver on a free port and waits until it says which.
    pub(crate) fn start() -> Result<Self> {
        let binary = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "/usr/bin/chromedriver".to_owned());
        let mut child = Command::new(&binary)
            .arg("--port=0")
            .env("LANGUAGE", "en")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{binary} does not start: `cargo xtask test` installs it"))?;
        let mut output = BufReader::new(child.stdout.take().context("the driver has no output")?);
        let mut line = String::new();
        while output.read_line(&mut line)? > 0 {
            if let Some((_, port)) = line.trim_end().trim_end_matches('.').rsplit_once("on port ")
                && let Ok(port) = port.parse()
                && line.contains("successfully")
            {
                return Ok(Chromedriver { child, port, _output: output });
            }
            line.clear();
        }
        bail!("{binary} ended before it was ready")
    }

    /// Opens a browser with an empty profile, which the driver deletes at the end.
    pub(crate) async fn browser(&self) -> Result<WebDriver> {
        let mut wishes = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            wishes.add_arg(argument)?;
        }
        let binary = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
        if Path::new(&binary).exists() {
            wishes.set_binary(&binary)?;
        }
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        // Whether the app has started is looked at; a page that is held back still has its form.
        wishes.set_page_load_strategy(
            thirtyfour::common::capabilities::desiredcapabilities::PageLoadStrategy::Eager,
        )?;
        let address = format!("http://127.0.0.1:{}", self.port);
        let driver = WebDriver::new(address, wishes).await?;
        watch(&driver).await?;
        Ok(driver)
    }
}

/// Watches every page of the driver's current tab from its first moment on.
pub(crate) async fn watch(driver: &WebDriver) -> Result<()> {
    let script = serde_json::json!({ "source": WITNESS });
    driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", script).await?;
    Ok(())
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
