//! A task from its creation to its end. All is decided at creation; the clock only reveals it.

use crate::clips::{Clip, Shape, scenes};
use crate::files::StoredFile;
use crate::ledger::Kind;
use crate::reply::Refusal;
use crate::scenario::{Scenario, Scenarios};
use crate::world::{RETENTION_MS, Tables};
use axum::body::Bytes;
use rand::Rng;
use rand_distr::{Distribution, LogNormal};
use serde_json::Value;

/// How long a refusal takes, in seconds: those come early.
const REFUSAL_S: f64 = 6.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    Quality,
    Fast,
    Lite,
}

impl Model {
    /// Median and spread (σ of the logarithm) of the generation time, in seconds; p95 is twice the median.
    fn typical(self) -> (f64, f64) {
        match self {
            Model::Quality => (150.0, 0.42),
            Model::Fast => (75.0, 0.38),
            Model::Lite => (60.0, 0.38),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    Hd,
    FullHd,
    FourK,
}

impl Resolution {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Resolution::Hd => "720p",
            Resolution::FullHd => "1080p",
            Resolution::FourK => "4k",
        }
    }
}

/// The provider's word on a failed task, as it stands in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) flag: u8,
    pub(crate) code: Option<u16>,
    pub(crate) message: Option<&'static str>,
}

const UNREACHABLE_IMAGE: Verdict = Verdict {
    flag: 2,
    code: Some(400),
    message: Some(
        "Failed to fetch the image. Kindly verify any access limits set by you or your service provider.",
    ),
};

const VERDICTS: [(Scenario, Verdict); 4] = [
    (
        Scenario::Policy,
        Verdict {
            flag: 3,
            code: Some(400),
            message: Some("Your prompt was flagged by Website as violating content policies."),
        },
    ),
    (
        Scenario::Busy,
        Verdict {
            flag: 3,
            code: Some(400),
            message: Some(
                "Request temporarily unavailable due to high traffic on Google models. Please try again later.",
            ),
        },
    ),
    (Scenario::Fail422, Verdict { flag: 3, code: Some(422), message: Some("failed") }),
    (Scenario::Flag7, Verdict { flag: 7, code: None, message: None }),
];

/// What a checked request asks for.
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) prompt: String,
    pub(crate) scenarios: Scenarios,
    /// Echoed as `paramJson`.
    pub(crate) params: Value,
    pub(crate) model: Model,
    pub(crate) shape: Shape,
    /// The scene to go on with; otherwise chance decides.
    pub(crate) scene: Option<&'static Clip>,
    pub(crate) resolution: Resolution,
    pub(crate) seed: Option<u64>,
    pub(crate) credits: f64,
    /// An input image will turn out to be unreachable.
    pub(crate) image_missing: bool,
    pub(crate) callback: Option<String>,
    pub(crate) intent: Option<String>,
}

/// One task.
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) scenarios: Scenarios,
    pub(crate) params: Value,
    pub(crate) shape: Shape,
    pub(crate) scene: &'static Clip,
    pub(crate) resolution: Resolution,
    pub(crate) seed: u64,
    pub(crate) created_ms: u64,
    /// Or [`NEVER`](crate::world::NEVER).
    pub(crate) ends_ms: u64,
    /// How it ends; `None` is success. Nobody is told before `ends_ms`.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) result_urls: Vec<String>,
    /// The 720p original of a larger video.
    pub(crate) origin_urls: Option<Vec<String>>,
    /// The stitched video of an extension.
    pub(crate) full_urls: Option<Vec<String>>,
    /// The stills of a 4K upgrade.
    pub(crate) image_urls: Option<Vec<String>>,
    pub(crate) callback: Option<String>,
    /// Place in the ledger.
    pub(crate) job: usize,
    pub(crate) full_hd: Option<FullHd>,
    /// The id of the 4K upgrade's own task.
    pub(crate) four_k: Option<String>,
}

/// A 1080p upgrade: it has no id of its own.
#[derive(Clone)]
pub(crate) struct FullHd {
    pub(crate) ready_ms: u64,
    pub(crate) url: String,
    pub(crate) job: usize,
}

impl Task {
    pub(crate) fn has_ended(&self, now: u64) -> bool {
        self.ends_ms <= now
    }

    pub(crate) fn has_succeeded(&self, now: u64) -> bool {
        self.has_ended(now) && self.verdict.is_none()
    }
}

