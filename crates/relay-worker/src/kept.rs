//! An intent as its object keeps it. Pure.

use crate::answer::Answer;
use serde::{Deserialize, Serialize};
use veo_api::TaskId;
use vireo_relay_core::intent::{Intent, Stage, unknown};

/// One paid wish, and what its object knows besides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) intent: Intent,
    /// The address the provider was given.
    pub(crate) callback: Option<String>,
    /// When its request left.
    pub(crate) sent_ms: u64,
    /// How often the provider has called about it.
    calls: u32,
    /// How often the record that a call named was looked for in vain.
    pub(crate) looks_in_vain: u32,
    /// The stage and the calls that the caller's object knows of.
    told: Option<(Stage, u32)>,
}

impl Kept {
    /// A wish that nothing was done about yet.
    pub(crate) fn new(intent: Intent, callback: Option<String>) -> Kept {
        Kept { intent, callback, sent_ms: 0, calls: 0, looks_in_vain: 0, told: None }
    }

    /// Its request is about to leave.
    pub(crate) fn leaves(&mut self, now_ms: u64) {
        self.intent.stage = Stage::Sent;
        self.sent_ms = now_ms;
    }

    /// A callback names a task; its record decides whether that is so.
    pub(crate) fn called(&mut self, task: &TaskId) {
        self.calls += 1;
        if self.intent.called_back.as_ref() != Some(task) {
            self.looks_in_vain = 0;
        }
        self.intent.called(task);
    }

    /// Whether the provider has called about it.
    pub(crate) fn was_called(&self) -> bool {
        self.calls > 0
    }

    /// Whether there is something that the caller's object does not know.
    pub(crate) fn is_news(&self) -> bool {
        self.intent.state().is_some() && self.told != Some(self.news())
    }

    /// What there is to tell.
    pub(crate) fn news(&self) -> (Stage, u32) {
        (self.intent.stage, self.calls)
    }

    /// The caller's object knows this now.
    pub(crate) fn is_told(&mut self, news: (Stage, u32)) {
        self.told = Some(news);
    }

    /// What is said under a key whose request has left before.
    pub(crate) fn told_before(&self) -> Answer {
        match self.intent.stored_reply() {
            Some(reply) if matches!(self.intent.stage, Stage::Accepted | Stage::Rejected) => {
                Answer { replayed: true, ..Answer::from_provider(reply) }
            }
            _ => unknown(&self.intent.id).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use veo_api::Reply;
    use vireo_relay_core::intent::IntentId;
    use vireo_relay_core::order::{Kind, Order};

    fn kept() -> Kept {
        let order = Order::read(Kind::Generate, br#"{"prompt":"a boat"}"#).unwrap();
        let id = IntentId { caller: "ann".to_owned(), key: "k".to_owned() };
        Kept::new(Intent::new(id, &order, 0), None)
    }

    #[test]
    fn each_call_is_news_until_it_is_told() {
        let mut kept = kept();
        kept.leaves(1);
        assert!(!kept.is_news(), "nobody is told what is under way");
        let body = r#"{"code":200,"msg":"success","data":{"taskId":"t1"}}"#.to_owned();
        kept.intent.answered(&Reply { status: 200, body, ..Reply::default() }, 2);
        assert!(kept.is_news());
        kept.is_told(kept.news());
        assert!(!kept.is_news());
        kept.called(&TaskId::parse("t1").unwrap());
        assert!(kept.is_news() && kept.told_before().replayed);
    }
}
