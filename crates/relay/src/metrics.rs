//! Counters for Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// One number that anybody may count up or down.
#[derive(Debug, Default)]
pub(crate) struct Number(AtomicU64);

impl Number {
    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All that is counted, since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Paid requests by how they ended.
    pub(crate) accepted: Number,
    pub(crate) rejected: Number,
    pub(crate) unknown: Number,
    pub(crate) unsent: Number,
    /// Answers given again.
    pub(crate) replayed: Number,
    /// Paid requests that did not leave: for the caller's budget, and for the provider's failures.
    pub(crate) over_budget: Number,
    pub(crate) held_back: Number,
    /// How often the breaker has opened.
    pub(crate) breaker_opened: Number,
    /// Callbacks that were believed, and others.
    pub(crate) callbacks: Number,
    pub(crate) forged: Number,
    /// Records read without anybody asking.
    pub(crate) looks: Number,
    /// Streams of events that are open now.
    pub(crate) streams: Number,
}

impl Metrics {
    /// The text that Prometheus reads.
    pub(crate) fn text(&self, open_tasks: usize, breaker_open: bool) -> String {
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, rows: &[(&str, u64)]| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "# HELP vireo_relay_{name} {help}\n# TYPE vireo_relay_{name} {kind}");
            for (labels, value) in rows {
                let _ = writeln!(text, "vireo_relay_{name}{labels} {value}");
            }
        };
        let outcomes = [
            (r#"{outcome="accepted"}"#, self.accepted.get()),
            (r#"{outcome="rejected"}"#, self.rejected.get()),
            (r#"{outcome="unknown"}"#, self.unknown.get()),
            (r#"{outcome="unsent"}"#, self.unsent.get()),
        ];
        family("paid_requests_total", "counter", "Paid requests to the provider.", &outcomes);
        family("replayed_total", "counter", "Answers given again.", &[("", self.replayed.get())]);
        let held =
            [(r#"{why="budget"}"#, self.over_budget.get()), (r#"{why="breaker"}"#, self.held_back.get())];
        family("held_back_total", "counter", "Paid requests that the relay did not send.", &held);
        let opened = self.breaker_opened.get();
        family("breaker_opened_total", "counter", "How often the breaker has opened.", &[("", opened)]);
        let open = u64::from(breaker_open);
        family("breaker_open", "gauge", "Whether paid requests are held back.", &[("", open)]);
        let callbacks =
            [(r#"{believed="yes"}"#, self.callbacks.get()), (r#"{believed="no"}"#, self.forged.get())];
        family("callbacks_total", "counter", "Callbacks received.", &callbacks);
        family("looks_total", "counter", "Records read by the relay itself.", &[("", self.looks.get())]);
        family("streams", "gauge", "Open streams of events.", &[("", self.streams.get())]);
        family("open_tasks", "gauge", "Tasks without a verdict.", &[("", open_tasks as u64)]);
        text
    }
}