impl Tables {
    /// Charges for a task and lays it down with its end. Refuses without charging.
    pub(crate) fn create(&mut self, key: &str, now: u64, draft: Draft) -> Result<&Task, Refusal> {
        refuse_at_the_door(&draft.scenarios)?;
        self.admit(key, now)?;
        let id = self.new_id();
        let job = self.charge(draft.kind, &id, draft.credits, Some(&draft.prompt), draft.intent)?;

        let verdict = match draft.image_missing {
            true => Some(UNREACHABLE_IMAGE),
            false => draft.scenarios.pick(&VERDICTS),
        };
        let seconds = match verdict {
            Some(_) => REFUSAL_S,
            None => self.generation_s(draft.model),
        };
        let ends_ms = self.end_of(now, seconds, &draft.scenarios);
        let scene = match draft.scene {
            Some(scene) => scene,
            None => &scenes(draft.shape)[self.rng.random_range(0..2)],
        };
        let mut task = Task {
            id: id.clone(),
            kind: draft.kind,
            params: draft.params,
            shape: draft.shape,
            scene,
            resolution: draft.resolution,
            seed: draft.seed.unwrap_or_else(|| self.rng.random_range(10_000..=99_999)),
            created_ms: now,
            ends_ms,
            verdict,
            result_urls: Vec::new(),
            origin_urls: None,
            full_urls: None,
            image_urls: None,
            callback: draft.callback,
            job,
            full_hd: None,
            four_k: None,
            scenarios: draft.scenarios,
        };
        match verdict {
            Some(_) => self.refund_at(ends_ms, job),
            None if task.scenarios.has(Scenario::NoUrl) => {}
            None => self.lay_down_results(&mut task),
        }
        Ok(self.tasks.entry(id).or_insert(task))
    }

    fn generation_s(&mut self, model: Model) -> f64 {
        let (median, sigma) = model.typical();
        LogNormal::new(f64::ln(median), sigma)
            .expect("the spreads in the table are finite")
            .sample(&mut self.rng)
    }

    fn lay_down_results(&mut self, task: &mut Task) {
        let end = task.ends_ms;
        let name = format!("v/{}_{}", task.id, end / 1000);
        let (bytes, origin) = match task.resolution {
            Resolution::Hd => (task.scene.hd, None),
            Resolution::FullHd | Resolution::FourK => (task.scene.full_hd, Some(task.scene.hd)),
        };
        task.result_urls = vec![self.lay_down(&format!("{name}.mp4"), bytes, end, &task.scenarios)];
        task.origin_urls =
            origin.map(|bytes| vec![self.lay_down(&format!("{name}_720p.mp4"), bytes, end, &task.scenarios)]);
        if task.kind == Kind::Extend {
            task.full_urls =
                Some(vec![self.lay_down(&format!("{name}_full.mp4"), bytes, end, &task.scenarios)]);
        }
    }

    /// Puts a result under the media origin, to be served from `from_ms` on, and returns its address.
    pub(crate) fn lay_down(
        &mut self,
        path: &str,
        bytes: &'static [u8],
        from_ms: u64,
        scenarios: &Scenarios,
    ) -> String {
        if !scenarios.has(Scenario::Expired) {
            let is_still = path.ends_with(".jpg");
            let file = StoredFile {
                bytes: Bytes::from_static(bytes),
                mime: if is_still { "image/jpeg" } else { "video/mp4" }.to_owned(),
                from_ms,
                until_ms: from_ms.saturating_add(RETENTION_MS),
                cors: !scenarios.has(Scenario::NoCors),
            };
            self.files.put(path, file);
        }
        format!("{}/{path}", self.media_base)
    }
}

/// Refusals that a prompt asks for; nothing is charged.
fn refuse_at_the_door(scenarios: &Scenarios) -> Result<(), Refusal> {
    let doors: [(Scenario, fn() -> Refusal); 4] = [
        (Scenario::NoCredits, Refusal::no_credits),
        (Scenario::BadKey, Refusal::unauthorized),
        (Scenario::RateLimit, Refusal::too_many),
        (Scenario::Maintenance, Refusal::maintenance),
    ];
    match scenarios.pick(&doors) {
        Some(refusal) => Err(refusal()),
        None => Ok(()),
    }
}
