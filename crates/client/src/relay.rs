//! What only a relay can tell: what became of an intent under its key, and news of tasks as they come.

use crate::engine::Engine;
use crate::journal::Journal;
use crate::platform::{Link, Platform};
use crate::submit::REASK_FOR_MS;
use veo_api::json::{self, Value};
use veo_api::{Body, Class, Host, Method, Request, TaskId};
use vireo_core::intent::{Cause, IntentId, State, Trouble};
use vireo_core::machine::Event;

/// With news coming by themselves a look is a safety net: the first after the usual time, the others ever later, but
/// never longer than this apart, in seconds.
const LONGEST_PUSHED_GAP_S: f64 = 600.0;

/// The least time to the next look at a task of this age while news come by themselves, in seconds.
pub(crate) fn pushed_gap_s(median_s: f64, age_s: f64) -> f64 {
    median_s.max(age_s).min(LONGEST_PUSHED_GAP_S)
}

/// One `task` event of the relay. What it says is a hint: the record is read before anything is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The intent, where the relay knows it.
    pub intent: Option<IntentId>,
    /// The task.
    pub task: Option<TaskId>,
}

impl News {
    /// Reads the data of an event; `None` where it names nothing.
    pub fn parse(data: &str) -> Option<Self> {
        let value = json::parse(data)?;
        let word = |name: &str| value.get(name).and_then(Value::as_str);
        let intent = word("intentId").and_then(IntentId::parse);
        let task = word("taskId").and_then(TaskId::parse);
        (intent.is_some() || task.is_some()).then_some(News { intent, task })
    }
}

/// The question what became of a key.
fn recall_request(id: &IntentId) -> Request {
    Request {
        method: Method::Get,
        host: Host::Api,
        path: ["relay/intents/", id.as_str()].concat(),
        body: Body::Empty,
        paid: false,
    }
}

/// What the answer means; `None` where it settles nothing.
fn recalled(body: &str) -> Option<Event> {
    let value = json::parse(body)?;
    let word = |name: &str| value.get(name).and_then(Value::as_str);
    match word("state")? {
        "accepted" => Some(Event::Identified(TaskId::parse(word("taskId")?)?)),
        "rejected" => Some(Event::Refused(Trouble {
            cause: Cause::Provider(Class::Other),
            code: value.get("code").and_then(Value::as_i64),
            words: word("msg").or_else(|| word("message")).unwrap_or_default().to_owned(),
        })),
        _ => None,
    }
}

/// Whether a relay says that it lost the provider's answer itself: asking it again tells nothing new. Its news do, once a
/// callback has named the task.
pub(crate) fn is_unknown_to_relay(body: &str) -> bool {
    let state =
        json::parse(body).and_then(|value| value.get("data")?.get("state")?.as_str().map(str::to_owned));
    state.as_deref() == Some("unknown")
}

impl<P: Platform, J: Journal> Engine<P, J> {
    /// Asks the relay about intents whose answer was lost, as far as they still are. What was sent a moment ago is asked
    /// for on under its key, as it would be had its tab not ended; older ones the relay only tells about, and nothing is
    /// sent on.
    pub(crate) async fn heal(&self, lost: Vec<IntentId>) {
        if self.0.platform.link() != Link::Relay {
            return;
        }
        for id in lost {
            let now = self.0.platform.now_ms();
            let sent = self.intent(&id).and_then(|intent| intent.sent_ms);
            if sent.is_some_and(|sent| now.abs_diff(sent) <= REASK_FOR_MS) {
                let engine = self.clone();
                self.0.platform.spawn(Box::pin(async move { _ = engine.check(&id).await }));
            } else {
                self.recall(&id).await;
            }
        }
    }

    /// Asks the relay what became of one intent. True when that settled it.
    pub(crate) async fn recall(&self, id: &IntentId) -> bool {
        let answer = self.0.platform.send(&recall_request(id), None).await;
        let event = answer.ok().filter(|reply| reply.status == 200).and_then(|reply| recalled(&reply.body));
        let Some(event) = event else { return false };
        let after = self.record(id, event).await;
        self.tick();
        after.is_none_or(|intent| intent.state != State::Unknown)
    }

    /// The relay says that something happened to a task: looks at it now, and learns the name of one whose answer was
    /// lost.
    pub async fn hear(&self, news: &News) {
        let named = |id: &IntentId| self.intent(id);
        let by_task = |task: &TaskId| {
            self.intents_where(|intent| intent.task_id.as_ref() == Some(task)).into_iter().next()
        };
        let found = news.intent.as_ref().and_then(named).or_else(|| news.task.as_ref().and_then(by_task));
        let Some(intent) = found else { return };
        if intent.state == State::Unknown
            && let Some(task) = &news.task
        {
            self.record(&intent.id, Event::Identified(task.clone())).await;
        }
        if self.intent(&intent.id).is_some_and(|intent| intent.state == State::Generating) {
            self.fetch_again(&intent.id).await;
        }
        self.tick();
    }

    /// News of tasks come by themselves from now on, or no longer.
    pub async fn set_pushed(&self, pushed: bool) {
        let was = self.0.pushed.replace(pushed);
        if pushed || !was {
            return;
        }
        // What relied on the news is looked at by the usual plan again.
        for intent in self.intents_where(|intent| intent.state == State::Generating) {
            let now = self.0.platform.now_ms();
            self.change(&intent.id, &mut |intent| {
                self.plan(intent, now);
                true
            })
            .await;
        }
        self.tick();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_name_an_intent_or_a_task() {
        let id = IntentId::new(1, [7; 10]);
        let text = format!(r#"{{"taskId":"abc","intentId":"{id}","state":"succeeded"}}"#);
        let news = News::parse(&text).unwrap();
        assert_eq!(news, News { intent: Some(id), task: TaskId::parse("abc") });
        assert_eq!(News::parse(r#"{"taskId":"abc","intentId":null}"#).unwrap().intent, None);
        assert_eq!(News::parse(r#"{"state":"succeeded"}"#), None);
        assert_eq!(News::parse("<html>"), None);
    }

    #[test]
    fn only_a_clear_answer_settles_an_intent() {
        let task = TaskId::parse("abc").unwrap();
        assert_eq!(recalled(r#"{"state":"accepted","taskId":"abc"}"#), Some(Event::Identified(task)));
        assert!(matches!(recalled(r#"{"state":"rejected","code":402}"#), Some(Event::Refused(_))));
        for open in [r#"{"state":"unknown"}"#, r#"{"state":"sent"}"#, r#"{"state":"accepted"}"#, "", "[]"] {
            assert_eq!(recalled(open), None, "{open}");
        }
    }

    #[test]
    fn a_relay_that_lost_the_answer_itself_is_not_asked_on() {
        assert!(is_unknown_to_relay(
            r#"{"code":502,"msg":"lost","data":{"state":"unknown","intentId":"a"}}"#
        ));
        for other in
            [r#"{"code":502,"msg":"lost","data":null}"#, r#"{"code":200,"data":{"taskId":"a"}}"#, "<html>"]
        {
            assert!(!is_unknown_to_relay(other), "{other}");
        }
    }

    #[test]
    fn safety_looks_grow_apart() {
        assert_eq!(pushed_gap_s(75.0, 0.0), 75.0);
        assert_eq!(pushed_gap_s(75.0, 300.0), 300.0);
        assert_eq!(pushed_gap_s(75.0, 5000.0), 600.0);
    }
}
