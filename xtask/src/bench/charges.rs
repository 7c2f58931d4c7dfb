//! `charges`: what one wish costs on a bad day, beside what the makers' own clients do.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::{cargo, command, output, root, say};
use crate::{browser, page, table};

/// Where the result is kept, between these marks.
const PAGE: &str = "docs/benchmarks.md";
const MARKS: [&str; 2] = ["<!-- charges -->", "<!-- /charges -->"];

/// Paid requests that one call of a maker's own client sends, measured on loopback against a provider that reads the
/// request and then drops the connection or answers 500, 502 or 504, each time it is asked.
const PEERS: [(&str, [u32; 4]); 6] = [
    ("replicate 1.4.0", [6, 1, 1, 1]),
    ("@fal-ai/client 1.10.1", [4, 1, 4, 4]),
    ("openai 6.49.0", [3, 3, 3, 3]),
    ("@runwayml/sdk 4.20.1", [3, 3, 3, 3]),
    ("lumaai 1.19.1", [3, 3, 3, 3]),
    ("@google/genai 2.32.0", [1, 1, 1, 1]),
];

/// The faults the peers were put through, in that order.
const PEERS_FAULTS: [&str; 4] = ["answer lost", "500", "502", "504"];

struct Row {
    fault: String,
    http: String,
    charges: u64,
    orphans: u64,
}

/// Plays every fault in Chromium, prints the table and writes it down.
pub fn charges() -> Result<()> {
    let browser = browser::ensure()?;
    page::build()?;
    say("Charges: playing every fault in Chromium (about 2 minutes)");
    let mut play = cargo(["run", "--quiet", "--package", "vireo-e2e", "--example", "charges"]);
    play.env("CHROMEDRIVER", &browser.driver)
        .env("CHROMIUM", &browser.chromium)
        .env("VIREO_ENGINE", "chromium");
    let played = play.stderr(std::process::Stdio::inherit()).output().context("cargo does not start")?;
    let rows = String::from_utf8_lossy(&played.stdout).lines().map(row).collect::<Result<Vec<Row>>>()?;
    ensure!(played.status.success(), "not every fault could be played to its end");

    let version = output(command(&browser.chromium).arg("--version")).unwrap_or_default();
    let (by_http2, by_http1): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.http == "2");
    let head: Vec<&str> = ["fault", "Vireo: charges", "Vireo: orphans"]
        .into_iter()
        .chain(PEERS.iter().map(|(name, _)| *name))
        .collect();
    let cells: Vec<Vec<String>> = by_http2.iter().map(cells).collect();
    table::print(&head, &cells);
    let note: String = by_http1.iter().map(http1_note).collect();
    println!("{note}");
    write_down(&head, &cells, version.trim(), &note)?;
    let missed = by_http2.iter().filter(|row| row.charges != 1 || row.orphans != 0).count();
    ensure!(
        missed == 0,
        "{missed} of {} faults cost something else than 1 charge and 0 orphans",
        by_http2.len()
    );
    Ok(())
}

fn row(line: &str) -> Result<Row> {
    let row: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
    Ok(Row {
        fault: row["fault"].as_str().context("fault")?.to_owned(),
        http: row["http"].as_str().context("http")?.to_owned(),
        charges: row["charges"].as_u64().context("charges")?,
        orphans: row["orphans"].as_u64().context("orphans")?,
    })
}

fn cells(row: &Row) -> Vec<String> {
    let place = PEERS_FAULTS.iter().position(|fault| *fault == row.fault);
    let peers = PEERS.iter().map(|(_, sent)| place.map_or("–".to_owned(), |place| sent[place].to_string()));
    [row.fault.clone(), row.charges.to_string(), row.orphans.to_string()].into_iter().chain(peers).collect()
}

fn http1_note(row: &Row) -> String {
    format!(
        "Over HTTP/1.1, which the provider does not need, the fault \"{}\" came to {} charges and {} orphans: there \
         Chromium repeats a request by itself where a kept connection dies, and no page can forbid it.\n",
        row.fault, row.charges, row.orphans
    )
}

fn write_down(head: &[&str], rows: &[Vec<String>], browser: &str, note: &str) -> Result<()> {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let ruler = format!("|---|{}\n", "--:|".repeat(head.len() - 1));
    let lines: String = rows.iter().map(|row| line(row.iter().map(String::as_str).collect())).collect();
    let section = format!(
        "{}\n`cargo xtask bench charges`, {browser}, HTTP/2 under TLS, the simulator's ledger. Goal: 1 charge and 0 \
         orphans in every row.\n\n{}{ruler}{lines}\n\
         Vireo: jobs charged for one wish, and those of them that no card stands for, once a person did what the page \
         offers and the video played. Others: paid requests that one call of the package sends, none of them with an \
         idempotency key (– not measured).\n\n{note}{}",
        MARKS[0],
        line(head.to_vec()),
        MARKS[1]
    );
    let path = root().join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| PAGE.to_owned())?;
    let (before, rest) = page.split_once(MARKS[0]).with_context(|| format!("{PAGE} has no {}", MARKS[0]))?;
    let (_, after) = rest.split_once(MARKS[1]).with_context(|| format!("{PAGE} has no {}", MARKS[1]))?;
    Ok(fs::write(&path, format!("{before}{section}{after}"))?)
}
