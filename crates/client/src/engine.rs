//! The engine: what is known of every intent, and the one tick from which everything due is started.

use crate::expect::{Expectation, Typical};
use crate::journal::{Journal, JournalError};
use crate::platform::Platform;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vireo_core::intent::{Cause, Intent, IntentId, State, Trouble};
use vireo_core::machine::{Event, apply};
use vireo_core::schedule::Durations;

/// What the engine is told at the start.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// This tab's name, new at every start.
    pub tab: String,
    /// Prior medians.
    pub typical: Typical,
    /// Origins whose result links are accepted besides public `https:` ones.
    pub media_origins: Vec<String>,
}

/// What concerns all intents at once and not one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notice {
    /// Following waits for a key: there is none, or the provider refused it.
    pub key_needed: bool,
    /// The key or token was refused when the balance was asked for.
    pub key_refused: bool,
    /// The queue stopped after three refusals in a row; a person decides.
    pub queue_paused: bool,
    /// The queue stopped because the credits do not reach for what was refused last.
    pub out_of_credits: bool,
    /// The relay does not answer a paid request, which is therefore asked for again under its key.
    pub relay_silent: bool,
    /// Records could not be stored; what this says is why.
    pub storage: Option<JournalError>,
    /// Records that could not be read and were set aside.
    pub set_aside: usize,
}

/// Follows all intents of one profile. Cheap to clone.
#[derive(Debug)]
pub struct Engine<P, J>(pub(crate) Rc<Inner<P, J>>);

impl<P, J> Clone for Engine<P, J> {
    fn clone(&self) -> Self {
        Engine(Rc::clone(&self.0))
    }
}

#[derive(Debug)]
pub(crate) struct Inner<P, J> {
    pub platform: P,
    pub journal: J,
    pub settings: Settings,
    /// Sorted by id, which is by creation.
    pub intents: RefCell<Vec<Intent>>,
    pub in_flight: RefCell<Vec<IntentId>>,
    pub notice: RefCell<Notice>,
    pub refusals: Cell<u32>,
    /// The balance last read, less what was sent since, in credits.
    pub funds: Cell<Option<f64>>,
    pub pumping: Cell<bool>,
    /// News of tasks come by themselves.
    pub pushed: Cell<bool>,
    /// Nothing new is started any more.
    pub stopped: Cell<bool>,
    pub durations: RefCell<Vec<(String, Durations)>>,
    pub schedules: RefCell<Vec<(String, Rc<Expectation>)>>,
}

impl<P: Platform, J: Journal> Engine<P, J> {
    /// An engine that knows nothing yet; call [`Engine::open`].
    pub fn new(platform: P, journal: J, settings: Settings) -> Self {
        Engine(Rc::new(Inner {
            platform,
            journal,
            settings,
            intents: RefCell::default(),
            in_flight: RefCell::default(),
            notice: RefCell::default(),
            refusals: Cell::default(),
            funds: Cell::default(),
            pumping: Cell::default(),
            pushed: Cell::default(),
            stopped: Cell::default(),
            durations: RefCell::default(),
            schedules: RefCell::default(),
        }))
    }

    /// Where it runs.
    pub fn platform(&self) -> &P {
        &self.0.platform
    }

    /// Where it writes.
    pub fn journal(&self) -> &J {
        &self.0.journal
    }

    /// What concerns all intents at once.
    pub fn notice(&self) -> Notice {
        self.0.notice.borrow().clone()
    }

    /// Everything that is known, oldest first.
    pub fn intents(&self) -> Vec<Intent> {
        self.0.intents.borrow().clone()
    }

    /// Those that are `wanted`, oldest first.
    pub fn intents_where(&self, wanted: impl Fn(&Intent) -> bool) -> Vec<Intent> {
        self.0.intents.borrow().iter().filter(|intent| wanted(intent)).cloned().collect()
    }

    /// True while something is still to come by itself.
    pub fn is_busy(&self) -> bool {
        self.0.intents.borrow().iter().any(|intent| intent.state.is_open())
    }

    /// Lets `look` see everything that is known, oldest first.
    pub fn with_intents<R>(&self, look: impl FnOnce(&[Intent]) -> R) -> R {
        look(&self.0.intents.borrow())
    }

    /// Ids of those that are `wanted`, oldest first.
    pub fn ids_where(&self, wanted: impl Fn(&Intent) -> bool) -> Vec<IntentId> {
        let intents = self.0.intents.borrow();
        intents.iter().filter(|intent| wanted(intent)).map(|intent| intent.id.clone()).collect()
    }

