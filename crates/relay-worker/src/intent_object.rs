//! The one place from which a paid request leaves: an object per caller and `Idempotency-Key`.

use crate::answer::Answer;
use crate::callback;
use crate::config::Config;
use crate::intent::{Intent, Stage};
use crate::message::{Call, Told, Wish, to_caller};
use crate::{now_ms, upstream};
use futures_channel::oneshot;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use veo_api::{TaskId, read_record, record_info};
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
    async fn load(&self) -> Result<Option<Intent>> {
        let text: Option<String> = self.state.storage().get(RECORD).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    async fn save(&self, intent: &Intent) -> Result<()> {
        self.state.storage().put(RECORD, serde_json::to_string(intent)?).await
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
        let mut intent = match self.reserve(&config, &wish).await {
            Ok(Ok(intent)) => intent,
            Ok(Err(answer)) => return answer,
            Err(error) => {
                console_error!("an intent could not be stored: {error}");
                const WORDS: &str =
                    "The relay could not write the request down, so it was not sent. Nothing was charged.";
                return Answer::refusal(503, WORDS).retry_after(5);
            }
        };
        let sent = upstream::send(&config, &wish.order.request(intent.callback.as_deref())).await;
        // A callback may have been faster and have changed the record.
        intent = self.load().await.ok().flatten().unwrap_or(intent);
        let mut answer = intent.unknown();
        match sent {
            Ok(reply) => {
                intent.answered(&reply);
                if matches!(intent.stage, Stage::Accepted | Stage::Rejected) {
                    answer = Answer { replayed: false, ..intent.told_before() };
                }
            }
            Err(error) => {
                console_error!("{error}");
                intent.lost();
            }
        }
        // If this fails the record stays at `sent`, and the alarm makes it `unknown`.
        if let Err(error) = self.save(&intent).await {
            console_error!("an answer could not be stored: {error}");
        }
        self.tell(&mut intent).await;
        answer
    }

    /// Makes the intent ready to be sent, durably, or says why it must not be.
    async fn reserve(&self, config: &Config, wish: &Wish) -> Result<std::result::Result<Intent, Answer>> {
        let mut intent = match self.load().await? {
            Some(there) if there.fingerprint != wish.order.fingerprint() => return Ok(Err(other_body())),
            Some(mut there) => {
                // Nobody works on it, as the flight was free: an earlier object was stopped in the middle.
                there.lost();
                if !there.may_send() {
                    let answer = there.told_before();
                    if !there.told {
                        self.save(&there).await?;
                        self.tell(&mut there).await;
                    }
                    return Ok(Err(answer));
                }
                there
            }
            None => {
                let callback = callback::address(config, &wish.caller, &wish.key);
                let intent = Intent::new(wish.caller.clone(), wish.key.clone(), &wish.order, callback);
                self.save(&intent).await?;
                intent
            }
        };
        intent.leaves(now_ms());
        self.save(&intent).await?;
        self.state.storage().set_alarm(ANSWERED_BY_MS).await?;
        self.state.storage().sync().await?;
        Ok(Ok(intent))
    }

    /// The provider has called; false if it was about another task.
    async fn called(&self, task: TaskId) -> Result<bool> {
        let Some(mut intent) = self.load().await? else { return Ok(false) };
        let is_accepted = intent.stage == Stage::Accepted;
        if is_accepted && intent.task.as_ref() != Some(&task) && intent.original.as_ref() != Some(&task) {
            return Ok(false);
        }
        intent.called(task);
        intent.told &= !is_accepted;
        self.save(&intent).await?;
        // The provider need not wait for what follows.
        self.state.storage().set_alarm(0).await?;
        Ok(true)
    }

    /// Finds out what is open: a lost answer, a task that a callback named, a state that nobody was told.
    async fn settle(&self) -> Result<()> {
        let Some(mut intent) = self.load().await? else { return Ok(()) };
        let is_flying = self.flight.borrow().is_some();
        if let Some(task) = intent.called_back.clone() {
            self.identify(&mut intent, task).await?;
        }
        if !is_flying && now_ms() >= intent.sent_ms + ANSWERED_BY_MS.unsigned_abs() {
            intent.lost();
        }
        self.save(&intent).await?;
        self.tell(&mut intent).await;
        if intent.stage == Stage::Sent || intent.called_back.is_some() || !intent.told {
            self.state.storage().set_alarm(AGAIN_MS).await?;
        }
        Ok(())
    }

    /// Reads the record of the task that a callback named: it must be ours.
    async fn identify(&self, intent: &mut Intent, task: TaskId) -> Result<()> {
        let config = Config::read(&self.env);
        let found = upstream::send(&config, &record_info(&task)).await;
        // The answer may have come meanwhile.
        *intent = self.load().await?.unwrap_or_else(|| intent.clone());
        match found.map(|reply| (read_record(&reply), reply)) {
            Ok((Ok(record), reply)) if callback::is_ours(intent, &reply, &record) => intent.identified(task),
            Ok((Ok(_), _)) => {
                console_error!("a callback named another intent's task");
                intent.called_back = None;
            }
            _ if intent.looks_in_vain >= LOOKS_IN_VAIN => intent.called_back = None,
            _ => intent.looks_in_vain += 1,
        }
        Ok(())
    }

    /// Tells the caller's object; if that fails the alarm tries again.
    async fn tell(&self, intent: &mut Intent) {
        let Some(state) = intent.state().filter(|_| !intent.told) else { return };
        let told = Told {
            intent: intent.key.clone(),
            task: intent.task.clone(),
            kind: intent.kind,
            model: intent.model.clone(),
            original: intent.original.clone(),
            state: state.to_owned(),
            sent_ms: intent.sent_ms,
            look: intent.was_called,
        };
        let known = match to_caller(&self.env, &intent.caller, "told", &told).await {
            Ok(_) => self.mark_as_told(intent).await,
            Err(error) => Err(error),
        };
        if let Err(error) = known {
            console_error!("an intent's state could not be told: {error}");
            let _ = self.state.storage().set_alarm(AGAIN_MS).await;
        }
    }

    /// Unless something newer came up meanwhile.
    async fn mark_as_told(&self, intent: &mut Intent) -> Result<()> {
        if let Some(mut latest) = self.load().await? {
            let is_same = latest.stage == intent.stage && latest.was_called == intent.was_called;
            latest.told |= is_same;
            self.save(&latest).await?;
            *intent = latest;
        }
        Ok(())
    }

    async fn describe(&self) -> Result<Value> {
        let Some(intent) = self.load().await? else { return Ok(Value::Null) };
        // Found in `sent` without anybody working on it: its answer is lost.
        let is_lost = intent.stage == Stage::Sent && self.flight.borrow().is_none();
        let stage = if is_lost { Stage::Unknown } else { intent.stage };
        let mut told = json!({ "intentId": intent.key, "state": stage });
        if let Some(task) = &intent.task {
            told["taskId"] = json!(task);
        }
        Ok(told)
    }
}

fn other_body() -> Answer {
    Answer::refusal(422, "This Idempotency-Key was used for another request. Nothing was sent.")
}
