//! What every request cost, and for whom: the witness that nothing is charged twice.

use serde::Serialize;
use std::collections::BTreeMap;

/// What kind of job was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// A new video.
    #[serde(rename = "generate")]
    Generate,
    /// A longer version of a video.
    #[serde(rename = "extend")]
    Extend,
    /// The 1080p version of a video.
    #[serde(rename = "1080p")]
    FullHd,
    /// The 4K version of a video.
    #[serde(rename = "4k")]
    FourK,
}

/// One charged job. A failed one stays in the list, with its credits returned.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The task's id; for 1080p, which has none of its own, the original's.
    pub task_id: String,
    /// The prompt; none for upgrades.
    pub prompt: Option<String>,
    /// The request's `Idempotency-Key`, or the intent id in its callback address (`…/callback/{intent}/…`).
    pub intent: Option<String>,
    /// What was made.
    pub kind: Kind,
    /// What was deducted at creation.
    pub credits: f64,
    /// Whether the credits came back because the task failed.
    pub returned: bool,
    /// How often somebody asked how far it is.
    pub polls: u64,
}

/// All charges so far. On the wire: `GET /sim/ledger`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Every charged job, oldest first.
    pub jobs: Vec<Job>,
    /// Jobs per prompt. More than 1 for a prompt that was sent once is a double charge.
    pub by_prompt: BTreeMap<String, usize>,
    /// Jobs per intent.
    pub by_intent: BTreeMap<String, usize>,
    /// Number of charged jobs of every kind.
    pub charges: usize,
    /// The balance.
    pub credits: f64,
    /// Requests to the API and the upload host so far, refused ones included; `/sim/…` and media are not counted.
    pub requests: u64,
}

impl Ledger {
    pub(crate) fn new(jobs: &[Job], credits: f64, requests: u64) -> Ledger {
        Ledger {
            by_prompt: count(jobs.iter().filter_map(|job| job.prompt.as_ref())),
            by_intent: count(jobs.iter().filter_map(|job| job.intent.as_ref())),
            charges: jobs.len(),
            jobs: jobs.to_vec(),
            credits,
            requests,
        }
    }
}

fn count<'a>(names: impl Iterator<Item = &'a String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.clone()).or_default() += 1;
    }
    counts
}
