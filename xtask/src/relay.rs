//! The relay as a process with a page before its simulator, for those who look at the page as it is served.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result};

use crate::process::command;
use crate::run::{READY, build_relay, relay_path};

/// A relay on a free port of loopback. It ends with this value.
pub struct Relay {
    child: Child,
    address: String,
}

impl Relay {
    /// Builds it and serves the page in `dist`.
    pub fn start(dist: &Path) -> Result<Self> {
        build_relay()?;
        let mut child = command(relay_path())
            .args(["--listen", "127.0.0.1:0", "--static"])
            .arg(dist)
            .env_remove("KIE_API_KEY")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("the relay could not be started")?;
        let output = child.stdout.take().context("the relay has no output")?;
        let mut relay = Relay { child, address: String::new() };
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let ready = lines.find_map(|line| line.strip_prefix(READY).map(|address| address.trim().to_owned()));
        relay.address = ready.context("the relay does not say its address")?;
        // It never writes into a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(relay)
    }

    /// The address of the page.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