    /// One intent.
    pub fn intent(&self, id: &IntentId) -> Option<Intent> {
        let intents = self.0.intents.borrow();
        let place = intents.binary_search_by(|intent| intent.id.cmp(id)).ok()?;
        Some(intents[place].clone())
    }

    /// What was bought to enlarge this video, oldest first.
    pub fn upgrades_of(&self, id: &IntentId) -> Vec<Intent> {
        self.intents_where(|other| other.parent.as_ref() == Some(id) && other.is_upgrade())
    }

    /// Reads the journal. A record found in `sending` whose tab is gone becomes `unknown`, one in `queued` waits for a
    /// person. Nothing is sent, but that a relay is asked on under the key of what was sent a moment ago.
    pub async fn open(&self) {
        if let Some(text) = self.0.journal.note("durations").await {
            *self.0.durations.borrow_mut() = veo_api::json::read(&text).unwrap_or_default();
        }
        match self.0.journal.load(&mut |portion| self.see_older(portion)).await {
            Ok(set_aside) => {
                self.set_notice(|notice| notice.set_aside = set_aside);
                self.mark_orphans().await;
                self.tick();
                let lost = self.ids_where(|intent| intent.state == State::Unknown);
                let engine = self.clone();
                self.0.platform.spawn(Box::pin(async move { engine.heal(lost).await }));
            }
            Err(error) => self.set_notice(|notice| notice.storage = Some(error)),
        }
    }

    /// Starts whatever is due by the wall clock: looks at tasks, queued intents. Call it at the alarm, when the page is
    /// shown again and when the network comes back; calling it too often does no harm.
    pub fn tick(&self) {
        if self.0.intents.borrow().iter().any(|intent| self.is_elsewhere(intent)) {
            let engine = self.clone();
            self.0.platform.spawn(Box::pin(async move {
                let lost = engine.mark_orphans().await;
                engine.heal(lost).await;
            }));
        }
        self.look_at_due();
        self.pump();
        self.arm();
    }

    /// Starts nothing any more; what was sent is still waited for.
    pub fn stop(&self) {
        self.0.stopped.set(true);
    }

    /// The intents this tab has sent and not heard of yet.
    pub fn unanswered(&self) -> Vec<IntentId> {
        let mine = |intent: &Intent| intent.state == State::Sending && intent.tab == self.0.settings.tab;
        self.intents_where(mine).into_iter().map(|intent| intent.id).collect()
    }

    /// A key was given or changed: goes on with what waited for it.
    pub fn resume(&self) {
        self.set_notice(|notice| (notice.key_needed, notice.key_refused) = (false, false));
        self.tick();
    }

    /// Another tab changed or removed this record.
    pub async fn refresh(&self, id: &IntentId) {
        match self.0.journal.get(id).await {
            Ok(Some(intent)) => self.see(intent, false),
            Ok(None) => self.forget(id, false),
            Err(_) => return,
        }
        self.arm();
    }

    /// Writes everything that is known back, after the storage was emptied under a running page.
    pub async fn write_back(&self) {
        // Where that fails, the next write says so.
        self.0.journal.put(&self.intents()).await.unwrap_or_default();
    }

    /// Deletes the record of a video and those of the renditions bought for it; what was bought stays bought. What is
    /// being sent stays. Returns what was deleted, for [`Engine::restore`].
    pub async fn remove(&self, id: &IntentId) -> Result<Vec<Intent>, JournalError> {
        let parts: Vec<IntentId> = self.upgrades_of(id).into_iter().map(|upgrade| upgrade.id).collect();
        let mut removed = Vec::new();
        for id in [id.clone()].into_iter().chain(parts) {
            if let Some(intent) = self.0.journal.remove(&id, &|intent| intent.state != State::Sending).await?
            {
                self.forget(&id, true);
                removed.push(intent);
            } else if removed.is_empty() {
                break;
            }
        }
        Ok(removed)
    }

    /// Takes in records that were removed, or come from elsewhere. One that had not been sent yet waits for a person.
    pub async fn restore(&self, mut records: Vec<Intent>) -> Result<(), JournalError> {
        for intent in records.iter_mut().filter(|intent| intent.state == State::Queued) {
            intent.tab.clear();
        }
        self.0.journal.put(&records).await?;
        for intent in records {
            self.see(intent, true);
        }
        self.tick();
        Ok(())
    }

    /// Writes down what an intent cost by the balance, in credits. What was written first stays, unless it came back.
    pub async fn note_charge(&self, id: &IntentId, credits: f64) {
        self.change(id, &mut |intent| {
            let is_news = intent.charged.is_none() || (credits == 0.0 && intent.charged != Some(0.0));
            if is_news {
                intent.charged = Some(credits);
            }
            is_news
        })
        .await;
    }

