//! An intent: what a person asked for, charged at most once. The stored record and its vocabulary; how it changes
//! stands in [`crate::machine`].

use serde::{Deserialize, Serialize};
use std::fmt;
use veo_api::{Class, Extend, Generate, Model, Resolution, Spent, TaskId};

/// Names an intent for its whole life. A UUID version 7, so ids sort by creation time; it is also the
/// `Idempotency-Key` towards a relay.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(String);

impl IntentId {
    /// Builds the id from the wall clock (milliseconds) and ten random bytes.
    pub fn new(now_ms: u64, random: [u8; 10]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut bytes = [0u8; 16];
        bytes[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        let mut text = String::with_capacity(36);
        for (i, byte) in bytes.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push(HEX[usize::from(byte >> 4)] as char);
            text.push(HEX[usize::from(byte & 15)] as char);
        }
        IntentId(text)
    }

    /// Reads an id that somebody else stored: 1 to 64 letters, digits and hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        fits.then(|| IntentId(text.to_owned()))
    }

    /// A name for the bytes of a later video of the same task; the first has the intent's own.
    pub fn of_video(&self, index: u32) -> Self {
        match index {
            0 => self.clone(),
            index => IntentId([&self.0, "-", &index.to_string()].concat()),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an intent stands. The names are the values of `data-state` in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting in this browser; nothing was sent.
    Queued,
    /// Journalled, the request is on its way.
    Sending,
    /// The answer was lost; the provider may have accepted it.
    Unknown,
    /// Refused at creation; nothing was charged.
    Rejected,
    /// Accepted, the provider works on it.
    Generating,
    /// Finished with a video.
    Succeeded,
    /// The provider's verdict: no video.
    Failed,
    /// No verdict for 24 hours. Still kept; a person may fetch it again.
    Stale,
}

impl State {
    /// Every state.
    pub const ALL: [State; 8] = {
        use State::*;
        [Queued, Sending, Unknown, Rejected, Generating, Succeeded, Failed, Stale]
    };

    /// The value of `data-state`.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Sending => "sending",
            State::Unknown => "unknown",
            State::Rejected => "rejected",
            State::Generating => "generating",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::Stale => "stale",
        }
    }

    /// True for a verdict that no later answer takes back.
    pub fn is_final(self) -> bool {
        matches!(self, State::Rejected | State::Succeeded | State::Failed)
    }

    /// True while something is still to come without a person's act.
    pub fn is_open(self) -> bool {
        matches!(self, State::Queued | State::Sending | State::Generating)
    }
}

/// Which height a paid upgrade asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Height {
    /// 1080p, by a GET with a side effect.
    #[serde(rename = "1080p")]
    P1080,
    /// 4K, by a POST that is repeated to look.
    #[serde(rename = "4k")]
    P4k,
}

impl Height {
    /// What it is called on a screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Height::P1080 => "1080p",
            Height::P4k => "4K",
        }
    }
}

/// What is bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// A new video.
    Generate(Generate),
    /// A larger rendition of a finished task's video.
    Upgrade {
        /// The finished task.
        task_id: TaskId,
        /// The height asked for.
        height: Height,
        /// Which of the task's videos, from 0.
        #[serde(default)]
        index: u32,
        /// Where the provider reports; it takes one for 4K only.
        #[serde(default)]
        callback_url: Option<String>,
    },
    /// A finished video made longer.
    Extend(Extend),
}

impl Order {
    /// A larger rendition of a task's first video.
    pub fn upgrade(task_id: TaskId, height: Height) -> Self {
        Order::Upgrade { task_id, height, index: 0, callback_url: None }
    }

    /// What the person typed; empty for an upgrade.
    pub fn prompt(&self) -> &str {
        match self {
            Order::Generate(generate) => &generate.prompt,
            Order::Extend(extend) => &extend.prompt,
            Order::Upgrade { .. } => "",
        }
    }

    /// The model that works on it, where the order names one.
    pub fn model(&self) -> Option<&Model> {
        match self {
            Order::Generate(generate) => Some(&generate.model),
            Order::Extend(extend) => Some(&extend.model),
            Order::Upgrade { .. } => None,
        }
    }
}

/// Why something is not as wished, with the provider's own words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// What it is.
    pub cause: Cause,
    /// The provider's code, from the body or else the HTTP status.
    pub code: Option<i64>,
    /// The provider's words, or the browser's; may be empty.
    pub words: String,
}

impl Trouble {
    /// A trouble without foreign words.
    pub fn new(cause: Cause) -> Self {
        Trouble { cause, code: None, words: String::new() }
    }

    /// What the provider answered.
    pub fn from_error(error: &veo_api::ApiError) -> Self {
        Trouble {
            cause: Cause::Provider(error.class()),
            code: error.code().or(Some(i64::from(error.status()))),
            words: error.message().to_owned(),
        }
    }
}

