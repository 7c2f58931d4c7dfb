//! The Worker: built with local tools, run on workerd, and asked what the native relay is asked.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::process::{cargo, command, find, run, say};
use crate::run::READY;

/// Where the contract's tests set up the provider, and where they find the Worker.
const PROVIDER: &str = "127.0.0.1:9301";
const UPLOAD: &str = "127.0.0.1:9302";
const WORKER: &str = "127.0.0.1:9303";

/// Ends with this value, workerd too.
struct Workerd(Child);

impl Drop for Workerd {
    fn drop(&mut self) {
        // A node that is killed would leave its workerd behind.
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        if asked.is_err() {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// Runs the contract's tests against the Worker on workerd.
pub fn test() -> Result<()> {
    ensure!(find("node").is_some(), "the Worker's tests need Node.js");
    say("Worker: building it (about 6 minutes the first time, one after)");
    run(&mut node(["--build-only", "--debug"]))?;
    say("Worker: the contract's tests on workerd");
    let (upstream, upload) = (format!("http://{PROVIDER}"), format!("http://{UPLOAD}"));
    let mut start =
        node(["--no-build", "--listen", WORKER, "--upstream", &upstream, "--upload-upstream", &upload]);
    start.args(["--allow-media-origin", &upload, "--allow-origin", "https://page.example"]);
    start.args(["--access-token", "ann-token", "--access-token", "bob-token"]);
    let child = start.env("KIE_API_KEY", "not-a-real-key").stdout(Stdio::piped()).spawn();
    let mut worker = Workerd(child.context("node does not start")?);
    let output = worker.0.stdout.take().context("node has no output")?;
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    ensure!(lines.any(|line| line.starts_with(READY.trim_end())), "workerd does not start");
    // It never writes into a closed pipe.
    std::thread::spawn(move || lines.for_each(drop));
    run(cargo(["test", "--package", "vireo-relay-contract"])
        .env("VIREO_CONTRACT_RELAY", format!("http://{WORKER}"))
        .env("VIREO_CONTRACT_PROVIDER", PROVIDER))
}

fn node<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut node = command("node");
    node.arg("crates/relay-worker/run.mjs").args(arguments);
    node
}
