//! One paid wish and what became of it. Pure: how the record changes, without clock, store or network.

use crate::envelope::{is_readable, own};
use crate::order::{Kind, Order};
use serde::{Deserialize, Serialize};
use serde_json::json;
use veo_api::{ApiError, Model, Record, Reply, Status, TaskId, Upgrade, read_4k, read_created};
use vireo_core::machine::EMPTY_LOOKS;
use vireo_core::schedule::STALE_AFTER_S;

/// Longest `Idempotency-Key`, in bytes.
const MAX_KEY: usize = 255;

/// What is said where a wish could not be written down.
pub const NOT_STORED: &str =
    "The relay could not write the request down, so it was not sent. Nothing was charged.";
/// Whose wish it is, and under which `Idempotency-Key`. Another caller's same key is another wish.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IntentId {
    /// The name of the access token.
    pub caller: String,
    /// The `Idempotency-Key`, or a name of ours where the client sent none.
    pub key: String,
}

/// How far the paid request is. Each step is stored before the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Known, and not sent: it is safe to send it.
    Reserved,
    /// Sent, or about to be. Found after a crash it means [`Stage::Unknown`].
    Sent,
    /// The provider has named the task.
    Accepted,
    /// The provider has definitely refused; nothing was charged.
    Rejected,
    /// No clear answer came: it may have been charged. It is never sent again.
    Unknown,
}

/// The provider's verdict on a task, or ours that there is none after a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// There is a video.
    Succeeded,
    /// There will be none.
    Failed,
    /// No verdict for a day. It may still come.
    Stale,
}

/// A stored answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    status: u16,
    body: String,
    retry_after_s: Option<u32>,
}

/// How to see what becomes of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Follow {
    /// By its task's record.
    Record(TaskId),
    /// By asking for the 4K version again: it goes under its original's name, and has no record of its own. Only where
    /// the provider is known to have taken the first request.
    Upgrade4k(TaskId, u32),
}

/// The record of one wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Its name.
    pub id: IntentId,
    /// Of which route it is.
    pub kind: Kind,
    /// Which model is to work.
    pub model: Model,
    /// What tells its request from another one.
    pub fingerprint: String,
    /// What it will probably cost, in credits.
    pub credits: f64,
    /// The task that is to be extended or upgraded.
    pub original: Option<TaskId>,
    /// Which of its videos.
    #[serde(default)]
    pub index: u32,
    /// How far the request is.
    pub stage: Stage,
    answer: Option<Stored>,
    /// The task, once the provider has named it.
    pub task_id: Option<TaskId>,
    /// The task that a callback named, which is to be verified.
    pub called_back: Option<TaskId>,
    /// The last verdict on the task.
    pub verdict: Option<Verdict>,
    empty_looks: u32,
    /// When it came, in milliseconds since 1970, like all times here.
    pub created_ms: u64,
    /// When the provider named the task.
    pub accepted_ms: Option<u64>,
    /// When anything changed last.
    pub changed_ms: u64,
    /// The number of the last event about it; 0 if there was none. Given by the store.
    pub event: u64,
}

impl Intent {
    /// A wish that nothing was done about yet.
    pub fn new(id: IntentId, order: &Order, now_ms: u64) -> Intent {
        Intent {
            id,
            kind: order.kind(),
            model: order.model(),
            fingerprint: order.fingerprint(),
            credits: order.credits(),
            original: order.original().cloned(),
            index: order.index(),
            stage: Stage::Reserved,
            answer: None,
            task_id: None,
            called_back: None,
            verdict: None,
            empty_looks: 0,
            created_ms: now_ms,
            accepted_ms: None,
            changed_ms: now_ms,
            event: 0,
        }
    }

    /// The answer to give again.
    pub fn stored_reply(&self) -> Option<Reply> {
        let stored = self.answer.as_ref()?;
        Some(Reply {
            status: stored.status,
            body: stored.body.clone(),
            retry_after_s: stored.retry_after_s,
            ..Reply::default()
        })
    }

    /// The same without the answer, which only its own keeper gives again.
    #[must_use]
    pub fn without_answer(self) -> Intent {
        Intent { answer: None, ..self }
    }

    /// Whether the paid request may leave: nothing was sent yet, or it was definitely refused for a reason that passes.
    pub fn may_send(&self) -> bool {
        match self.stage {
            Stage::Reserved => true,
            Stage::Rejected => self
                .stored_reply()
                .and_then(|reply| read_created(&reply).err())
                .is_some_and(|error| error.is_refusal() && error.is_transient()),
            _ => false,
        }
    }

