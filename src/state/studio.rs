//! The studio: one context through which the features see and do everything.

use crate::browser::attention;
use crate::browser::clock;
use crate::browser::events::{Events, Heard};
use crate::browser::host::{Answer, HostPage};
use crate::browser::journal::{self, BrowserJournal};
use crate::browser::locks::{self, Channel, Lock};
use crate::browser::net::{self, Net, Secret};
use crate::browser::prefs::{self, Keep, Prefs};
use crate::browser::runtime::{Browser, Told};
use crate::browser::save::SaveError;
use crate::browser::task::spawn_local;
use crate::browser::{near, title};
use crate::i18n::{LANGUAGES, Language, T, Text};
use crate::state::board::Board;
use crate::state::draft::Draft;
use crate::state::library::Library;
use crate::state::press::Presses;
use crate::state::{Job, Place, task};
use futures_channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use std::cell::{Cell, OnceCell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use vireo_client::{Config, Connection, Engine, News, Notice, Settings, SubmitError};
use vireo_core::budget::Worry;
use vireo_core::intent::{Intent, IntentId, Order, State};
use vireo_core::meter::Meter;
use vireo_core::price::Prices;
use vireo_core::spending::Watch;

/// What lies over the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// The first run: how to connect. True when a submit opened it.
    Welcome(bool),
    /// Connection, language, theme.
    Settings,
    /// The list of shortcuts.
    Shortcuts,
    /// The id of a task whose answer was lost.
    EnterTask(IntentId),
    /// What happens next in a finished video.
    Extend(IntentId),
    /// Asks once more before something is bought again.
    SendAgain(IntentId),
    /// Asks before more is spent than the person said.
    Spend(Worry),
    /// Prices, bounds, and what was spent.
    Credits,
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

/// How often a studio that is gone looks whether its paid request was answered.
const ANSWER_CHECK_MS: u32 = 200;

/// What tabs tell each other while one of them hears from the relay.
const PUSHED: &str = "pushed";
/// Without such a word for this long, nobody hears from the relay.
const SILENCE_MS: u64 = 50_000;

type AppEngine = Engine<Browser, BrowserJournal>;

pub(super) struct Local {
    engine: AppEngine,
    net: Rc<Net>,
    place: Place,
    /// Who hears of the engine; nobody once the studio is gone.
    told: Rc<RefCell<Option<Studio>>>,
    channel: RefCell<Option<Channel>>,
    _tab: Lock,
    events: RefCell<Option<Events>>,
    /// When a tab of this profile last said that news come by themselves.
    pushed_ms: Cell<u64>,
    /// Who waits for the answer to a paid request.
    waiting: RefCell<Vec<(IntentId, oneshot::Sender<Intent>)>>,
    /// Verdicts that came while nobody looked.
    unseen: Cell<u32>,
    /// What the page around the element may ask, once the engine is here.
    pub(super) asked: Cell<Option<task::Asked>>,
    /// What the page around the element knows of each intent.
    told_states: RefCell<Vec<(IntentId, State)>>,
    /// Signals of the videos that stand in the page, and only of those.
    cards: RefCell<Vec<(IntentId, Card)>>,
    /// All videos, newest first: at the start the older ones come later.
    pub(super) states: RefCell<Vec<(IntentId, State)>>,
    spending: RefCell<Watch>,
    pub(super) meter: RefCell<Meter>,
    /// What is done once a person has agreed to its price.
    pub(super) agreeing: RefCell<Option<Box<dyn FnOnce()>>>,
    /// Links whose bytes could not be kept in this visit.
    pub(super) refused_links: RefCell<Vec<(String, SaveError)>>,
    /// True while the list is about to be made anew.
    pub(super) refiltering: Cell<bool>,
    /// True once the engine was asked for.
    pub(super) prepared: Cell<bool>,
    begun: Cell<bool>,
    /// Who waits for the records to be read; `None` once they are, or where there are none to read.
    opening: RefCell<Option<Vec<oneshot::Sender<()>>>>,
    /// Who the signals belong to that are made later and stay.
    owner: Owner,
    board: OnceCell<Board>,
}

/// Everything the features share. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Studio {
    local: StoredValue<Rc<Local>, LocalStorage>,
    /// Which videos are listed.
    pub library: Library,
    /// The balance in credits, where it is known.
    pub balance: RwSignal<Option<f64>>,
    /// What things cost.
    pub prices: RwSignal<Prices>,
    /// By how many credits the balance fell more than the records explain.
    pub unexplained: RwSignal<Option<f64>>,
    /// What concerns all videos at once.
    pub notice: RwSignal<Notice>,
    /// True where a part of the program could not be fetched when it was needed.
    pub missing: RwSignal<bool>,
    /// Videos that are compared side by side; empty for the newest.
    pub compared: RwSignal<Option<Vec<IntentId>>>,
    /// What lies over the page.
    pub screen: RwSignal<Option<Screen>>,
    /// What the live region says.
    pub said: RwSignal<String>,
    /// The wall clock, once a second while something is going on.
    pub now: RwSignal<u64>,
    /// True when requests can be sent.
    pub ready: RwSignal<bool>,
    /// True when the browser cannot send a paid request twice by itself.
    pub sent_once: RwSignal<bool>,
    /// True where a simulator answers.
    pub demo: RwSignal<bool>,
    /// Until when a key is remembered on this device; `None` where none is.
    pub remembered: RwSignal<Option<u64>>,
    /// True when the remembered key has to be unlocked before what was just asked for.
    pub unlock_first: RwSignal<bool>,
    /// The language shown.
    pub language: RwSignal<&'static Language>,
    /// The form.
    pub draft: Draft,
    pub(super) presses: Presses,
    /// What is wrong with the configuration.
    pub config_error: StoredValue<Option<String>>,
}

