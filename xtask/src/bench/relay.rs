//! `relay`: the relay as it is shipped, beside nginx before the same provider.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::Stdio;

use crate::process::{cargo, command, output, root, run, say};

const PAGE: &str = "docs/benchmarks.md";
const MARKS: [&str; 2] = ["<!-- relay -->", "<!-- /relay -->"];

/// Raises the number of open files as far as the machine lets us: ten thousand streams are as many files, on both ends.
const WITH_MANY_FILES: &str = r#"ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#;

/// Throughput, waits and memory of the relay; the table is written into the docs.
pub fn relay() -> Result<()> {
    say("Relay: building it and what measures it, for release");
    run(&mut cargo(["build", "--release", "--package", "vireo-relay", "--package", "vireo-relay-bench"]))?;
    let folder = root().join("target/bench-relay");
    // What an earlier run has left.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let programs = root().join("target/release");
    say("Relay: measuring (about 2 minutes)");
    let mut measure = command("sh");
    measure.args(["-c", WITH_MANY_FILES]);
    measure.args([programs.join("vireo-relay-bench"), programs.join("vireo-relay"), folder.clone()]);
    let measured = measure.stderr(Stdio::inherit()).output().context("sh does not start")?;
    let _ = fs::remove_dir_all(&folder);
    let rows = String::from_utf8_lossy(&measured.stdout).into_owned();
    println!("{rows}");
    ensure!(measured.status.success(), "not everything could be measured");
    write_down(&rows)
}

fn write_down(rows: &str) -> Result<()> {
    let nginx = ["/usr/sbin/nginx", "nginx"].iter().find_map(|program| {
        let told = command(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::piped()).output().ok()?;
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        told.trim().strip_prefix("nginx version: ").map(str::to_owned)
    });
    let nginx = nginx.unwrap_or_else(|| "no nginx on this machine".to_owned());
    let load = output(command("cat").arg("/proc/loadavg")).unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let section = format!(
        "{}\n`cargo xtask bench relay`, {cores} cores, load {load} at the end, loopback, {nginx}. Relay, nginx, the \
         provider that both stand before and the clients share the cores; ways are measured in turns, so ratios within \
         the run count more than its absolute figures.\n\n| what | figure | goal |\n|---|--:|--:|\n{rows}{}",
        MARKS[0], MARKS[1]
    );
    let path = root().join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| PAGE.to_owned())?;
    let (before, rest) = page.split_once(MARKS[0]).with_context(|| format!("{PAGE} has no {}", MARKS[0]))?;
    let (_, after) = rest.split_once(MARKS[1]).with_context(|| format!("{PAGE} has no {}", MARKS[1]))?;
    Ok(fs::write(&path, format!("{before}{section}{after}"))?)
}
