//! The Worker: built with local tools, run on workerd, and asked what the native relay is asked.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::process::{cargo, command, find, root, run, say};
use crate::run::READY;
use crate::tools;

/// Where the Worker is, with a workspace and tools of its own.
const FOLDER: &str = "crates/relay-worker";

/// Where the contract's tests set up the provider, and where they find the Workers: one, one with limits, and one
/// for few videos at once.
const PROVIDER: &str = "127.0.0.1:9301";
const UPLOAD: &str = "127.0.0.1:9302";
const WORKER: &str = "127.0.0.1:9303";
const LIMITED: &str = "127.0.0.1:9304";
const NARROW: &str = "127.0.0.1:9305";

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

/// Builds the Worker and runs the contract's tests against it on workerd, and those that are about the Worker alone.
pub fn test() -> Result<()> {
    ensure!(find("node").is_some() && find("npm").is_some(), "the Worker's tests need Node.js and npm");
    tools::ensure_wasm()?;
    say("Worker: its rules");
    run(cargo(["test", "--quiet", "--lib"]).current_dir(root().join(FOLDER)))?;
    say("Worker: building it (about 6 minutes the first time, one after)");
    run(node().args(["--build-only", "--debug"]))?;
    say("Worker: the contract's tests on workerd");
    let worker = start(WORKER, &[])?;
    let limited = start(LIMITED, &["--daily-credits", "400", "--rate", "10"])?;
    let narrow = start(NARROW, &["--concurrency", "2"])?;
    run(cargo(["test", "--package", "vireo-relay-contract"])
        .env("VIREO_CONTRACT_RELAY", format!("http://{WORKER}"))
        .env("VIREO_CONTRACT_LIMITED", format!("http://{LIMITED}"))
        .env("VIREO_CONTRACT_NARROW", format!("http://{NARROW}"))
        .env("VIREO_CONTRACT_PROVIDER", PROVIDER))?;
    drop((worker, limited, narrow));
    say("Worker: crashes, the archive and the page");
    run(command("node").arg("--test").arg(format!("{FOLDER}/worker.test.mjs")))
}

/// A Worker at an address, ready.
fn start(listen: &str, flags: &[&str]) -> Result<Workerd> {
    let (upstream, upload) = (format!("http://{PROVIDER}"), format!("http://{UPLOAD}"));
    let mut start = node();
    start.args(["--no-build", "--listen", listen, "--upstream", &upstream, "--upload-upstream", &upload]);
    start.args(["--allow-media-origin", &upload, "--allow-origin", "https://page.example"]);
    for token in ["ann-token", "bob-token", "cyd-token"] {
        start.args(["--access-token", token]);
    }
    let child = start.args(flags).env("KIE_API_KEY", "not-a-real-key").stdout(Stdio::piped()).spawn();
    let mut worker = Workerd(child.context("node does not start")?);
    let output = worker.0.stdout.take().context("node has no output")?;
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    ensure!(lines.any(|line| line.starts_with(READY.trim_end())), "workerd does not start");
    // It never writes into a closed pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Ok(worker)
}

fn node() -> Command {
    let mut node = command("node");
    node.arg(format!("{FOLDER}/run.mjs"));
    node
}