impl Studio {
    /// Builds the studio and starts reading the journal.
    pub fn start(
        mut config: Config,
        config_error: Option<String>,
        place: Place,
        language: &'static Language,
        early: &str,
    ) -> Self {
        if place.host.is_none()
            && let Some(connection) = place.prefs.get(prefs::CONNECTION)
        {
            config.connection = if connection == "relay" { Connection::Relay } else { Connection::Direct };
        }
        let tab = clock::random_name();
        let lock = locks::hold_tab(&tab);
        let settings = Settings { tab, typical: config.typical, media_origins: config.media_origins.clone() };
        let net = Rc::new(Net::new(config, place.host.clone()));

        let told: Rc<RefCell<Option<Studio>>> = Rc::default();
        let browser = Browser::new(Rc::clone(&net));
        let journal = BrowserJournal::new(&journal_name(&place));
        let draft = Draft::restore(early, &place);
        let prices = place.prefs.get(prefs::PRICES).and_then(|text| Prices::read(&text)).unwrap_or_default();
        let remembered = match place.host {
            None => place.prefs.get(prefs::KEY_UNTIL).and_then(|text| text.parse().ok()),
            Some(_) => None,
        };
        let local = Local {
            engine: Engine::new(browser, journal, settings),
            net,
            place,
            told: Rc::clone(&told),
            channel: RefCell::default(),
            _tab: lock,
            events: RefCell::default(),
            pushed_ms: Cell::default(),
            waiting: RefCell::default(),
            unseen: Cell::default(),
            asked: Cell::default(),
            told_states: RefCell::default(),
            cards: RefCell::default(),
            states: RefCell::default(),
            spending: RefCell::default(),
            meter: RefCell::default(),
            agreeing: RefCell::default(),
            refused_links: RefCell::default(),
            refiltering: Cell::default(),
            prepared: Cell::default(),
            begun: Cell::default(),
            opening: RefCell::new(Some(Vec::new())),
            owner: Owner::current().unwrap_or_default(),
            board: OnceCell::default(),
        };
        let studio = Studio {
            ready: RwSignal::new(local.net.is_ready()),
            local: StoredValue::new_local(Rc::new(local)),
            library: Library::new(),
            balance: RwSignal::default(),
            prices: RwSignal::new(prices),
            unexplained: RwSignal::default(),
            notice: RwSignal::default(),
            missing: RwSignal::default(),
            compared: RwSignal::default(),
            screen: RwSignal::default(),
            said: RwSignal::default(),
            now: RwSignal::new(clock::now_ms()),
            demo: RwSignal::default(),
            sent_once: RwSignal::default(),
            remembered: RwSignal::new(remembered),
            unlock_first: RwSignal::default(),
            language: RwSignal::new(if language.is_here() { language } else { &LANGUAGES[0] }),
            draft,
            presses: Presses::default(),
            config_error: StoredValue::new(config_error),
        };
        *told.borrow_mut() = Some(studio);
        studio.begin_if_needed();
        studio
    }

