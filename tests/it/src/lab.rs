//! The room in which everything happens, and its clock.

use crate::MINUTE;
use crate::disk::{Crash, Disk};
use crate::net::{Call, Fault, Kind, Net};
use crate::tab::{Life, Tab, TabPlatform};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use veo_api::{Generate, TaskId};
use vireo_client::{Engine, Settings, ShelfJournal, SubmitError};
use vireo_core::intent::{Height, Intent, IntentId, Order, State};
use vireo_simulator::{Clock, Ledger, World};

/// Some day in April 2026, in milliseconds since 1970.
const BEGIN_MS: u64 = 1_776_800_011_250;

/// The provider's clock: tokio's paused one.
#[derive(Clone, Copy)]
struct LabClock(Instant);

impl Clock for LabClock {
    fn now_ms(&self) -> u64 {
        BEGIN_MS + self.0.elapsed().as_millis() as u64
    }
}

/// Tabs, journal, network and provider.
pub struct Lab {
    clock: LabClock,
    world: World,
    journal: ShelfJournal,
    pub(crate) net: Net,
    pub(crate) tabs: RefCell<Vec<Tab>>,
    pub(crate) removed: RefCell<Vec<IntentId>>,
    pub(crate) disk_turn: Mutex<()>,
    rng: RefCell<StdRng>,
    named: Cell<u32>,
    /// How far the tabs' wall clock is ahead of the provider's, in milliseconds.
    pub offset_ms: Cell<i64>,
    /// Whether tabs hear of each other's changes.
    pub broadcasts: Cell<bool>,
    /// Whether tabs can know which others are alive.
    pub knows_tabs: Cell<bool>,
}

/// Runs a test in a new laboratory with paused time, then holds it to the invariants: see [`Lab::finish`].
pub fn in_lab(seed: u64, relay: bool, test: impl AsyncFnOnce(Rc<Lab>)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O can always be built");
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let lab = Rc::new(Lab::new(seed, relay));
        test(Rc::clone(&lab)).await;
        lab.finish().await;
        lab.live().iter().for_each(Tab::crash);
        // Tabs hold the room weakly; the engines are dropped here.
        lab.tabs.borrow_mut().clear();
    });
}

impl Lab {
    fn new(seed: u64, relay: bool) -> Self {
        let clock = LabClock(Instant::now());
        let settings =
            vireo_simulator::Settings { seed, credits: 1_000_000.0, ..vireo_simulator::Settings::default() };
        let world = vireo_simulator::world(settings, clock);
        Lab {
            clock,
            net: Net::new(world.clone(), relay),
            world,
            journal: ShelfJournal::default(),
            tabs: RefCell::default(),
            removed: RefCell::default(),
            disk_turn: Mutex::default(),
            rng: RefCell::new(StdRng::seed_from_u64(seed)),
            named: Cell::default(),
            offset_ms: Cell::default(),
            broadcasts: Cell::new(true),
            knows_tabs: Cell::new(true),
        }
    }

    /// The provider's time in milliseconds since 1970.
    pub fn true_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// The tabs' time in milliseconds since 1970.
    pub fn wall_ms(&self) -> u64 {
        self.true_ms().saturating_add_signed(self.offset_ms.get())
    }

    pub(crate) fn random(&self) -> f64 {
        self.rng.borrow_mut().random()
    }

    pub(crate) fn latency(&self) -> Duration {
        Duration::from_millis(self.rng.borrow_mut().random_range(0..=self.net.latency_ms.get()))
    }

    pub(crate) fn disk_latency(&self) -> Duration {
        Duration::from_millis(self.rng.borrow_mut().random_range(0..=3))
    }

    /// What the provider charged.
    pub fn ledger(&self) -> Ledger {
        self.world.ledger()
    }

    /// Everything that left a tab so far.
    pub fn calls(&self, kind: Kind) -> Vec<Call> {
        self.net.calls.borrow().iter().filter(|call| call.kind == kind).cloned().collect()
    }

    /// From now on the network does this to requests.
    pub fn faults(&self, plan: impl FnMut(&Call) -> Option<Fault> + 'static) {
        self.net.plan(plan);
    }

    /// From now on a request or an answer is under way for up to so many milliseconds.
    pub fn net_latency(&self, most_ms: u64) {
        self.net.latency_ms.set(most_ms);
    }

