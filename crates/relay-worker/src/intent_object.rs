//! The one place from which a paid request leaves: an object per caller and `Idempotency-Key`.

use crate::answer::Answer;
use crate::callback;
use crate::config::Config;
use crate::kept::Kept;
use crate::message::{Call, Ended, How, Price, Told, Wish, to_caller, to_purse, upgrade_name};
use crate::{now_ms, upstream};
use futures_channel::oneshot;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use veo_api::{Reply, TaskId, Upgrade4k, read_4k, read_record, record_info};
use vireo_relay_core::intent::{Follow, Intent, NOT_STORED, Stage, is_clear};
use vireo_relay_core::order::Kind;
use vireo_relay_core::purse::Held;
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

const RECORD: &str = "intent";
/// Longer than the provider may take: who is found in `sent` then has lost its answer.
const ANSWERED_BY_MS: i64 = 90_000;
/// Between two attempts to settle what is open.
const AGAIN_MS: i64 = 5_000;
/// The record of a new task may be missing for some minutes.
const LOOKS_IN_VAIN: u32 = 60;

/// One intent.
#[durable_object]
#[derive(Debug)]
pub struct IntentObject(Rc<Desk>);

impl DurableObject for IntentObject {
    fn new(state: State, env: Env) -> Self {
        IntentObject(Rc::new(Desk { state, env, flight: RefCell::default() }))
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        match request.path().as_str() {
            "/submit" => {
                let wish: Wish = request.json().await?;
                let desk = Rc::clone(&self.0);
                let (answer, answered) = oneshot::channel();
                // The work goes on even if nobody waits for the answer any more.
                wasm_bindgen_futures::spawn_local(async move { drop(answer.send(desk.submit(wish).await)) });
                let lost = |_| worker::Error::RustError("the work ended without an answer".to_owned());
                Response::from_json(&answered.await.map_err(lost)?)
            }
            "/called" => {
                let call: Call = request.json().await?;
                Response::from_json(&self.0.called(call.task).await?)
            }
            "/state" => Response::from_json(&self.0.describe().await?),
            _ => Response::error("not found", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.0.settle().await?;
        Response::empty()
    }
}

struct Desk {
    state: State,
    env: Env,
    /// The fingerprint of the request that is being worked on. Memory is enough: it is there as long as the work is.
    flight: RefCell<Option<String>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    async fn load(&self) -> Result<Option<Kept>> {
        let text: Option<String> = self.state.storage().get(RECORD).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    async fn save(&self, kept: &Kept) -> Result<()> {
        self.state.storage().put(RECORD, serde_json::to_string(kept)?).await
    }

    async fn submit(&self, wish: Wish) -> Answer {
        let fingerprint = wish.order.fingerprint();
        // Looked at and taken in one go: no await lies between.
        match self.flight.borrow().as_ref() {
            Some(other) if *other != fingerprint => return other_body(),
            Some(_) => {
                return Answer::refusal(409, "A request with this Idempotency-Key is being worked on.")
                    .retry_after(1);
            }
            None => {}
        }
        self.flight.replace(Some(fingerprint));
        let answer = self.attempt(wish).await;
        self.flight.replace(None);
        answer
    }

    async fn attempt(&self, wish: Wish) -> Answer {
        let config = Config::read(&self.env);
        let mut kept = match self.reserve(&config, &wish).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(answer)) => return answer,
            Err(error) => {
                console_error!("an intent could not be stored: {error}");
                return Answer::refusal(503, NOT_STORED).retry_after(5);
            }
        };
        let sent = upstream::send(&config, &wish.order.request(kept.callback.as_deref())).await;
        // A callback may have been faster and have changed the record.
        kept = self.load().await.ok().flatten().unwrap_or(kept);
        let how = match &sent {
            Ok(reply) => {
                let is_answered = kept.intent.is_answered_by(reply);
                kept.intent.answered(reply, now_ms());
                match kept.intent.stage {
                    Stage::Rejected => How::Refused,
                    _ if is_answered => How::Accepted,
                    _ => How::Unclear,
                }
            }
            Err(error) => {
                console_error!("{error}");
                kept.intent.lost();
                How::Unclear
            }
        };
        // If this fails the record stays at `sent`, and the alarm makes it `unknown`.
        if let Err(error) = self.save(&kept).await {
            console_error!("an answer could not be stored: {error}");
        }
        self.ended(&kept.intent, how).await;
        self.tell(&mut kept).await;
        first_answer(&kept, sent.ok())
    }

    /// Makes the intent ready to be sent, durably, or says why it must not be.
    async fn reserve(&self, config: &Config, wish: &Wish) -> Result<std::result::Result<Kept, Answer>> {
        let fresh = Intent::new(wish.id.clone(), &wish.order, now_ms());
        let mut kept = match self.load().await? {
            Some(there) if there.intent.fingerprint != fresh.fingerprint => return Ok(Err(other_body())),
            Some(mut there) => {
                // Nobody works on it, as the flight was free: an earlier object was stopped in the middle.
                there.intent.lost();
                if !there.intent.may_send() {
                    let answer = there.told_before();
                    if there.is_news() {
                        self.save(&there).await?;
                        self.tell(&mut there).await;
                    }
                    return Ok(Err(answer));
                }
                there
            }
            None => {
                let kept = Kept::new(fresh, config.addresses().callback(&wish.id));
                self.save(&kept).await?;
                kept
            }
        };
        let held: Option<Held> = to_purse(&self.env, "take", &price(&kept.intent)).await?;
        if let Some(held) = held {
            return Ok(Err(Answer::held(held)));
        }
        kept.leaves(now_ms());
        let is_stored = async {
            self.save(&kept).await?;
            self.state.storage().set_alarm(ANSWERED_BY_MS).await?;
            self.state.storage().sync().await
        };
        if let Err(error) = is_stored.await {
            self.ended(&kept.intent, How::Withdrawn).await;
            return Err(error);
        }
        Ok(Ok(kept))
    }

    /// Tells the purse how it went. If that fails, the price stays taken.
    async fn ended(&self, intent: &Intent, how: How) {
        let bought = match (intent.kind, how, &intent.original) {
            (Kind::Upgrade4k, How::Accepted, Some(task)) => Some(upgrade_name(task, "4k", intent.index)),
            _ => None,
        };
        let ended = Ended { price: price(intent), how, bought };
        if let Err(error) = to_purse::<()>(&self.env, "ended", &ended).await {
            console_error!("the purse was not told how a request went: {error}");
        }
    }

    /// The provider has called; false if it was about another task.
    async fn called(&self, task: TaskId) -> Result<bool> {
        let Some(mut kept) = self.load().await? else { return Ok(false) };
        let intent = &kept.intent;
        let is_other = intent.task_id.as_ref() != Some(&task) && intent.original.as_ref() != Some(&task);
        if intent.stage == Stage::Accepted && is_other {
            return Ok(false);
        }
        kept.called(&task);
        self.save(&kept).await?;
        // The provider need not wait for what follows.
        self.state.storage().set_alarm(0).await?;
        Ok(true)
    }

    /// Finds out what is open: a lost answer, a task that a callback named, a state that nobody was told.
    async fn settle(&self) -> Result<()> {
        let Some(mut kept) = self.load().await? else { return Ok(()) };
        let is_flying = self.flight.borrow().is_some();
        if kept.intent.called_back.is_some() {
            self.identify(&mut kept).await?;
        }
        if !is_flying && now_ms() >= kept.sent_ms + ANSWERED_BY_MS.unsigned_abs() {
            kept.intent.lost();
        }
        self.save(&kept).await?;
        self.tell(&mut kept).await;
        if kept.intent.stage == Stage::Sent || kept.intent.called_back.is_some() || kept.is_news() {
            self.state.storage().set_alarm(AGAIN_MS).await?;
        }
        Ok(())
    }

    /// Reads the record of the task that a callback named: it must be ours. A 4K version that goes under its original's
    /// name has none; it is asked for again.
    async fn identify(&self, kept: &mut Kept) -> Result<()> {
        let Some(follow) = kept.intent.to_follow() else { return Ok(()) };
        let config = Config::read(&self.env);
        let request = match &follow {
            Follow::Record(task) => record_info(task),
            Follow::Upgrade4k(task, index) => again(task, *index),
        };
        let found = upstream::send(&config, &request).await;
        // The answer may have come meanwhile.
        *kept = self.load().await?.unwrap_or_else(|| kept.clone());
        let Ok(reply) = found else {
            kept.looks_in_vain += 1;
            return Ok(());
        };
        match &follow {
            Follow::Record(task) => match read_record(&reply) {
                Ok(record) if callback::is_ours(kept, &reply, &record) => {
                    kept.intent.identified(task, now_ms())
                }
                Ok(_) => {
                    console_error!("a callback named another intent's task");
                    kept.intent.called_back = None;
                }
                Err(_) => kept.looks_in_vain += 1,
            },
            Follow::Upgrade4k(..) => {
                kept.intent.looked_4k(&read_4k(&reply), now_ms());
                kept.looks_in_vain += 1;
            }
        }
        if kept.looks_in_vain > LOOKS_IN_VAIN {
            kept.intent.called_back = None;
        }
        Ok(())
    }

    /// Tells the caller's object; if that fails the alarm tries again.
    async fn tell(&self, kept: &mut Kept) {
        if !kept.is_news() {
            return;
        }
        let told = Told { intent: kept.intent.clone().without_answer(), look: kept.was_called() };
        let known = match to_caller(&self.env, &kept.intent.id.caller, "told", &told).await {
            Ok(_) => self.mark_as_told(kept).await,
            Err(error) => Err(error),
        };
        if let Err(error) = known {
            console_error!("an intent's state could not be told: {error}");
            let _ = self.state.storage().set_alarm(AGAIN_MS).await;
        }
    }

    /// Something newer may have come up meanwhile.
    async fn mark_as_told(&self, kept: &mut Kept) -> Result<()> {
        if let Some(mut latest) = self.load().await? {
            latest.is_told(kept.news());
            self.save(&latest).await?;
            *kept = latest;
        }
        Ok(())
    }

    async fn describe(&self) -> Result<Value> {
        let Some(Kept { intent, .. }) = self.load().await? else { return Ok(Value::Null) };
        // Found in `sent` without anybody working on it: its answer is lost.
        let is_lost = intent.stage == Stage::Sent && self.flight.borrow().is_none();
        let stage = if is_lost { Stage::Unknown } else { intent.stage };
        let mut told = json!({ "intentId": intent.id.key, "state": stage });
        if let Some(task) = &intent.task_id {
            told["taskId"] = json!(task);
        }
        Ok(told)
    }
}

/// The request that is a look once a 4K version was bought.
pub(crate) fn again(task: &TaskId, index: u32) -> veo_api::Request {
    Upgrade4k { task_id: task.clone(), index, callback_url: None }.request()
}

fn first_answer(kept: &Kept, reply: Option<Reply>) -> Answer {
    match reply {
        Some(reply) if is_clear(&reply) => Answer::from_provider(reply),
        // A callback may have been faster than the answer that was lost.
        _ => Answer { replayed: false, ..kept.told_before() },
    }
}

fn price(intent: &Intent) -> Price {
    Price { caller: intent.id.caller.clone(), name: intent.id.key.clone(), credits: intent.credits }
}

fn other_body() -> Answer {
    Answer::refusal(422, "This Idempotency-Key was used for another request. Nothing was sent.")
}
