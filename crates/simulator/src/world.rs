//! The provider's tables, in memory: one account, its tasks, its files, its ledger.

use crate::clock::Clock;
use crate::files::{Files, StoredFile};
use crate::ledger::{Job, Kind, Ledger};
use crate::reply::Refusal;
use crate::scenario::{Scenario, Scenarios};
use crate::task::Task;
use percent_encoding::percent_decode_str;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A day in milliseconds.
pub(crate) const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Media and records are served this long (docs).
pub(crate) const RETENTION_MS: u64 = 14 * DAY_MS;

/// When work ends that never ends.
pub(crate) const NEVER: u64 = u64::MAX;

/// New tasks per key and [`WINDOW_MS`]; what exceeds it is refused, not queued (kie support, 2026-08-15).
const CREATIONS: usize = 20;
const WINDOW_MS: u64 = 10_000;

/// What a world is made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where chance starts: the same seed and the same requests give the same ids, durations and scenes.
    pub seed: u64,
    /// How many times faster than in reality tasks and upgrades are made; 1 is real (veo3 150 s, veo3_fast 75 s,
    /// veo3_lite 60 s in the middle). Lifetimes of files and the rate limit are not affected.
    pub speed: f64,
    /// The balance to begin with. There is one account, whatever the key.
    pub credits: f64,
    /// The origin at which [`media_router`](crate::media_router) is reachable, without a trailing slash.
    pub media_base: String,
    /// Signs callbacks if given.
    pub webhook_hmac_key: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            seed: 1,
            speed: 1.0,
            credits: 5916.25,
            media_base: "http://127.0.0.1:9102".to_owned(),
            webhook_hmac_key: None,
        }
    }
}

/// The provider. Clones share everything.
#[derive(Clone)]
pub struct World {
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    tables: Arc<Mutex<Tables>>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Makes a world in which nothing has happened yet.
pub fn world(settings: Settings, clock: impl Clock + 'static) -> World {
    let tables = Tables {
        media_base: settings.media_base.clone(),
        speed: settings.speed,
        rng: StdRng::seed_from_u64(settings.seed),
        credits: settings.credits,
        recent: HashMap::new(),
        tasks: HashMap::new(),
        files: Files::default(),
        jobs: Vec::new(),
        refunds: Vec::new(),
        requests: 0,
    };
    World { settings: Arc::new(settings), clock: Arc::new(clock), tables: Arc::new(Mutex::new(tables)) }
}

impl World {
    /// What the world was made from.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// All charges so far.
    pub fn ledger(&self) -> Ledger {
        self.with(|tables, _| Ledger::new(&tables.jobs, tables.credits, tables.requests))
    }

    /// Uploads are gone from now on, before their time.
    pub fn forget_uploads(&self) {
        self.with(|tables, _| tables.files.remove_below("kieai/"));
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Looks at the tables, or changes them, at one point in time.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Tables, u64) -> T) -> T {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now_ms();
        tables.settle(now);
        act(&mut tables, now)
    }
}

/// Credits that come back once a task has failed.
struct Refund {
    due_ms: u64,
    job: usize,
}

pub(crate) struct Tables {
    pub(crate) media_base: String,
    speed: f64,
    pub(crate) rng: StdRng,
    pub(crate) credits: f64,
    /// Times of the latest creations by key.
    recent: HashMap<String, VecDeque<u64>>,
    pub(crate) tasks: HashMap<String, Task>,
    pub(crate) files: Files,
    pub(crate) jobs: Vec<Job>,
    refunds: Vec<Refund>,
    pub(crate) requests: u64,
}

impl Tables {
    /// 32 lowercase hex characters, as real ids have (wire).
    pub(crate) fn new_id(&mut self) -> String {
        format!("{:032x}", self.rng.random::<u128>())
    }

    /// The path of an address under the media origin, decoded and without its query.
    pub(crate) fn own_path(&self, url: &str) -> Option<String> {
        let path = url.strip_prefix(&self.media_base)?.strip_prefix('/')?;
        let path = path.split('?').next()?;
        Some(percent_decode_str(path).decode_utf8_lossy().into_owned())
    }

    /// The file at an address under the media origin, if it is there now.
    pub(crate) fn own_file(&self, url: &str, now: u64) -> Option<&StoredFile> {
        self.files.get(&self.own_path(url)?, now)
    }

    /// The task, if it is still served.
    pub(crate) fn task(&mut self, id: &str, now: u64) -> Result<&mut Task, Refusal> {
        let task = self.tasks.get_mut(id).ok_or_else(Refusal::no_record)?;
        if now > task.created_ms + RETENTION_MS {
            return Err(Refusal::too_old());
        }
        Ok(task)
    }

    /// The task, if it has a video number `index` that something can be made of.
    pub(crate) fn video(&mut self, id: &str, index: u64, now: u64) -> Result<&mut Task, Refusal> {
        let task = self.task(id, now)?;
        if !task.has_succeeded(now) {
            Err(Refusal::invalid("record status is not success."))
        } else if task.kind == Kind::FourK || task.result_urls.len() as u64 <= index {
            Err(Refusal::invalid("record result data not exist."))
        } else {
            Ok(task)
        }
    }

    /// Whether `key` may create one more task now.
    pub(crate) fn admit(&mut self, key: &str, now: u64) -> Result<(), Refusal> {
        let recent = self.recent.entry(key.to_owned()).or_default();
        while recent.front().is_some_and(|at| at + WINDOW_MS <= now) {
            recent.pop_front();
        }
        if recent.len() >= CREATIONS {
            return Err(Refusal::too_many());
        }
        recent.push_back(now);
        Ok(())
    }

    /// Deducts credits and notes for what; returns the job's place in the ledger.
    pub(crate) fn charge(
        &mut self,
        kind: Kind,
        task_id: &str,
        credits: f64,
        prompt: Option<&str>,
        intent: Option<String>,
    ) -> Result<usize, Refusal> {
        if self.credits < credits {
            return Err(Refusal::no_credits());
        }
        self.credits -= credits;
        self.jobs.push(Job {
            task_id: task_id.to_owned(),
            prompt: prompt.map(str::to_owned),
            intent,
            kind,
            credits,
            returned: false,
            polls: 0,
        });
        Ok(self.jobs.len() - 1)
    }

    /// Gives the credits of a job back at a later time.
    pub(crate) fn refund_at(&mut self, due_ms: u64, job: usize) {
        self.refunds.push(Refund { due_ms, job });
    }

    fn settle(&mut self, now: u64) {
        for refund in self.refunds.extract_if(.., |refund| refund.due_ms <= now) {
            let job = &mut self.jobs[refund.job];
            job.returned = true;
            self.credits += job.credits;
        }
    }

    /// When work that takes `seconds` in reality ends, if it begins `now`.
    pub(crate) fn end_of(&self, now: u64, seconds: f64, scenarios: &Scenarios) -> u64 {
        let ms = seconds * 1000.0 / self.speed;
        if scenarios.has(Scenario::Never) {
            NEVER
        } else if scenarios.has(Scenario::Fast) {
            now + ms.min(1000.0) as u64
        } else if scenarios.has(Scenario::Slow) {
            now + (ms * 10.0) as u64
        } else {
            now + ms as u64
        }
    }
}