    /// True where this browser has records, or may have.
    pub(super) async fn has_journal(self) -> bool {
        let local = self.local();
        match local.place.keep {
            Keep::Device => journal::exists(&journal_name(&local.place)).await,
            Keep::Tab => true,
            Keep::Nothing => false,
        }
    }

    /// The storyboard, as it was left; made at the first call.
    pub fn board(self) -> Board {
        let local = self.local();
        *local.board.get_or_init(|| local.owner.with(|| Board::restore(self)))
    }

    /// Reads the journal and follows what is open. Again and again harmless.
    pub(super) fn begin_once(self) {
        let local = self.local();
        if local.begun.replace(true) {
            return;
        }
        local.asked.set(Some(task::Asked::answers()));
        match local.place.keep {
            Keep::Device => {}
            Keep::Tab => local.engine.journal().use_tab([&local.place.name, "-"].concat()),
            Keep::Nothing => local.engine.journal().use_memory(),
        }
        let told = Rc::clone(&self.local().told);
        self.engine().platform().listen(move |what| {
            // Copied out first: what it leads to may tell again.
            let studio = *told.borrow();
            if let Some(studio) = studio {
                studio.heard(what);
            }
        });
        let engine = self.engine();
        let heard = engine.clone();
        let told = Rc::clone(&self.local().told);
        let channel = Channel::open(&journal_name(&self.local().place), move |id| {
            let studio = *told.borrow();
            if let (PUSHED, Some(studio)) = (id.as_str(), studio) {
                studio.pushed();
            } else if let Some(id) = IntentId::parse(&id) {
                let engine = heard.clone();
                spawn_local(async move { engine.refresh(&id).await });
            }
        });
        *self.local().channel.borrow_mut() = Some(channel);
        self.open_events();
        self.spawn(async move {
            engine.open().await;
            self.note_opened();
            self.refresh_balance();
            if self.host().is_none() {
                self.look_for_key().await;
            }
        });
    }

    /// Ends, either way, once the records were read or this studio is gone.
    pub fn opened(self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        if let Some(waiting) = self.local().opening.borrow_mut().as_mut() {
            waiting.push(sender);
        }
        receiver
    }

    pub(super) fn note_opened(self) {
        self.local().opening.take();
    }

    /// Runs something as long as the studio is there: what comes after an await may use it.
    pub fn spawn(self, work: impl Future<Output = ()> + 'static) {
        let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
        let work = self.while_there(work);
        spawn_local(async move { work.await.unwrap_or_default() });
    }

