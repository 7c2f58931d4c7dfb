//! The studio: one context through which the features see and do everything.

use super::connection::{PUSHED, SILENCE_MS};
use crate::browser::clock;
use crate::browser::events::Events;
use crate::browser::host::HostPage;
use crate::browser::journal::{self, BrowserJournal};
use crate::browser::locks::{self, Channel, Lock};
use crate::browser::near;
use crate::browser::net::Net;
use crate::browser::prefs::{self, Keep, Prefs};
use crate::browser::runtime::Browser;
use crate::browser::save::SaveError;
use crate::browser::task::spawn_local;
use crate::i18n::{LANGUAGES, Language, Text};
use crate::state::board::Board;
use crate::state::cards::Card;
use crate::state::draft::Draft;
use crate::state::library::Library;
use crate::state::press::Presses;
use crate::state::screen::Screen;
use crate::state::{Job, Place, task};
use futures_channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use std::cell::{Cell, OnceCell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use vireo_client::{Config, Connection, Engine, Notice, Settings};
use vireo_core::intent::{Intent, IntentId, State};
use vireo_core::meter::Meter;
use vireo_core::price::Prices;
use vireo_core::spending::Watch;

/// How often a studio that is gone looks whether its paid request was answered.
const ANSWER_CHECK_MS: u32 = 200;

type AppEngine = Engine<Browser, BrowserJournal>;

pub(super) struct Local {
    pub(super) engine: AppEngine,
    pub(super) net: Rc<Net>,
    pub(super) place: Place,
    /// Who hears of the engine; nobody once the studio is gone.
    pub(super) told: Rc<RefCell<Option<Studio>>>,
    pub(super) channel: RefCell<Option<Channel>>,
    _tab: Lock,
    pub(super) events: RefCell<Option<Events>>,
    /// When a tab of this profile last said that news come by themselves.
    pub(super) pushed_ms: Cell<u64>,
    /// Who waits for the answer to a paid request.
    pub(super) waiting: RefCell<Vec<(IntentId, oneshot::Sender<Intent>)>>,
    /// Verdicts that came while nobody looked.
    pub(super) unseen: Cell<u32>,
    /// What the page around the element may ask, once the engine is here.
    pub(super) asked: Cell<Option<task::Asked>>,
    /// What the page around the element knows of each intent.
    pub(super) told_states: RefCell<Vec<(IntentId, State)>>,
    /// Signals of the videos that stand in the page, and only of those.
    pub(super) cards: RefCell<Vec<(IntentId, Card)>>,
    /// All videos, newest first: at the start the older ones come later.
    pub(super) states: RefCell<Vec<(IntentId, State)>>,
    pub(super) spending: RefCell<Watch>,
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
    /// What was asked for by a press and is not yet with the engine: a part of the page or an upload may have to come
    /// first, or the page around an element to agree.
    pub under_way: RwSignal<Vec<IntentId>>,
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
            under_way: RwSignal::default(),
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