/// The kinds of trouble that texts are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The provider said so.
    Provider(Class),
    /// No readable answer came to a paid request.
    AnswerLost,
    /// The page was closed before the answer came.
    PageClosed,
    /// The provider could not be reached.
    Unreachable,
    /// Finished, but without a link, also after more looks.
    NoVideo,
    /// Finished, but its links are not ones a browser should open.
    UnsafeLink,
    /// The request could not be built or sent at all: nothing left this browser.
    NotSent,
}

/// What a finished task delivered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Addresses of the video, best first; each was checked to be safe to open.
    pub urls: Vec<String>,
    /// Addresses that were refused, shown as text only.
    #[serde(default)]
    pub refused_urls: Vec<String>,
    /// The resolution the provider reports.
    pub resolution: Option<Resolution>,
    /// `Some(false)` when the provider dropped the sound.
    pub has_audio: Option<bool>,
    /// The seed that was used.
    pub seed: Option<u32>,
    /// When the provider began, by its own clock, in milliseconds.
    pub started_ms: Option<u64>,
    /// When the provider finished, by its own clock, in milliseconds.
    pub completed_ms: Option<u64>,
}

/// How an accepted task is being followed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    /// When the task was last asked for, in milliseconds.
    pub last_ms: Option<u64>,
    /// When the next look is due, in milliseconds. Moving it forward before a look claims that look for one tab.
    pub next_ms: u64,
    /// Looks that were answered.
    pub looks: u32,
    /// Looks in a row that failed; a failed look is not a failed task.
    pub errors: u32,
    /// Looks that found success without a usable link.
    #[serde(default)]
    pub empty: u32,
    /// Looks after the 24 hours that still found it generating.
    #[serde(default)]
    pub late: u32,
    /// A failure of the passing kind is looked at once more: it may have turned into a success.
    #[serde(default)]
    pub recheck: bool,
    /// Why the last look failed.
    pub trouble: Option<Trouble>,
}

/// The version of the stored record that this build writes.
pub const RECORD_VERSION: u32 = 1;

/// A stored intent. One record per intent in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The version of this record's format.
    pub version: u32,
    /// Its name.
    pub id: IntentId,
    /// The intent whose video this one upgrades or lengthens.
    #[serde(default)]
    pub parent: Option<IntentId>,
    /// What is bought.
    pub order: Order,
    /// Where it stands.
    pub state: State,
    /// When the person asked, in milliseconds.
    pub created_ms: u64,
    /// The tab that sends it; a record whose tab is gone is never sent by another.
    #[serde(default)]
    pub tab: String,
    /// When the paid request left, in milliseconds.
    #[serde(default)]
    pub sent_ms: Option<u64>,
    /// When the provider accepted it, in milliseconds.
    #[serde(default)]
    pub accepted_ms: Option<u64>,
    /// When the verdict was known here, in milliseconds.
    #[serde(default)]
    pub ended_ms: Option<u64>,
    /// The provider's name for it.
    #[serde(default)]
    pub task_id: Option<TaskId>,
    /// What it delivered.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// Why it is `unknown`, `rejected`, `failed` or `stale`.
    #[serde(default)]
    pub trouble: Option<Trouble>,
    /// How it is followed.
    #[serde(default)]
    pub follow: Follow,
    /// The price shown before the click, in credits.
    #[serde(default)]
    pub estimate: Option<f64>,
    /// The balance last seen before it was sent, in credits.
    #[serde(default)]
    pub balance_before: Option<f64>,
    /// What it cost by the balance, in credits, where that could be told.
    #[serde(default)]
    pub charged: Option<f64>,
}

impl Intent {
    /// A new intent that nothing was sent for.
    pub fn new(id: IntentId, order: Order, tab: &str, now_ms: u64) -> Self {
        Intent {
            version: RECORD_VERSION,
            id,
            parent: None,
            order,
            state: State::Queued,
            created_ms: now_ms,
            tab: tab.to_owned(),
            sent_ms: None,
            accepted_ms: None,
            ended_ms: None,
            task_id: None,
            outcome: None,
            trouble: None,
            follow: Follow::default(),
            estimate: None,
            balance_before: None,
            charged: None,
        }
    }

    /// True for a larger rendition of a video, which has no card of its own.
    pub fn is_upgrade(&self) -> bool {
        matches!(self.order, Order::Upgrade { .. })
    }

    /// What is known about money.
    pub fn spent(&self) -> Spent {
        match self.state {
            State::Queued | State::Rejected => Spent::No,
            State::Succeeded => Spent::Yes,
            State::Failed
                if matches!(
                    self.trouble,
                    Some(Trouble { cause: Cause::NoVideo | Cause::UnsafeLink, .. })
                ) =>
            {
                Spent::Yes
            }
            _ => Spent::Unknown,
        }
    }

    /// Seconds since the provider accepted it; 0 when the clock went back.
    pub fn age_s(&self, now_ms: u64) -> f64 {
        let since = self.accepted_ms.or(self.sent_ms).unwrap_or(self.created_ms);
        now_ms.saturating_sub(since) as f64 / 1000.0
    }
}