    /// The task that an answer to the paid request names, if any.
    fn named_by(&self, reply: &Reply) -> Result<Option<TaskId>, ApiError> {
        match self.kind {
            Kind::Upgrade4k => read_4k(reply).map(|upgrade| match upgrade {
                Upgrade::Processing { task_id, .. } | Upgrade::Ready { task_id, .. } => {
                    task_id.or_else(|| self.original.clone())
                }
            }),
            _ => read_created(reply).map(Some),
        }
    }

    /// Whether an answer says clearly what became of the request.
    pub fn is_answered_by(&self, reply: &Reply) -> bool {
        self.named_by(reply).map_or_else(|error| error.is_refusal(), |_| true)
    }

    /// The provider has answered the paid request. A callback may have been faster.
    pub fn answered(&mut self, reply: &Reply, now_ms: u64) {
        match self.named_by(reply) {
            Ok(task) => {
                self.accept(task, now_ms);
                self.keep(reply);
            }
            Err(error) if error.is_refusal() => {
                self.stage = Stage::Rejected;
                self.keep(reply);
            }
            Err(_) => self.lost(),
        }
    }

    fn keep(&mut self, reply: &Reply) {
        self.answer = Some(Stored {
            status: reply.status,
            body: reply.body.clone(),
            retry_after_s: reply.retry_after_s,
        });
    }

    fn accept(&mut self, task: Option<TaskId>, now_ms: u64) {
        if self.task_id != task {
            self.verdict = None;
            self.empty_looks = 0;
        }
        self.stage = Stage::Accepted;
        self.task_id = task;
        self.called_back = None;
        self.accepted_ms = self.accepted_ms.or(Some(now_ms));
    }

    /// The request provably did not leave.
    pub fn unsent(&mut self) {
        if self.stage == Stage::Sent {
            self.stage = Stage::Reserved;
        }
    }

    /// No clear answer came.
    pub fn lost(&mut self) {
        if self.stage == Stage::Sent {
            self.stage = Stage::Unknown;
        }
    }

    /// A callback names a task; its record decides whether that is so.
    pub fn called(&mut self, task: &TaskId) {
        if matches!(self.stage, Stage::Sent | Stage::Unknown) {
            self.called_back = Some(task.clone());
        }
    }

    /// The record of the task that a callback named is there: the lost answer is found.
    pub fn identified(&mut self, task: &TaskId, now_ms: u64) {
        if matches!(self.stage, Stage::Sent | Stage::Unknown) {
            let body = json!({ "code": 200, "msg": "success", "data": { "taskId": task } }).to_string();
            self.accept(Some(task.clone()), now_ms);
            self.keep(&Reply { status: 200, body, ..Reply::default() });
        }
    }

    /// A record of the task was read.
    pub fn looked(&mut self, record: &Record, now_ms: u64) {
        if self.stage != Stage::Accepted || self.verdict == Some(Verdict::Succeeded) {
            return;
        }
        match record.status {
            Status::Succeeded if !record.videos.is_empty() || !record.full_videos.is_empty() => {
                self.verdict = Some(Verdict::Succeeded);
            }
            // Success without an address may be a record that is still being written.
            Status::Succeeded if self.verdict.is_none() => {
                self.empty_looks += 1;
                if self.empty_looks >= EMPTY_LOOKS {
                    self.verdict = Some(Verdict::Failed);
                }
            }
            Status::Failed(_) => self.verdict = Some(Verdict::Failed),
            _ => self.age(now_ms),
        }
    }

    /// The 4K version was asked for again, which is the look where it has no record of its own.
    pub fn looked_4k(&mut self, answer: &Result<Upgrade, ApiError>, now_ms: u64) {
        let Some(original) = self.original.clone() else { return };
        if let (Ok(_), Some(Follow::Upgrade4k(..))) = (answer, self.to_follow()) {
            self.identified(&original, now_ms);
        }
        if self.stage != Stage::Accepted
            || self.task_id != self.original
            || self.verdict == Some(Verdict::Succeeded)
        {
            return;
        }
        match answer {
            Ok(Upgrade::Ready { .. }) => self.verdict = Some(Verdict::Succeeded),
            Err(error) if error.is_refusal() && !error.is_transient() && !error.is_auth() => {
                self.verdict = Some(Verdict::Failed);
            }
            // From now on it has a record.
            Ok(Upgrade::Processing { task_id: Some(task), .. }) if *task != original => {
                self.accept(Some(task.clone()), now_ms);
            }
            _ => self.age(now_ms),
        }
    }

