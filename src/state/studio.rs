//! The studio: one context through which the features see and do everything.

use crate::browser::journal::{self, BrowserJournal};
use crate::browser::locks::Channel;
use crate::browser::near;
use crate::browser::net::{self, Net, Secret};
use crate::browser::runtime::{Browser, Told};
use crate::browser::{clock, locks, prefs};
use crate::i18n::{Language, T, Text};
use crate::state::draft::Draft;
use crate::state::library::Library;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vireo_client::{Config, Connection, Engine, Notice, Settings, SubmitError};
use vireo_core::intent::{Intent, IntentId, Order, State};
use vireo_core::spending::Watch;
use wasm_bindgen_futures::spawn_local;

/// What lies over the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// The first run: how to connect. True when a submit opened it.
    Welcome(bool),
    /// Connection, language, theme.
    Settings,
    /// The id of a task whose answer was lost.
    EnterTask(IntentId),
    /// Asks once more before something is bought again.
    SendAgain(IntentId),
    /// Asks before a video goes of which a paid rendition is being made.
    RemoveRunning(IntentId),
    /// The journal does not work: asks for consent to a visit without memory.
    NoMemory(Box<Intent>, String),
}

/// One video of the list, with its paid renditions.
#[derive(Clone, Debug)]
pub struct Card {
    /// The record.
    pub intent: ArcRwSignal<Intent>,
    /// Upgrades bought for it.
    pub upgrades: ArcRwSignal<Vec<Intent>>,
}

type AppEngine = Engine<Browser, BrowserJournal>;

pub(super) struct Local {
    engine: AppEngine,
    net: Rc<Net>,
    channel: RefCell<Option<Channel>>,
    /// Signals of the videos that stand in the page, and only of those.
    cards: RefCell<Vec<(IntentId, Card)>>,
    /// All videos, newest first: at the start the older ones come later.
    pub(super) states: RefCell<Vec<(IntentId, State)>>,
    spending: RefCell<Watch>,
    /// Links whose bytes could not be kept in this visit.
    pub(super) refused_links: RefCell<Vec<String>>,
    /// True while the list is about to be made anew.
    pub(super) refiltering: Cell<bool>,
}

/// Everything the features share. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Studio {
    local: StoredValue<Rc<Local>, LocalStorage>,
    /// Which videos are listed.
    pub library: Library,
    /// The balance in credits, where it is known.
    pub balance: RwSignal<Option<f64>>,
    /// By how many credits the balance fell more than the records explain.
    pub unexplained: RwSignal<Option<f64>>,
    /// What concerns all videos at once.
    pub notice: RwSignal<Notice>,
    /// What lies over the page.
    pub screen: RwSignal<Option<Screen>>,
    /// What the live region says.
    pub said: RwSignal<String>,
    /// The wall clock, once a second while something is going on.
    pub now: RwSignal<u64>,
    /// True when requests can be sent.
    pub ready: RwSignal<bool>,
    /// True where a simulator answers.
    pub demo: RwSignal<bool>,
    /// The language shown.
    pub language: RwSignal<&'static Language>,
    /// The form.
    pub draft: Draft,
    /// What is wrong with the configuration.
    pub config_error: StoredValue<Option<String>>,
}

impl Studio {
    /// Builds the studio and starts reading the journal.
    pub fn start(
        config: Config,
        config_error: Option<String>,
        language: &'static Language,
        early: &str,
    ) -> Self {
        let mut config = config;
        if let Some(connection) = prefs::get(prefs::CONNECTION) {
            config.connection = if connection == "relay" { Connection::Relay } else { Connection::Direct };
        }
        let tab = clock::random_name();
        locks::hold_tab(&tab);
        let settings = Settings { tab, typical: config.typical, media_origins: config.media_origins.clone() };
        let net = Rc::new(Net::new(config));

        let told: Rc<RefCell<Option<Studio>>> = Rc::default();
        let hear = Rc::clone(&told);
        let browser = Browser::new(Rc::clone(&net), move |what| {
            // Copied out first: what it leads to may tell again.
            let studio = *hear.borrow();
            if let Some(studio) = studio {
                studio.heard(what);
            }
        });
        let engine = Engine::new(browser, BrowserJournal::new("vireo"), settings);
        let local = Local {
            engine,
            net,
            channel: RefCell::default(),
            cards: RefCell::default(),
            states: RefCell::default(),
            spending: RefCell::default(),
            refused_links: RefCell::default(),
            refiltering: Cell::default(),
        };
        let studio = Studio {
            ready: RwSignal::new(local.net.is_ready()),
            local: StoredValue::new_local(Rc::new(local)),
            library: Library::new(),
            balance: RwSignal::default(),
            unexplained: RwSignal::default(),
            notice: RwSignal::default(),
            screen: RwSignal::default(),
            said: RwSignal::default(),
            now: RwSignal::new(clock::now_ms()),
            demo: RwSignal::default(),
            language: RwSignal::new(language),
            draft: Draft::restore(early),
            config_error: StoredValue::new(config_error),
        };
        *told.borrow_mut() = Some(studio);
        studio.open();
        studio
    }