    /// From now on there is a key, or not.
    pub fn set_key(&self, there: bool) {
        self.net.has_key.set(there);
    }

    /// Opens a tab.
    pub async fn open(self: &Rc<Self>) -> Tab {
        self.open_to_crash(None).await
    }

    /// Opens a tab that will crash.
    pub async fn open_to_crash(self: &Rc<Self>, crash: Option<Crash>) -> Tab {
        let name = format!("tab-{}", self.next());
        let life = Life::new();
        let platform = TabPlatform { name: name.clone(), lab: Rc::downgrade(self), life: Rc::clone(&life) };
        let disk = Disk::new(self.journal.clone(), self, Rc::clone(&life), crash);
        let settings = Settings {
            tab: name.clone(),
            media_origins: vec![self.world.settings().media_base.clone()],
            ..Settings::default()
        };
        let tab = Tab { name, engine: Engine::new(platform, disk, settings), life };
        self.tabs.borrow_mut().push(tab.clone());
        tab.run(tab.engine.open()).await;
        tab
    }

    /// The tabs that did not crash.
    pub fn live(&self) -> Vec<Tab> {
        self.tabs.borrow().iter().filter(|tab| tab.is_alive()).cloned().collect()
    }

    pub(crate) fn tab(&self, name: &str) -> Option<Tab> {
        self.live().into_iter().find(|tab| tab.name == name)
    }

    fn next(&self) -> u32 {
        self.named.set(self.named.get() + 1);
        self.named.get()
    }

    /// A new intent for an order.
    pub fn order(&self, order: Order) -> Intent {
        let random = self.rng.borrow_mut().random();
        let id = IntentId::new(self.wall_ms(), random);
        Intent::new(id, order, "", self.wall_ms())
    }

    /// A new intent to generate; no other has the same prompt, so the ledger tells them apart.
    pub fn intent(&self, words: &str) -> Intent {
        let prompt = format!("{words} #{}", self.next());
        self.order(Order::Generate(Generate { prompt, ..Generate::default() }))
    }

    /// Submits a new intent to generate and returns its id.
    pub async fn submit(&self, tab: &Tab, words: &str) -> IntentId {
        let intent = self.intent(words);
        let id = intent.id.clone();
        if let Some(submitted) = tab.run(tab.engine.submit(intent)).await {
            submitted.expect("the journal works");
        }
        id
    }

    /// Submits an order for an upgrade of a finished task.
    pub async fn upgrade(&self, tab: &Tab, task: &TaskId, height: Height) -> Result<IntentId, SubmitError> {
        let intent = self.order(Order::Upgrade { task_id: task.clone(), height });
        let id = intent.id.clone();
        tab.engine.submit(intent).await.map(|_| id)
    }

    /// Removes an intent as a person does.
    pub async fn remove(&self, tab: &Tab, id: &IntentId) {
        tab.engine.remove(id).await.expect("the journal works");
        self.removed.borrow_mut().push(id.clone());
    }

    /// Lets time pass.
    pub async fn pass(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Lets time pass until `done`, at most `most_ms`; false if it was not done by then.
    pub async fn until(&self, most_ms: u64, done: impl Fn() -> bool) -> bool {
        let end = self.true_ms() + most_ms;
        let step = if most_ms <= 5 * MINUTE { 10 } else { 200 };
        while !done() {
            if self.true_ms() >= end {
                return false;
            }
            self.pass(step).await;
        }
        true
    }

    /// Lets time pass until a tab shows the intent in this state; panics after `most_ms`.
    pub async fn reach(&self, tab: &Tab, id: &IntentId, state: State, most_ms: u64) -> Intent {
        let there = || tab.engine.intent(id).is_some_and(|intent| intent.state == state);
        assert!(
            self.until(most_ms, there).await,
            "not {state:?} within {most_ms} ms: {:?}",
            tab.engine.intent(id)
        );
        tab.shows(id)
    }

    /// The task the provider made for an intent, by its prompt.
    pub fn task_of(&self, intent: &Intent) -> Option<TaskId> {
        let ledger = self.ledger();
        let job = ledger.jobs.iter().find(|job| job.prompt.as_deref() == Some(intent.order.prompt()))?;
        TaskId::parse(&job.task_id)
    }
}
