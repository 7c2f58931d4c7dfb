//! Paid requests: two durable steps before one leaves, one after.

use crate::figures::{median, percentile, row};
use crate::http::Connection;
use anyhow::Result;
use std::time::Instant;

const REQUESTS: usize = 200;
pub const GENERATE: &str = "/api/v1/veo/generate";

pub async fn paid(relay: &str, direct: &str) -> Result<()> {
    let mut waits = buy(relay, "a", "paid", REQUESTS).await?;
    let mut without = buy(direct, "a", "paid", REQUESTS).await?;
    let (p50, p99) = (median(&mut waits), percentile(&mut waits, 0.99));
    row("paid request, each step on disk", &format!("p50 {p50:.1} ms, p99 {p99:.1} ms"), "–");
    row("– straight to the same provider", &format!("p50 {:.1} ms", median(&mut without)), "–");
    Ok(())
}

/// Buys so many videos, one after the other; answers with the milliseconds of each.
pub async fn buy(address: &str, token: &str, name: &str, count: usize) -> Result<Vec<f64>> {
    let mut connection = Connection::open(address, token).await?;
    let mut waits = Vec::new();
    for number in 0..count {
        let key = format!("Idempotency-Key: {name}-{number}\r\nContent-Type: application/json\r\n");
        let body = format!(r#"{{"prompt":"{name} {number}","model":"veo3_fast"}}"#);
        let asked = Instant::now();
        connection.ask("POST", GENERATE, &key, &body).await?;
        waits.push(asked.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(waits)
}
