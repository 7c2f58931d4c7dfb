//! One paid wish and what became of it. Pure: how the record changes, without clock, storage or network.

use crate::answer::Answer;
use crate::order::{Kind, Order};
use serde::{Deserialize, Serialize};
use serde_json::json;
use veo_api::{Model, Reply, TaskId, Upgrade, read_4k, read_created};

/// How far the paid request is. Each step is stored before the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    /// Known, and not sent: it is safe to send it.
    Reserved,
    /// Sent, or about to be. Found without anybody waiting for the answer it means [`Stage::Unknown`].
    Sent,
    /// The provider has named the task.
    Accepted,
    /// The provider has definitely refused; nothing was charged.
    Rejected,
    /// No clear answer came: it may have been charged. It is never sent again.
    Unknown,
}

/// The record of one wish.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) caller: String,
    pub(crate) key: String,
    pub(crate) kind: Kind,
    pub(crate) model: Model,
    pub(crate) fingerprint: String,
    /// The task that is to be extended or upgraded.
    pub(crate) original: Option<TaskId>,
    pub(crate) stage: Stage,
    answer: Option<Answer>,
    pub(crate) task: Option<TaskId>,
    /// The address the provider was given.
    pub(crate) callback: Option<String>,
    /// The task that a callback named, which is to be verified.
    pub(crate) called_back: Option<TaskId>,
    /// Whether the provider has called about it.
    pub(crate) was_called: bool,
    /// How often its record was looked for in vain.
    pub(crate) looks_in_vain: u32,
    pub(crate) sent_ms: u64,
    /// Whether the caller's object knows the present stage.
    pub(crate) told: bool,
}

impl Intent {
    /// A wish that nothing was done about yet.
    pub(crate) fn new(caller: String, key: String, order: &Order, callback: Option<String>) -> Intent {
        Intent {
            caller,
            key,
            kind: order.kind,
            model: order.model(),
            fingerprint: order.fingerprint(),
            original: order.original(),
            stage: Stage::Reserved,
            answer: None,
            task: None,
            callback,
            called_back: None,
            was_called: false,
            looks_in_vain: 0,
            sent_ms: 0,
            told: true,
        }
    }

    /// Whether the paid request may leave: nothing was sent yet, or it was definitely refused for a reason that passes.
    pub(crate) fn may_send(&self) -> bool {
        match self.stage {
            Stage::Reserved => true,
            Stage::Rejected => self.answer.as_ref().is_some_and(|answer| {
                let reply = Reply { status: answer.status, body: answer.body.clone(), ..Reply::default() };
                read_created(&reply).is_err_and(|error| error.is_refusal() && error.is_transient())
            }),
            _ => false,
        }
    }

    /// It is about to leave.
    pub(crate) fn leaves(&mut self, now_ms: u64) {
        self.stage = Stage::Sent;
        self.answer = None;
        self.sent_ms = now_ms;
    }

    /// The provider has answered. A callback may have been faster.
    pub(crate) fn answered(&mut self, reply: &Reply) {
        let named = match self.kind {
            Kind::Upgrade4k => read_4k(reply).map(|upgrade| match upgrade {
                Upgrade::Processing { task_id, .. } | Upgrade::Ready { task_id, .. } => {
                    task_id.or_else(|| self.original.clone())
                }
            }),
            _ => read_created(reply).map(Some),
        };
        match named {
            Ok(task) => self.accept(task, Answer::from_provider(reply)),
            Err(error) if error.is_refusal() => {
                self.stage = Stage::Rejected;
                self.answer = Some(Answer::from_provider(reply));
                self.told = false;
            }
            Err(_) => self.lost(),
        }
    }

    fn accept(&mut self, task: Option<TaskId>, answer: Answer) {
        self.stage = Stage::Accepted;
        self.task = task;
        self.answer = Some(answer);
        self.called_back = None;
        self.told = false;
    }

    /// No clear answer came.
    pub(crate) fn lost(&mut self) {
        if self.stage == Stage::Sent {
            self.stage = Stage::Unknown;
            self.told = false;
        }
    }

    /// A callback names a task; its record decides whether that is so.
    pub(crate) fn called(&mut self, task: TaskId) {
        self.was_called = true;
        if matches!(self.stage, Stage::Sent | Stage::Unknown) && self.called_back.as_ref() != Some(&task) {
            self.called_back = Some(task);
            self.looks_in_vain = 0;
        }
    }

    /// The record of the task that a callback named shows that it is ours: the lost answer is found.
    pub(crate) fn identified(&mut self, task: TaskId) {
        if matches!(self.stage, Stage::Sent | Stage::Unknown) {
            let answer = Answer::own(200, "success", json!({ "taskId": task }));
            self.accept(Some(task), answer);
        }
    }

    /// What is said under a key whose request has left before.
    pub(crate) fn told_before(&self) -> Answer {
        match (self.stage, &self.answer) {
            (Stage::Accepted | Stage::Rejected, Some(answer)) => Answer { replayed: true, ..answer.clone() },
            _ => self.unknown(),
        }
    }

    /// What is said of a lost answer.
    pub(crate) fn unknown(&self) -> Answer {
        const WORDS: &str = "The provider's answer was lost. The request may have been accepted and charged; it is not \
                             sent again. Ask again under the same Idempotency-Key to see whether the answer was found.";
        Answer::own(502, WORDS, json!({ "state": "unknown", "intentId": self.key }))
    }

    /// The state that browsers are told, in the page's words; `None` before there is anything to tell.
    pub(crate) fn state(&self) -> Option<&'static str> {
        match self.stage {
            Stage::Reserved | Stage::Sent => None,
            Stage::Unknown => Some("unknown"),
            Stage::Rejected => Some("rejected"),
            Stage::Accepted => Some("generating"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Intent {
        let order = Order::read(Kind::Generate, br#"{"prompt":"a boat"}"#).unwrap();
        let mut intent = Intent::new("ann".into(), "k".into(), &order, None);
        assert!(intent.may_send());
        intent.leaves(1);
        intent
    }

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, body: body.to_owned(), ..Reply::default() }
    }

    #[test]
    fn only_a_passing_refusal_may_be_sent_again() {
        for (status, body, stage, again) in [
            (200, r#"{"code":200,"msg":"success","data":{"taskId":"t1"}}"#, Stage::Accepted, false),
            (200, r#"{"code":402,"msg":"no credits","data":null}"#, Stage::Rejected, false),
            (200, r#"{"code":429,"msg":"too fast","data":null}"#, Stage::Rejected, true),
            (200, r#"{"code":200,"msg":"success","data":null}"#, Stage::Unknown, false),
            (500, r#"{"code":500,"msg":"err","data":null}"#, Stage::Unknown, false),
            (200, "<!doctype html>", Stage::Unknown, false),
            (200, "", Stage::Unknown, false),
        ] {
            let mut intent = sent();
            assert!(!intent.may_send());
            intent.answered(&reply(status, body));
            assert_eq!((intent.stage, intent.may_send()), (stage, again), "{status} {body}");
        }
    }

    #[test]
    fn a_callback_that_is_faster_than_the_answer_keeps_its_task() {
        let mut intent = sent();
        let task = TaskId::parse("t1").unwrap();
        intent.called(task.clone());
        intent.identified(task.clone());
        intent.lost();
        assert_eq!((intent.stage, intent.task.as_ref()), (Stage::Accepted, Some(&task)));
        assert!(intent.told_before().replayed);
    }
}
