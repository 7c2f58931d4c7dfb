//! Submitting: the journal first, then one paid request; and what a person can do when its answer was lost.

use crate::answer::{created, looked, outcome_of, paid_request};
use crate::engine::{Engine, is_key_trouble};
use crate::journal::{Added, Journal, JournalError, Start};
use crate::platform::{Link, Platform, SendError};
use crate::relay::is_unknown_to_relay;
use veo_api::{ApiError, Class, Generate, Record, TaskId};
use vireo_core::intent::{Cause, Intent, IntentId, Order, State};
use vireo_core::machine::{Event, apply};

/// Refusals in a row after which what is still queued waits for a person.
const REFUSALS_BEFORE_PAUSE: u32 = 3;

/// How long a relay is asked again under the same key before the answer counts as lost.
pub(crate) const REASK_FOR_MS: u64 = 10 * 60_000;

/// Why an intent was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It could not be written down, so it was not sent either.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why a task id did not help.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TaskError {
    /// The provider could not be asked.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The provider does not know it, or refused to say.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Why a task was not taken in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AddTaskError {
    /// It could not be verified.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// It could not be written down.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl<P: Platform, J: Journal> Engine<P, J> {
    /// Takes an intent a person has just asked for: written down first, then sent as soon as the rate allows. The same
    /// intent handed in twice, here or in another tab, is one intent.
    pub async fn submit(&self, mut intent: Intent) -> Result<Added, SubmitError> {
        intent.tab.clone_from(&self.0.settings.tab);
        if !self.has_queued() {
            self.0.refusals.set(0);
            self.set_paused(false);
        }
        let is_new = self.intent(&intent.id).is_none();
        if is_new {
            self.see(intent.clone(), false);
        }
        let added = match self.0.journal.add(&intent).await {
            Ok(added) => added,
            Err(error) => {
                // A second click whose record could not be written must not hide what the first one bought.
                if is_new {
                    self.forget(&intent.id, false);
                }
                return Err(error.into());
            }
        };
        match &added {
            Added::New => self.0.platform.changed(&intent, true),
            Added::Existing(there) => self.see((**there).clone(), false),
        }
        self.pump();
        Ok(added)
    }

    /// Sends what waited for a person: one that was queued by a tab that is gone, or a paused queue.
    pub async fn send_queued(&self, id: &IntentId) {
        let tab = self.0.settings.tab.clone();
        self.change(id, &mut |intent| {
            let waits = intent.state == State::Queued;
            if waits {
                intent.tab.clone_from(&tab);
            }
            waits
        })
        .await;
        self.continue_queue();
    }

    /// Goes on with a paused queue.
    pub fn continue_queue(&self) {
        self.0.refusals.set(0);
        self.set_paused(false);
        self.pump();
    }

    fn set_paused(&self, paused: bool) {
        self.set_notice(|notice| {
            notice.queue_paused = paused;
            notice.out_of_credits &= paused;
        });
    }

    /// True while something is under way that may take the credits this one needs: then they go one after the other, so
    /// that what the balance does not cover stays in the queue.
    fn must_wait_for_funds(&self, id: &IntentId) -> bool {
        let needs = self.intent(id).and_then(|intent| intent.estimate);
        let short = self.0.funds.get().zip(needs).is_some_and(|(funds, needs)| needs > funds);
        short && !self.unanswered().is_empty()
    }

    /// What was sent is gone from the funds until the balance is read again.
    fn commit(&self, intent: &Intent) {
        let left = self.0.funds.get().map(|funds| funds - intent.estimate.unwrap_or_default());
        self.0.funds.set(left);
    }

    fn next_queued(&self) -> Option<IntentId> {
        if self.0.stopped.get() {
            return None;
        }
        let mine = |intent: &&Intent| intent.state == State::Queued && intent.tab == self.0.settings.tab;
        self.0.intents.borrow().iter().find(mine).map(|intent| intent.id.clone())
    }

    fn has_queued(&self) -> bool {
        self.next_queued().is_some()
    }

    /// Starts what this tab has queued, one after the other, as far as the shared budget allows.
    pub(crate) fn pump(&self) {
        if self.0.pumping.get() || self.0.notice.borrow().queue_paused || !self.has_queued() {
            return;
        }
        self.0.pumping.set(true);
        let engine = self.clone();
        self.0.platform.spawn(Box::pin(async move {
            while let Some(id) = engine.next_queued()
                && !engine.0.notice.borrow().queue_paused
                && !engine.must_wait_for_funds(&id)
            {
                match engine.0.journal.start(&id, engine.0.platform.now_ms()).await {
                    Ok(Start::Now(intent)) => {
                        engine.see((*intent).clone(), true);
                        engine.commit(&intent);
                        let sender = engine.clone();
                        engine.0.platform.spawn(Box::pin(async move { sender.send(*intent).await }));
                    }
                    Ok(Start::Wait(ms)) => engine.0.platform.sleep(ms).await,
                    Ok(Start::Taken(Some(intent))) => engine.see(*intent, false),
                    Ok(Start::Taken(None)) => engine.forget(&id, false),
                    Err(error) => {
                        engine.set_notice(|notice| {
                            notice.storage = Some(error);
                            notice.queue_paused = true;
                        });
                    }
                }
            }
            engine.0.pumping.set(false);
        }));
    }

    async fn send(&self, intent: Intent) {
        let event = self.ask_to_create(&intent).await;
        let refused = match &event {
            Event::Refused(trouble) => Some(trouble.cause),
            _ => None,
        };
        self.record(&intent.id, event).await;
        self.count_refusal(refused);
        self.tick();
    }

    /// One paid request; towards a relay, the same one under the same key until it is answered.
    async fn ask_to_create(&self, intent: &Intent) -> Event {
        let request = paid_request(&intent.order);
        let started = self.0.platform.now_ms();
        let mut attempt = 0;
        loop {
            let answer = self.0.platform.send(&request, Some(&intent.id)).await;
            let in_flight = answer.as_ref().is_ok_and(|reply| reply.status == 409);
            let given_up = answer.as_ref().is_ok_and(|reply| is_unknown_to_relay(&reply.body));
            let event = created(&intent.order, answer, &self.0.settings.media_origins);
            let is_first = attempt == 0 && intent.state != State::Unknown;
            let (event, locked_out) = if is_first { (event, false) } else { unless_locked_out(event) };
            let clear = given_up || (!in_flight && !matches!(event, Event::Lost(_)));
            let spent = self.0.platform.now_ms().saturating_sub(started);
            let silent = !clear && !in_flight && !locked_out && self.0.platform.link() == Link::Relay;
            self.set_notice(|notice| notice.relay_silent = silent);
            if clear || self.0.platform.link() == Link::Direct || spent > REASK_FOR_MS {
                return event;
            }
            let ceiling = (1_000u64 << attempt.min(4)).min(15_000);
            self.0.platform.sleep((ceiling as f64 * self.0.platform.random()) as u64).await;
            // Taken away, or answered elsewhere meanwhile.
            let is_open = |intent: Intent| matches!(intent.state, State::Sending | State::Unknown);
            if !self.intent(&intent.id).is_some_and(is_open) {
                return event;
            }
            attempt += 1;
        }
    }

    /// What is queued waits for a person after three refusals in a row, and at once where the credits ran out.
    fn count_refusal(&self, refused: Option<Cause>) {
        let refusals = if refused.is_some() { self.0.refusals.get() + 1 } else { 0 };
        self.0.refusals.set(refusals);
        let poor = refused == Some(Cause::Provider(Class::OutOfCredits));
        if (poor || refusals >= REFUSALS_BEFORE_PAUSE) && self.has_queued() {
            self.set_notice(|notice| (notice.queue_paused, notice.out_of_credits) = (true, poor));
        }
    }

    /// Tries to find out what became of an intent whose answer was lost, without buying it twice: a relay is asked under
    /// the same key, an upgrade is looked at again. Either buys it now if the first request never arrived. True when
    /// that settled it.
    pub async fn check(&self, id: &IntentId) -> bool {
        let Some(intent) = self.intent(id).filter(|intent| intent.state == State::Unknown) else {
            return true;
        };
        if self.0.platform.link() == Link::Relay && self.recall(id).await {
            return true;
        }
        let event = if self.0.platform.link() == Link::Relay {
            self.ask_to_create(&intent).await
        } else if let Order::Upgrade { task_id, .. } = &intent.order {
            let answer = self.0.platform.send(&paid_request(&intent.order), Some(id)).await;
            match looked(&intent.order, answer, &self.0.settings.media_origins) {
                Event::StillGenerating => Event::Identified(task_id.clone()),
                event => event,
            }
        } else {
            return false;
        };
        let after = self.record(id, event).await;
        self.tick();
        after.is_none_or(|intent| intent.state != State::Unknown)
    }

    /// A person found the task on the provider's page: verified by its record, then followed like any other.
    pub async fn enter_task_id(&self, id: &IntentId, task: &TaskId) -> Result<(), TaskError> {
        let record = self.read_record(task).await?;
        let params = record.params;
        self.change(id, &mut |intent| {
            let now = self.0.platform.now_ms();
            let taken = apply(intent, Event::Identified(task.clone()), now);
            if taken {
                if let (Order::Generate(order), Some(params)) = (&mut intent.order, &params) {
                    *order = params.clone();
                }
                self.plan(intent, now);
            }
            taken
        })
        .await;
        self.fetch_again(id).await;
        self.arm();
        Ok(())
    }

    /// Takes in a task that was ordered elsewhere: verified by its record, then followed like any other. Returns the
    /// intent it has here, which may have been here before. `random` makes the new intent's name.
    pub async fn add_task(&self, task: &TaskId, random: [u8; 10]) -> Result<IntentId, AddTaskError> {
        let same = |intent: &Intent| intent.task_id.as_ref() == Some(task) && !intent.is_upgrade();
        if let Some(known) = self.ids_where(same).pop() {
            return Ok(known);
        }
        let record = self.read_record(task).await?;
        let now = self.0.platform.now_ms();
        let created = record.created_ms.unwrap_or(now).min(now);
        let order =
            record.params.unwrap_or_else(|| Generate { prompt: task.to_string(), ..Generate::default() });
        let id = IntentId::new(created, random);
        let mut intent = Intent::new(id.clone(), Order::Generate(order), "", created);
        intent.state = State::Unknown;
        apply(&mut intent, Event::Identified(task.clone()), created);
        self.restore(vec![intent]).await?;
        self.fetch_again(&id).await;
        Ok(id)
    }

    async fn read_record(&self, task: &TaskId) -> Result<Record, TaskError> {
        let reply = self.0.platform.send(&veo_api::record_info(task), None).await?;
        Ok(veo_api::read_record(&reply)?)
    }

    /// The balance in credits.
    pub async fn balance(&self) -> Result<f64, TaskError> {
        let reply = self.0.platform.send(&veo_api::credit(), None).await?;
        let read = veo_api::read_credit(&reply);
        let refused = read.as_ref().is_err_and(ApiError::is_auth);
        self.set_notice(|notice| notice.key_refused = refused);
        let balance = read?;
        // What is under way may not be booked yet.
        self.0.funds.set(Some(balance));
        let under_way = |intent: &Intent| intent.state == State::Sending;
        self.intents_where(under_way).iter().for_each(|intent| self.commit(intent));
        Ok(balance)
    }

    /// A link that works, for a result whose own link has died while the provider still has the file: the one its record
    /// names now, else one that works for some minutes. `None` where there is none, or none to open.
    pub async fn fresh_link(&self, url: &str) -> Option<String> {
        if let Some(link) = self.renewed_link(url).await {
            return Some(link);
        }
        let reply = self.0.platform.send(&veo_api::download_url(url), None).await.ok()?;
        let link = veo_api::read_download_url(&reply).ok()?;
        vireo_core::media_url::is_safe(&link, &self.0.settings.media_origins).then_some(link)
    }

    /// What stands in a link's place in its task's record by now, if that is another one.
    async fn renewed_link(&self, url: &str) -> Option<String> {
        let place = |intent: &Intent| intent.outcome.as_ref()?.urls.iter().position(|link| link == url);
        // An upgrade has no record: to ask for it again is to order it.
        let of_record = |intent: &Intent| !intent.is_upgrade() && place(intent).is_some();
        let intent = self.intents_where(of_record).pop()?;
        let record = self.read_record(intent.task_id.as_ref()?).await.ok()?;
        let outcome = outcome_of(&intent.order, &record, &self.0.settings.media_origins);
        let link = outcome.urls.get(place(&intent)?).filter(|link| *link != url)?.clone();
        self.record(&intent.id, Event::Finished(outcome)).await;
        Some(link)
    }
}

/// Whoever is not let in any more, because a token ran out, learns nothing of what was sent before: that answer is still
/// to come. The second is true then.
fn unless_locked_out(event: Event) -> (Event, bool) {
    match event {
        Event::Refused(trouble) if is_key_trouble(&trouble) => (Event::Lost(trouble), true),
        event => (event, false),
    }
}
