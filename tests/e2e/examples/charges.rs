//! Plays every bad day in Chromium and writes what it cost, one JSON object a line: `cargo xtask bench charges`.

use anyhow::{Result, ensure};
use serde_json::json;
use vireo_e2e::faults::BadDay;

#[tokio::main]
async fn main() -> Result<()> {
    let mut failed = Vec::new();
    let days = BadDay::ALL.map(|day| (day, true));
    for (day, secure) in days.into_iter().chain([(BadDay::AnswerLost, false)]) {
        match day.play(secure).await {
            Ok(tally) => {
                let row = json!({
                    "fault": day.name(),
                    "http": if secure { "2" } else { "1.1" },
                    "charges": tally.charges,
                    "orphans": tally.orphans,
                });
                println!("{row}");
            }
            Err(error) => failed.push(format!("{}: {error:#}", day.name())),
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}