    /// The same for somebody who waits for it: `None` once the studio is gone.
    pub fn while_there<T: 'static>(
        self,
        work: Pin<Box<dyn Future<Output = T>>>,
    ) -> impl Future<Output = Option<T>> + 'static {
        let told = Rc::clone(&self.local().told);
        let mut work = work;
        std::future::poll_fn(move |context| {
            let there = told.borrow().is_some();
            if there { work.as_mut().poll(context).map(Some) } else { Poll::Ready(None) }
        })
    }

    /// The same, for work that makes signals and listeners which stay as long as the studio.
    pub fn spawn_owned(self, work: impl Future<Output = ()> + 'static) {
        let owner = self.local().owner.clone();
        self.spawn(owner.with(|| ScopedFuture::new_untracked(work)));
    }

    /// Stops everything but a paid request under way. Call it before the owner of the signals goes.
    pub fn close(self) {
        let local = self.local();
        local.told.take();
        local.events.take();
        local.opening.take();
        local.waiting.borrow_mut().clear();
        local.engine.stop();
        local.engine.platform().close();
        // Until the answer is written down this tab counts as alive, so that nobody else calls it lost.
        let sent = local.engine.unanswered();
        if !sent.is_empty() {
            spawn_local(async move {
                while !local.engine.unanswered().is_empty() {
                    TimeoutFuture::new(ANSWER_CHECK_MS).await;
                }
                if let Some(channel) = local.channel.borrow().as_ref() {
                    sent.iter().for_each(|id| channel.tell(id.as_str()));
                }
            });
        }
    }

    /// Hears of tasks from the relay, where there is one.
    fn open_events(self) {
        let local = self.local();
        local.events.take();
        if !(local.net.is_ready() && local.net.connection() == Connection::Relay) {
            return;
        }
        let told = Rc::clone(&local.told);
        let hear = move |heard| {
            let studio = *told.borrow();
            if let Some(studio) = studio {
                studio.heard_from_relay(heard);
            }
        };
        let events = Events::open(Rc::clone(&local.net), hear);
        *local.events.borrow_mut() = events;
    }

    fn heard_from_relay(self, heard: Heard) {
        let engine = self.engine();
        match heard {
            Heard::Alive => {
                if let Some(channel) = self.local().channel.borrow().as_ref() {
                    channel.tell(PUSHED);
                }
                self.pushed();
            }
            Heard::Broken => spawn_local(async move { engine.set_pushed(false).await }),
            Heard::Task(data) => {
                if let Some(news) = News::parse(&data) {
                    spawn_local(async move { engine.hear(&news).await });
                }
            }
        }
    }

    /// News come by themselves, in this tab or another.
    fn pushed(self) {
        self.local().pushed_ms.set(clock::now_ms());
        let engine = self.engine();
        spawn_local(async move { engine.set_pushed(true).await });
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

    /// The page around the element; `None` on a page of our own.
    pub fn host(self) -> Option<HostPage> {
        self.local().place.host.clone()
    }

    /// Small choices of this person.
    pub fn prefs(self) -> Prefs {
        self.local().place.prefs.clone()
    }

    /// Asks how to connect, where the person decides that; an element's page does.
    pub fn ask_to_connect(self, by_submit: bool) {
        if self.host().is_some() {
            return;
        }
        match untrack(|| self.is_locked()) {
            // The field for it stands in the page already.
            true => self.unlock_first.set(by_submit),
            false => self.screen.set(Some(Screen::Welcome(by_submit))),
        }
    }

    /// The texts of the language shown, for what is said outside a view.
    pub fn text(self) -> Text {
        crate::i18n::texts_of(self.language.get_untracked())
    }

    /// Shows a language as soon as its texts are here.
    pub fn show_language(self, language: &'static Language) {
        self.spawn(async move {
            let here = language.is_here() || language.load().await.is_ok();
            if here && self.language.get_untracked().tag != language.tag {
                self.language.set(language);
            }
            if !here {
                self.missing.set(true);
            }
        });
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

    /// The page was shown again, or the network is back.
    pub fn wake(self) {
        self.now.set(clock::now_ms());
        if self.local().begun.get() {
            self.ask(Job::Tick);
        }
    }

    /// Does what is due.
    pub(super) fn tick(self) {
        self.now.set(clock::now_ms());
        let engine = self.engine();
        // The tab with the stream may be gone or frozen.
        if clock::now_ms().saturating_sub(self.local().pushed_ms.get()) > SILENCE_MS {
            let engine = engine.clone();
            spawn_local(async move { engine.set_pushed(false).await });
        }
        if engine.journal().was_lost() {
            let engine = engine.clone();
            spawn_local(async move { engine.write_back().await });
        }
        self.end_key_in_time();
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
        self.tell_outside(&intent);
        self.meter_record(&intent);
        self.note_lost_images(&intent);
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

    /// Tells the page around the element, and whoever waits for an answer.
    fn tell_outside(self, intent: &Intent) {
        let local = self.local();
        if let Some(host) = &local.place.host {
            let mut told = local.told_states.borrow_mut();
            let was = match told.iter_mut().find(|(id, _)| *id == intent.id) {
                Some((_, state)) => Some(std::mem::replace(state, intent.state)),
                None => {
                    told.push((intent.id.clone(), intent.state));
                    None
                }
            };
            drop(told);
            task::tell(host, was, intent);
        }
        if matches!(intent.state, State::Queued | State::Sending) {
            return;
        }
        let place = local.waiting.borrow().iter().position(|(id, _)| *id == intent.id);
        if let Some(place) = place {
            let (_, answer) = local.waiting.borrow_mut().swap_remove(place);
            answer.send(intent.clone()).unwrap_or_default();
        }
    }

    /// Waits until an intent has left the queue and its request is answered.
    pub fn answered(self, id: IntentId) -> oneshot::Receiver<Intent> {
        let (sender, receiver) = oneshot::channel();
        self.local().waiting.borrow_mut().push((id, sender));
        receiver
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
        let words = self.text().with(key, &[("prompt", intent.order.prompt())]);
        if self.host().is_none() {
            let good = intent.state == State::Succeeded;
            attention::call(&self.prefs(), &intent.id, good, &words, title::is_seen());
        }
        self.said.set(words);
        if self.host().is_none() && !title::is_seen() {
            let unseen = self.local().unseen.get() + 1;
            self.local().unseen.set(unseen);
            title::show(unseen);
        }
        self.refresh_balance();
    }

    /// Somebody looks at the page again.
    pub fn seen(self) {
        if self.host().is_none() && self.local().unseen.replace(0) > 0 {
            title::show(0);
        }
    }

    /// Asks for the balance; a failure leaves the last one.
    pub fn refresh_balance(self) {
        if !self.net().is_ready() {
            return;
        }
        let engine = self.engine();
        let mark = self.local().meter.borrow().begin();
        self.spawn(async move {
            if let Ok(balance) = engine.balance().await {
                self.balance.try_set(Some(balance));
                self.meter_balance(mark, balance);
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
            let prices = self.prices.get_untracked();
            let read = |all: &[Intent]| watch.read(balance, clock::now_ms(), all.iter(), &prices);
            let more = local.engine.with_intents(read);
            drop(watch);
            self.unexplained.try_set(more);
        }
    }

    /// The person has read what the balance lost; from now on only what is lost later is told.
    pub fn forget_spending(self) {
        self.unexplained.set(None);
        self.ask(Job::ForgetSpending);
    }

    pub(super) fn watch_anew(self) {
        self.local().spending.borrow_mut().forget();
        self.refresh_balance();
    }

    /// Finds out whether a simulator answers, and asks how to connect, unless the person is busy already. Not before: a
    /// dialog that grows moves what a finger is about to press.
    pub fn greet(self, busy: bool) {
        self.spawn(async move {
            if let Some(url) = self.net().demo_probe() {
                self.demo.set(net::read(&url).await.is_some());
            }
            if !busy && !self.ready.get_untracked() && self.screen.with_untracked(Option::is_none) {
                self.ask_to_connect(false);
            }
        });
    }

    /// Takes a key or chooses the relay, and goes on with what waited.
    pub fn connect(self, connection: Connection, secret: Option<Secret>) {
        let net = self.net();
        net.set_connection(connection);
        self.prefs().set(prefs::CONNECTION, if connection == Connection::Relay { "relay" } else { "direct" });
        let session = secret.is_some() && connection == Connection::Relay;
        if secret.is_some() {
            net.set_secret(secret);
        }
        self.ready.set(net.is_ready());
        self.balance.set(None);
        self.unexplained.set(None);
        self.local().prepared.set(true);
        self.ask(Job::Connected(session));
    }

    pub(super) fn go_on_connected(self, session: bool) {
        let net = self.net();
        if session {
            let net = Rc::clone(&net);
            spawn_local(async move { net.begin_session().await });
        }
        self.open_events();
        self.local().spending.borrow_mut().forget();
        self.local().meter.borrow_mut().give_up();
        if net.is_ready() {
            let trying = Rc::clone(&net);
            self.spawn(async move {
                trying.try_streams().await;
                self.sent_once.set(trying.is_sent_once());
            });
            self.engine().resume();
            self.refresh_balance();
            self.go_on_with_images();
        }
    }

    /// A new intent id.
    pub fn new_id(self) -> IntentId {
        IntentId::new(clock::now_ms(), clock::random_bytes())
    }

    /// Hands in what a person has just asked for. Opens the first-run dialog instead where there is no connection yet.
    /// False where nothing was handed in.
    pub fn submit(self, id: IntentId, order: Order, parent: Option<IntentId>) -> bool {
        if !self.ready.get_untracked() {
            self.ask_to_connect(true);
            return false;
        }
        let estimate = self.prices.with_untracked(|prices| prices.order(&order));
        let mut intent = Intent::new(id, order, "", clock::now_ms());
        intent.parent = parent;
        intent.estimate = estimate;
        intent.balance_before = self.balance.get_untracked();
        match self.host().map(|host| host.ask("vireo-submit", &task::describe_wish(&intent))) {
            Some(Answer::No) => {
                self.declined(&intent.id);
                return false;
            }
            Some(Answer::Later(promise)) => self.spawn(async move {
                if Answer::later(promise).await {
                    self.ask(Job::HandIn(Box::new(intent)));
                } else {
                    self.declined(&intent.id);
                }
            }),
            Some(Answer::Yes) | None => self.ask(Job::HandIn(Box::new(intent))),
        }
        true
    }

    /// Nothing is kept and nothing sent; who waits for an answer hears that there is none.
    pub(super) fn not_handed_in(self, id: &IntentId) {
        self.local().waiting.borrow_mut().retain(|(waiting, _)| waiting != id);
    }

    /// The page around the element stopped it.
    fn declined(self, id: &IntentId) {
        self.not_handed_in(id);
        self.said.set(self.text().of(T::HostDeclined).to_owned());
    }

    /// Hands in an intent that is ready to go, after uploads of it that the provider may have deleted went up again.
    pub fn hand_in(self, mut intent: Intent) {
        let stale = match &intent.order {
            Order::Generate(generate) => generate.image_urls.iter().any(|address| self.is_stale(address)),
            _ => false,
        };
        if !stale {
            return self.write_down(intent);
        }
        self.spawn(async move {
            if let Order::Generate(generate) = &mut intent.order {
                generate.image_urls = self.renewed(std::mem::take(&mut generate.image_urls)).await;
            }
            self.write_down(intent);
        });
    }

    fn write_down(self, intent: Intent) {
        if self.library.count.get_untracked() == 0 && self.local().place.keep == Keep::Device {
            journal::ask_to_persist();
        }
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

/// The name of a place's journal. One that lives as long as its tab has the tab's own name in it.
fn journal_name(place: &Place) -> String {
    const SESSION: &str = "session";
    if place.keep != Keep::Tab {
        return place.name.clone();
    }
    let session = place.prefs.get(SESSION).unwrap_or_else(|| {
        let fresh = clock::random_name();
        place.prefs.set(SESSION, &fresh);
        fresh
    });
    [&place.name, "/", &session].concat()
}