    fn open(self) {
        let engine = self.engine();
        let heard = engine.clone();
        let channel = Channel::open("vireo", move |id| {
            if let Some(id) = IntentId::parse(&id) {
                let engine = heard.clone();
                spawn_local(async move { engine.refresh(&id).await });
            }
        });
        *self.local().channel.borrow_mut() = Some(channel);
        self.find_demo();
        spawn_local(async move {
            engine.open().await;
            self.refresh_balance();
        });
    }

    pub(super) fn local(self) -> Rc<Local> {
        self.local.get_value()
    }

    /// The engine, for what a feature asks of it.
    pub fn engine(self) -> AppEngine {
        self.local().engine.clone()
    }

    /// Where requests go.
    pub fn net(self) -> Rc<Net> {
        Rc::clone(&self.local().net)
    }

    /// The texts of the language shown, for what is said outside a view.
    pub fn text(self) -> Text {
        crate::i18n::texts_of(self.language.get_untracked())
    }

    /// The signals of one video, made at the first call.
    pub fn card(self, id: &IntentId) -> Option<Card> {
        let known = self.known_card(id);
        if known.is_some() {
            return known;
        }
        let local = self.local();
        let card = Card {
            intent: ArcRwSignal::new(local.engine.intent(id)?),
            upgrades: ArcRwSignal::new(local.engine.upgrades_of(id)),
        };
        local.cards.borrow_mut().push((id.clone(), card.clone()));
        Some(card)
    }

    fn known_card(self, id: &IntentId) -> Option<Card> {
        self.local().cards.borrow().iter().find(|(known, _)| known == id).map(|(_, card)| card.clone())
    }

    /// Lets go of the signals of all videos but these.
    pub fn keep_cards(self, ids: &[IntentId]) {
        self.local().cards.borrow_mut().retain(|(id, _)| ids.contains(id));
    }

    /// True while something moves by itself, so that clocks have to tick.
    pub fn is_busy(self) -> bool {
        self.local().engine.is_busy()
    }

    /// The alarm, the page shown again, the network back: does what is due.
    pub fn tick(self) {
        self.now.set(clock::now_ms());
        let engine = self.engine();
        if engine.journal().was_lost() {
            let engine = engine.clone();
            spawn_local(async move { engine.write_back().await });
        }
        engine.tick();
    }

    fn heard(self, what: Told) {
        match what {
            Told::Changed(intent, ours) => self.show(*intent, ours),
            Told::Removed(id, ours) => {
                self.tell_others(&id, ours);
                let local = self.local();
                local.cards.borrow_mut().retain(|(known, _)| *known != id);
                // What it cost is not explained any more.
                local.spending.borrow_mut().forget();
                self.refresh_balance();
                self.forget_state(&id);
            }
            Told::Noticed => self.notice.set(self.engine().notice()),
            Told::Wake => self.tick(),
        }
    }

    fn tell_others(self, id: &IntentId, ours: bool) {
        if ours && let Some(channel) = self.local().channel.borrow().as_ref() {
            channel.tell(id.as_str());
        }
    }

    fn show(self, intent: Intent, ours: bool) {
        self.tell_others(&intent.id, ours);
        if let (Order::Upgrade { .. }, Some(parent)) = (&intent.order, &intent.parent) {
            self.show_upgrade(parent.clone(), intent);
            return;
        }
        if let Some(was) = self.note_state(&intent.id, intent.state) {
            self.announce(was, &intent);
        }
        if let Some(card) = self.known_card(&intent.id) {
            card.intent.set(intent);
        }
    }

