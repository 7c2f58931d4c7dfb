//! Questions about tasks, which browsers ask most: through the relay, through nginx, and straight.

use crate::figures::{median, percentile, row};
use crate::http::Connection;
use crate::process::processor_s;
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Each connection asks after a task of its own: questions after the same one are shared by the relay.
fn path(number: u64) -> String {
    format!("/api/v1/veo/record-info?taskId=a1b2c3d4e5f60718293a4b5c6d7e8f{number:02}")
}
const CONNECTIONS: u64 = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
/// Asked whether or not the last answer is there: an open loop.
const PER_SECOND: u64 = 400;

/// Who is asked: a name, an address, and the process there.
pub type Way<'a> = (&'a str, &'a str, Option<u32>);

/// How many a way can answer, and what it adds when it is not busy, in turns so that all see the same machine.
pub async fn polls(direct: Way<'_>, relay: Way<'_>, nginx: Option<Way<'_>>) -> Result<()> {
    let ways: Vec<Way<'_>> = [Some(direct), Some(relay), nginx].into_iter().flatten().collect();
    let mut rates = vec![Vec::new(); ways.len()];
    let mut costs = vec![Vec::new(); ways.len()];
    let mut alike = Vec::new();
    let mut waits = vec![[Vec::new(), Vec::new()]; ways.len()];
    for _ in 0..ROUNDS {
        for (index, way) in ways.iter().enumerate() {
            let used = || way.2.map(processor_s).transpose();
            let before = used()?;
            let rate = busy(way.1, false).await?;
            rates[index].push(rate);
            if let (Some(before), Some(after)) = (before, used()?) {
                costs[index].push((after - before) * 1e6 / (rate * ROUND.as_secs_f64()));
            }
        }
        alike.push(busy(relay.1, true).await?);
        for (index, way) in ways.iter().enumerate() {
            let mut all = steady(way.1).await?;
            waits[index][0].push(percentile(&mut all, 0.5));
            waits[index][1].push(percentile(&mut all, 0.99));
        }
    }
    let rates: Vec<f64> = rates.iter_mut().map(|all| median(all)).collect();
    let waits: Vec<[f64; 2]> = waits.iter_mut().map(|[a, b]| [median(a), median(b)]).collect();
    let added = |index: usize| [0, 1].map(|which| (waits[index][which] - waits[0][which]).max(0.0));
    for (index, way) in ways.iter().enumerate() {
        row(
            &format!("polls per second, {CONNECTIONS} connections: {}", way.0),
            &format!("{:.0}", rates[index]),
            "–",
        );
    }
    if rates.len() > 2 {
        row("– the relay's share of nginx's", &format!("{:.2}", rates[1] / rates[2]), "≥ 0.70");
    }
    for (index, way) in ways.iter().enumerate().skip(1) {
        row(
            &format!("processor time of a poll: {}", way.0),
            &format!("{:.0} µs", median(&mut costs[index])),
            "–",
        );
    }
    let what = format!("polls per second, {CONNECTIONS} connections after one task: the relay");
    row(&what, &format!("{:.0}", median(&mut alike)), "–");
    for (index, way) in ways.iter().enumerate().skip(1) {
        let [p50, p99] = added(index);
        row(
            &format!("added to a poll at {PER_SECOND} a second: {}", way.0),
            &format!("p50 {p50:.2} ms, p99 {p99:.2} ms"),
            "–",
        );
    }
    if waits.len() > 2 {
        let ratio = |which: usize| added(1)[which] / added(2)[which].max(0.01);
        row(
            "– the relay's, as a multiple of nginx's",
            &format!("p50 {:.1}, p99 {:.1}", ratio(0), ratio(1)),
            "–",
        );
    }
    Ok(())
}

/// Answers a second, where everybody asks again at once.
async fn busy(address: &str, alike: bool) -> Result<f64> {
    let until = Instant::now() + ROUND;
    let mut askers = JoinSet::new();
    for number in 0..CONNECTIONS {
        let (address, path) = (address.to_owned(), path(if alike { 0 } else { number }));
        askers.spawn(async move {
            let mut connection = Connection::open(&address, "a").await?;
            let mut answers = 0;
            while Instant::now() < until {
                connection.ask("GET", &path, "", "").await?;
                answers += 1;
            }
            anyhow::Ok(answers)
        });
    }
    let mut answers = 0;
    while let Some(asked) = askers.join_next().await {
        answers += asked??;
    }
    Ok(f64::from(answers) / ROUND.as_secs_f64())
}

/// Milliseconds from when each question was due to its answer.
async fn steady(address: &str) -> Result<Vec<f64>> {
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now() + Duration::from_millis(100);
    let count = PER_SECOND * ROUND.as_secs();
    let mut askers = JoinSet::new();
    for number in 0..CONNECTIONS {
        let (address, next, path) = (address.to_owned(), Arc::clone(&next), path(number));
        askers.spawn(async move {
            let mut connection = Connection::open(&address, "a").await?;
            let mut waits = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return anyhow::Ok(waits);
                }
                let due = start + Duration::from_micros(number * 1_000_000 / PER_SECOND);
                tokio::time::sleep_until(due).await;
                connection.ask("GET", &path, "", "").await?;
                waits.push(due.elapsed().as_secs_f64() * 1000.0);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(asked) = askers.join_next().await {
        all.extend(asked??);
    }
    Ok(all)
}
