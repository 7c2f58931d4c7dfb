//! As much of WebDriver as the load benchmark needs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::process::command;

/// A headless Chromium. It ends with this value.
pub struct Chromium {
    driver: Child,
    session: String,
}

impl Chromium {
    /// Starts a driver on a free port and a browser with an empty profile.
    pub fn start(browser: &Browser) -> Result<Self> {
        Self::start_with(browser, None)
    }

    /// The same with one more argument for the browser.
    pub fn start_with(browser: &Browser, more: Option<&str>) -> Result<Self> {
        let (driver, port) = driver(browser)?;
        let mut chromium = Self { driver, session: String::new() };
        let base = format!("http://127.0.0.1:{port}/session");
        let mut arguments = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=412,915",
        ];
        arguments.extend(more);
        let options = json!({ "capabilities": { "alwaysMatch": { "timeouts": { "script": 120_000 }, "goog:chromeOptions": {
            "binary": browser.chromium,
            "args": arguments,
        } } } });
        let answer = post(&base, &options)?;
        let id = answer["sessionId"].as_str().context("chromedriver opens no session")?;
        chromium.session = format!("{base}/{id}");
        Ok(chromium)
    }

    /// The process that all of the browser's descend from.
    pub fn process_id(&self) -> u32 {
        self.driver.id()
    }

    /// Sends a command of the DevTools protocol.
    pub fn devtools(&self, name: &str, params: &Value) -> Result<Value> {
        post(&format!("{}/goog/cdp/execute", self.session), &json!({ "cmd": name, "params": params }))
    }

    /// Goes to an address and waits for its load event.
    pub fn open(&self, address: &str) -> Result<()> {
        post(&format!("{}/url", self.session), &json!({ "url": address })).map(drop)
    }

    /// Resident memory of the process that runs the page, in bytes. Only Linux tells.
    pub fn page_bytes(&self) -> Result<f64> {
        let mut family = vec![self.driver.id().to_string()];
        let mut largest = 0.0;
        let stats: Vec<(String, Vec<String>)> = std::fs::read_dir("/proc")
            .context("memory is measured on Linux only")?
            .flatten()
            .filter_map(|entry| {
                let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
                // The fields after the name, which may have spaces: state, parent, …
                let rest = stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect();
                Some((entry.file_name().to_string_lossy().into_owned(), rest))
            })
            .collect();
        let mut at = 0;
        while at < family.len() {
            let children = stats.iter().filter(|(_, fields)| fields.get(1) == Some(&family[at]));
            let children: Vec<String> = children.map(|(id, _)| id.clone()).collect();
            family.extend(children);
            at += 1;
        }
        for id in family {
            let line = std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let pages: Option<f64> = std::fs::read_to_string(format!("/proc/{id}/statm"))
                .ok()
                .and_then(|statm| statm.split(' ').nth(1)?.parse().ok());
            if line.contains("--type=renderer") {
                largest = pages.unwrap_or_default().max(largest);
            }
        }
        // Pages of 4 KiB, as on every machine that Chromium's packages are made for.
        Ok(largest * 4096.0)
    }

    /// What a script gives to its callback, the last of its arguments.
    pub fn ask(&self, script: &str) -> Result<Value> {
        post(&format!("{}/execute/async", self.session), &json!({ "script": script, "args": [] }))
    }
}

/// So often a driver is started before it is given up.
const TRIES: u32 = 5;

/// Starts a driver on a free port. It wants the same number for IPv4 and IPv6, and ends where one of them is taken:
/// another try finds another port.
fn driver(browser: &Browser) -> Result<(Child, u16)> {
    for _ in 0..TRIES {
        let mut driver = command(&browser.driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver could not be started")?;
        let output = driver.stdout.take().context("chromedriver has no output")?;
        let port = BufReader::new(output).lines().map_while(Result::ok).find_map(|line| {
            let rest = line.split_once("started successfully on port ")?.1;
            rest.trim_end_matches('.').parse::<u16>().ok()
        });
        match port {
            Some(port) => return Ok((driver, port)),
            None => _ = driver.wait(),
        }
    }
    bail!("chromedriver does not say its port")
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Ends the browser; where the driver is gone already there is nothing left to end.
            let _ = ureq::delete(&self.session).call();
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn post(address: &str, body: &Value) -> Result<Value> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let mut answer: Value =
        ureq::Agent::new_with_config(config).post(address).send_json(body)?.body_mut().read_json()?;
    let value = answer["value"].take();
    match value["error"].as_str() {
        Some(error) => anyhow::bail!("{error}: {}", value["message"].as_str().unwrap_or_default()),
        None => Ok(value),
    }
}