    fn show_upgrade(self, parent: IntentId, upgrade: Intent) {
        let Some(card) = self.known_card(&parent) else { return };
        let ended = upgrade.state.is_final();
        card.upgrades.update(|upgrades| match upgrades.iter_mut().find(|other| other.id == upgrade.id) {
            Some(slot) => *slot = upgrade,
            None => upgrades.push(upgrade),
        });
        if ended {
            self.refresh_balance();
        }
    }

    /// Says a verdict aloud, and asks for the balance it left.
    fn announce(self, was: State, intent: &Intent) {
        if was == intent.state {
            return;
        }
        let key = match intent.state {
            State::Succeeded => T::SaidReady,
            State::Failed | State::Rejected => T::SaidFailed,
            State::Unknown => T::SaidUnknown,
            _ => return,
        };
        self.said.set(self.text().with(key, &[("prompt", intent.order.prompt())]));
        self.refresh_balance();
    }

    /// Asks for the balance; a failure leaves the last one.
    pub fn refresh_balance(self) {
        if !self.net().is_ready() {
            return;
        }
        let engine = self.engine();
        spawn_local(async move {
            if let Ok(balance) = engine.balance().await {
                self.balance.try_set(Some(balance));
                self.watch_spending(balance);
            }
        });
    }

    /// Compares the balance with what the records explain. A relay may serve others with the same key, so there it would
    /// say nothing.
    fn watch_spending(self, balance: f64) {
        if self.net().connection() == Connection::Direct {
            let local = self.local();
            let mut watch = local.spending.borrow_mut();
            let more = local.engine.with_intents(|all| watch.read(balance, clock::now_ms(), all.iter()));
            drop(watch);
            self.unexplained.try_set(more);
        }
    }

    /// The person has read what the balance lost; from now on only what is lost later is told.
    pub fn forget_spending(self) {
        self.local().spending.borrow_mut().forget();
        self.unexplained.set(None);
        self.refresh_balance();
    }

    fn find_demo(self) {
        if let Some(url) = self.net().demo_probe() {
            spawn_local(async move {
                let demo = net::answers(&url).await;
                self.demo.try_set(demo);
            });
        }
    }

    /// Takes a key or chooses the relay, and goes on with what waited.
    pub fn connect(self, connection: Connection, secret: Option<Secret>) {
        let net = self.net();
        net.set_connection(connection);
        prefs::set(prefs::CONNECTION, if connection == Connection::Relay { "relay" } else { "direct" });
        if secret.is_some() {
            net.set_secret(secret);
        }
        self.ready.set(net.is_ready());
        self.balance.set(None);
        self.local().spending.borrow_mut().forget();
        self.unexplained.set(None);
        if net.is_ready() {
            self.engine().resume();
            self.refresh_balance();
        }
    }

    /// A new intent id.
    pub fn new_id(self) -> IntentId {
        IntentId::new(clock::now_ms(), clock::random_bytes())
    }

    /// Hands in what a person has just asked for. Opens the first-run dialog instead where there is no connection yet.
    pub fn submit(self, id: IntentId, order: Order, parent: Option<IntentId>, estimate: Option<f64>) {
        if !self.ready.get_untracked() {
            self.screen.set(Some(Screen::Welcome(true)));
            return;
        }
        let mut intent = Intent::new(id, order, "", clock::now_ms());
        intent.parent = parent;
        intent.estimate = estimate;
        intent.balance_before = self.balance.get_untracked();
        if self.library.count.get_untracked() == 0 {
            journal::ask_to_persist();
        }
        self.hand_in(intent);
    }

    /// Hands in an intent that is ready to go.
    pub fn hand_in(self, intent: Intent) {
        self.now.set(clock::now_ms());
        let engine = self.engine();
        spawn_local(async move {
            if let Err(SubmitError::Journal(error)) = engine.submit(intent.clone()).await {
                self.screen.try_set(Some(Screen::NoMemory(Box::new(intent), error.to_string())));
            }
        });
    }

    /// Whether an element is near the viewport. True where the browser cannot tell.
    pub fn near(self, element: web_sys::Element) -> RwSignal<bool> {
        let near = RwSignal::new(false);
        match near::Watch::new(&element, move |is_near| _ = near.try_set(is_near)) {
            Some(watch) => drop(StoredValue::new_local(watch)),
            None => near.set(true),
        }
        near
    }
}
