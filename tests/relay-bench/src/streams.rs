//! Thousands of open streams of events: how soon they hear, what they weigh, and how they come back.

use crate::figures::{percentile, row};
use crate::http::Connection;
use crate::paid::buy;
use crate::process::{CALLERS, Relay};
use crate::provider::Provider;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncBufReadExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

const LISTENERS: usize = 1000;
const CALLS: usize = 40;
const BETWEEN_CALLS: Duration = Duration::from_millis(200);
const IDLE: usize = 10_000;
const MISSABLE: usize = 20;
const PATIENCE: Duration = Duration::from_secs(90);

/// A stream has heard that a task has succeeded.
struct Heard {
    task: String,
    at: Instant,
}

/// Streams that come back whenever they break, and go on where they were.
struct Crowd {
    heard: UnboundedReceiver<Heard>,
    open: Arc<AtomicUsize>,
    _streams: JoinSet<()>,
}

impl Crowd {
    async fn gather(address: &str, callers: &[&'static str], count: usize) -> Result<Crowd> {
        let (told, heard) = unbounded_channel();
        let open = Arc::new(AtomicUsize::new(0));
        let mut streams = JoinSet::new();
        for number in 0..count {
            let (address, told, open) = (address.to_owned(), told.clone(), Arc::clone(&open));
            let caller = callers[number % callers.len()];
            streams.spawn(async move {
                let mut last = String::new();
                loop {
                    // A break is an end like any other.
                    let _ = listen(&address, caller, &mut last, &told, &open).await;
                    let spread = Duration::from_millis(200 + (number as u64 * 7919) % 800);
                    tokio::time::sleep(spread).await;
                }
            });
            // As browsers come: many, but not in the same moment.
            if number % 50 == 49 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let crowd = Crowd { heard, open, _streams: streams };
        crowd.all_open(count).await?;
        Ok(crowd)
    }

    async fn all_open(&self, count: usize) -> Result<()> {
        let waiting = async {
            while self.open.load(Ordering::SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = timeout(PATIENCE, waiting).await;
        waited.with_context(|| format!("{} of {count} streams are open", self.open.load(Ordering::SeqCst)))
    }
}

async fn listen(
    address: &str,
    caller: &str,
    last: &mut String,
    told: &UnboundedSender<Heard>,
    open: &AtomicUsize,
) -> Result<()> {
    let mut connection = Connection::open(address, caller).await?;
    let after = if last.is_empty() { String::new() } else { format!("Last-Event-ID: {last}\r\n") };
    connection.send("GET", "/relay/events", &after, "").await?;
    ensure!(connection.head().await?.status == 200);
    let mut line = String::new();
    let mut counted = false;
    let ended = loop {
        line.clear();
        match connection.stream.read_line(&mut line).await {
            Ok(0) => break Ok(()),
            Err(error) => break Err(error.into()),
            Ok(_) => {}
        }
        if let Some(id) = line.strip_prefix("id: ") {
            *last = id.trim().to_owned();
        } else if line.starts_with("event: heartbeat") && !counted {
            counted = true;
            open.fetch_add(1, Ordering::SeqCst);
        } else if line.contains(r#""succeeded""#) {
            let task = line.split(r#""taskId":""#).nth(1).and_then(|rest| rest.split('"').next());
            let task = task.unwrap_or_default().to_owned();
            // Nobody hears it any more once the figures are taken.
            let _ = told.send(Heard { task, at: Instant::now() });
        }
    };
    if counted {
        open.fetch_sub(1, Ordering::SeqCst);
    }
    ended
}

/// Ends a task, and calls back as the provider does.
async fn call(provider: &Provider, address: &str, task: &str, callback: &str) -> Result<()> {
    provider.finish(task);
    let path =
        callback.strip_prefix("http://").and_then(|rest| rest.split_once('/')).context("an address")?;
    let body = format!(r#"{{"code":200,"msg":"success","data":{{"taskId":"{task}"}}}}"#);
    let mut connection = Connection::open(address, "").await?;
    connection.ask("POST", &format!("/{}", path.1), "Content-Type: application/json\r\n", &body).await?;
    Ok(())
}

/// From the provider's callback to the browsers' events.
pub async fn callbacks(relay: &Relay, provider: &Provider) -> Result<()> {
    for (what, callers) in [("of ten callers", &CALLERS[..]), ("of one caller, who hear all", &CALLERS[..1])]
    {
        provider.take_callbacks();
        buy(&relay.address, "a", what.split(' ').nth(1).unwrap_or_default(), CALLS).await?;
        let tasks = provider.take_callbacks();
        ensure!(tasks.len() == CALLS, "the relay gives the provider no address");
        let mut crowd = Crowd::gather(&relay.address, callers, LISTENERS).await?;
        let each = LISTENERS / callers.len();
        let mut waits = Vec::new();
        for (task, callback) in &tasks {
            let due = Instant::now();
            call(provider, &relay.address, task, callback).await?;
            let mut left = each;
            while left > 0 {
                let heard = timeout(PATIENCE, crowd.heard.recv()).await?.context("the streams have ended")?;
                // Those who come are told of earlier tasks first.
                if heard.task != *task {
                    continue;
                }
                left -= 1;
                waits.push((heard.at - due).as_secs_f64() * 1000.0);
            }
            tokio::time::sleep_until(due + BETWEEN_CALLS).await;
        }
        let (p50, p99) = (percentile(&mut waits, 0.5), percentile(&mut waits, 0.99));
        row(
            &format!("callback to browser event, {LISTENERS} streams {what}"),
            &format!("p50 {p50:.1} ms, p99 {p99:.1} ms"),
            "p99 < 50 ms",
        );
    }
    Ok(())
}

/// Ten thousand streams that hear nothing, then a restart in which something happens.
pub async fn idle(program: &Path, provider: &Provider, folder: &Path) -> Result<()> {
    let address = crate::process::free_address().await?;
    let relay = Relay::start(program, &address, &provider.address, folder).await?;
    provider.take_callbacks();
    buy(&address, "a", "missable", MISSABLE).await?;
    let tasks = provider.take_callbacks();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = relay.memory()?;
    let mut crowd = Crowd::gather(&address, &CALLERS[..1], IDLE).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = (relay.memory()? - before) / IDLE as f64 / 1024.0;
    row(&format!("memory of each idle stream, {IDLE} open"), &format!("{each:.1} KiB"), "≤ 12 KiB");

    relay.stop().await?;
    let relay = Relay::start(program, &address, &provider.address, folder).await?;
    let restarted = Instant::now();
    for (task, callback) in &tasks {
        call(provider, &address, task, callback).await?;
    }
    crowd.all_open(IDLE).await?;
    let back = restarted.elapsed().as_secs_f64();
    let mut heard = 0;
    while heard < MISSABLE * IDLE {
        match timeout(Duration::from_secs(30), crowd.heard.recv()).await {
            Ok(Some(told)) => heard += usize::from(tasks.iter().any(|(task, _)| *task == told.task)),
            _ => break,
        }
    }
    row(&format!("{IDLE} streams back after a restart"), &format!("{back:.1} s"), "≤ 30 s");
    let missed = MISSABLE * IDLE - heard;
    row(&format!("– of {MISSABLE} events meanwhile, missed by any"), &missed.to_string(), "0");
    relay.stop().await
}