    /// After a day without a verdict it is stale.
    pub fn age(&mut self, now_ms: u64) {
        if self.stage == Stage::Accepted && self.verdict.is_none() && self.age_s(now_ms) >= STALE_AFTER_S {
            self.verdict = Some(Verdict::Stale);
        }
    }

    /// Seconds since the task was accepted.
    pub fn age_s(&self, now_ms: u64) -> f64 {
        let since = self.accepted_ms.unwrap_or(self.created_ms);
        now_ms.saturating_sub(since) as f64 / 1000.0
    }

    /// What is to be looked at until there is a verdict.
    pub fn to_follow(&self) -> Option<Follow> {
        let task = match self.stage {
            Stage::Accepted if self.verdict.is_none() => self.task_id.as_ref()?,
            Stage::Sent | Stage::Unknown => self.called_back.as_ref()?,
            _ => return None,
        };
        match self.kind {
            Kind::Upgrade4k if self.original.as_ref() == Some(task) => {
                Some(Follow::Upgrade4k(task.clone(), self.index))
            }
            _ => Some(Follow::Record(task.clone())),
        }
    }

    /// The state that browsers are told, in the page's words; `None` before there is anything to tell.
    pub fn state(&self) -> Option<&'static str> {
        match (self.stage, self.verdict) {
            (Stage::Reserved | Stage::Sent, _) => None,
            (Stage::Unknown, _) => Some("unknown"),
            (Stage::Rejected, _) => Some("rejected"),
            (Stage::Accepted, None) => Some("generating"),
            (Stage::Accepted, Some(Verdict::Succeeded)) => Some("succeeded"),
            (Stage::Accepted, Some(Verdict::Failed)) => Some("failed"),
            (Stage::Accepted, Some(Verdict::Stale)) => Some("stale"),
        }
    }
}

/// What is said of a lost answer. Who sent no key learns the one that it can be asked after by.
pub fn unknown(id: &IntentId) -> Reply {
    let words = format!(
        "The provider's answer was lost. The request may have been accepted and charged; it is not sent again. The \
         same request under the Idempotency-Key {} tells whether the answer was found.",
        id.key
    );
    own(502, &words, &json!({ "state": "unknown", "intentId": id.key }))
}

/// The `Idempotency-Key` in a header or an address, with or without the quotes of a structured header; `None` if it is
/// not 1 to 255 visible ASCII characters.
pub fn read_key(text: &str) -> Option<&str> {
    let key = text.trim();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let fits = (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    fits.then_some(key)
}

/// Whether an answer says something by itself: whole JSON does; a piece of it, or a page of somebody in between, does not.
pub fn is_clear(reply: &Reply) -> bool {
    is_readable(reply) || read_created(reply).is_err_and(|error| error.is_refusal())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(200, r#"{"code":200,"msg":"success","data":{"taskId":"a"}}"#, true)]
    #[case(200, "\u{feff} {\"code\":402}", true)]
    #[case(500, r#"{"code":500,"msg":"err"}"#, true)]
    #[case(402, "no credits", true)]
    #[case(200, r#"{"code":200,"msg":"success","data":{"ta"#, false)]
    #[case(200, r#"{"code":402}{"#, false)]
    #[case(307, r#"{"code":200}"#, false)]
    #[case(200, "[]", false)]
    #[case(200, "<html>", false)]
    #[case(200, "", false)]
    fn half_an_answer_says_nothing(#[case] status: u16, #[case] body: &str, #[case] clear: bool) {
        assert_eq!(is_clear(&Reply { status, body: body.to_owned(), ..Reply::default() }), clear);
    }
    #[rstest]
    #[case("k", Some("k"))]
    #[case(" \"k 1\"", None)]
    #[case("\"k-1\" ", Some("k-1"))]
    #[case("\"k", Some("\"k"))]
    #[case("\"\"", None)]
    #[case("", None)]
    #[case("ü", None)]
    fn a_key_is_the_same_with_its_quotes(#[case] text: &str, #[case] key: Option<&str>) {
        assert_eq!(read_key(text), key);
        assert_eq!(read_key(&"k".repeat(256)), None);
    }
}