    /// Stores the event, and shows what came of it. Where the journal fails, memory goes on and says so: a paid task is
    /// not dropped because a disk is full.
    pub(crate) async fn record(&self, id: &IntentId, event: Event) -> Option<Intent> {
        let now = self.0.platform.now_ms();
        self.change(id, &mut |intent| {
            let taken = apply(intent, event.clone(), now);
            if taken {
                self.plan(intent, now);
            }
            taken
        })
        .await
    }

    pub(crate) async fn change(
        &self,
        id: &IntentId,
        change: &mut dyn FnMut(&mut Intent) -> bool,
    ) -> Option<Intent> {
        match self.0.journal.update(id, change).await {
            Ok(Some(intent)) => {
                self.see(intent.clone(), true);
                Some(intent)
            }
            Ok(None) => {
                self.forget(id, false);
                None
            }
            Err(error) => {
                let mut intent = self.intent(id)?;
                change(&mut intent);
                self.see(intent.clone(), false);
                self.set_notice(|notice| notice.storage = Some(error));
                Some(intent)
            }
        }
    }

    pub(crate) fn see(&self, intent: Intent, ours: bool) {
        let changed = {
            let mut intents = self.0.intents.borrow_mut();
            let place = intents.binary_search_by(|other| other.id.cmp(&intent.id));
            match place {
                Ok(place) if intents[place] == intent => false,
                Ok(place) => {
                    intents[place] = intent.clone();
                    true
                }
                Err(place) => {
                    intents.insert(place, intent.clone());
                    true
                }
            }
        };
        if changed {
            self.0.platform.changed(&intent, ours);
        }
    }

    /// Takes a portion of the journal at once where all of it is older than what is known, as at the start.
    fn see_older(&self, portion: Vec<Intent>) {
        let older = match (portion.last(), self.0.intents.borrow().first()) {
            (Some(last), Some(first)) => last.id < first.id,
            _ => true,
        };
        if !older {
            return portion.into_iter().for_each(|intent| self.see(intent, false));
        }
        let newer = self.0.intents.take();
        *self.0.intents.borrow_mut() = portion.iter().cloned().chain(newer).collect();
        for intent in portion.iter().rev() {
            self.0.platform.changed(intent, false);
        }
    }

    pub(crate) fn forget(&self, id: &IntentId, ours: bool) {
        let before = self.0.intents.borrow().len();
        self.0.intents.borrow_mut().retain(|intent| intent.id != *id);
        let after = self.0.intents.borrow().len();
        if after < before {
            self.0.platform.removed(id, ours);
        }
    }

    pub(crate) fn set_notice(&self, change: impl FnOnce(&mut Notice)) {
        let mut notice = self.notice();
        change(&mut notice);
        if *self.0.notice.borrow() != notice {
            *self.0.notice.borrow_mut() = notice;
            self.0.platform.noticed();
        }
    }

    /// True for what another tab has yet to send, or to hear the answer of.
    pub(crate) fn is_elsewhere(&self, intent: &Intent) -> bool {
        matches!(intent.state, State::Queued | State::Sending)
            && !intent.tab.is_empty()
            && intent.tab != self.0.settings.tab
    }

    /// What a tab that is gone had still to do is nobody's now. The answer names those whose own answer is lost with it.
    async fn mark_orphans(&self) -> Vec<IntentId> {
        let alive = self.0.platform.live_tabs().await;
        let now = self.0.platform.now_ms();
        let mut lost = Vec::new();
        for intent in self.intents_where(|intent| self.is_elsewhere(intent)) {
            let gone = match &alive {
                Some(tabs) => !tabs.contains(&intent.tab),
                None => now.abs_diff(intent.sent_ms.unwrap_or(intent.created_ms)) > LONGEST_SUBMIT_MS,
            };
            if gone {
                // Unless a person has handed it to a tab that lives in the meantime.
                self.change(&intent.id, &mut |there| {
                    there.tab == intent.tab && apply(there, Event::Orphaned, now)
                })
                .await;
                if intent.state == State::Sending {
                    lost.push(intent.id);
                }
            }
        }
        lost
    }
}

/// A paid request is answered or given up within this time, so a record older than it is no longer being sent.
const LONGEST_SUBMIT_MS: u64 = 90_000;

/// Trouble that stops following until a key is given.
pub(crate) fn is_key_trouble(trouble: &Trouble) -> bool {
    matches!(trouble.cause, Cause::Provider(veo_api::Class::Auth))
}
