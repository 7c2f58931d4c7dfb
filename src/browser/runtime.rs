//! The engine's view of the browser.

use crate::browser::task::spawn_local;
use crate::browser::{clock, locks, net::Net};
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use veo_api::{Reply, Request};
use vireo_client::{Link, Platform, SendError};
use vireo_core::intent::{Intent, IntentId};

/// What the engine tells whoever shows it.
#[derive(Clone, Debug)]
pub enum Told {
    /// An intent changed; `ours` when this tab changed it.
    Changed(Box<Intent>, bool),
    /// An intent is gone.
    Removed(IntentId, bool),
    /// See `Engine::notice`.
    Noticed,
    /// The alarm rang.
    Wake,
}

type Tell = Rc<dyn Fn(Told)>;

/// Network, clock and timers of this page.
pub struct Browser {
    net: Rc<Net>,
    alarm: RefCell<Option<Timeout>>,
    closed: Cell<bool>,
    tell: RefCell<Option<Tell>>,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("net", &self.net).finish_non_exhaustive()
    }
}

/// A timer never sleeps longer than this: the wall clock decides what is due, not the timer.
const LONGEST_ALARM_MS: u64 = 60_000;

impl Browser {
    /// A page that sends by `net`.
    pub fn new(net: Rc<Net>) -> Self {
        Browser { net, alarm: RefCell::default(), closed: Cell::default(), tell: RefCell::default() }
    }

    /// From now on `tell` hears what happens, never while the engine is borrowed.
    pub fn listen(&self, tell: impl Fn(Told) + 'static) {
        self.tell.replace(Some(Rc::new(tell)));
    }

    fn say(&self, what: Told) {
        let tell = self.tell.borrow().clone();
        if let Some(tell) = tell {
            tell(what);
        }
    }
}

impl Browser {
    /// The studio is gone: no alarm rings any more, and no request but a paid one is left under way.
    pub fn close(&self) {
        self.closed.set(true);
        self.alarm.take();
        self.net.close();
    }
}

impl Platform for Browser {
    async fn send(&self, request: &Request, key: Option<&IntentId>) -> Result<Reply, SendError> {
        self.net.send(request, key).await
    }

    fn link(&self) -> Link {
        self.net.link()
    }

    fn now_ms(&self) -> u64 {
        clock::now_ms()
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }

    async fn sleep(&self, ms: u64) {
        gloo_timers::future::TimeoutFuture::new(ms.min(u64::from(u32::MAX)) as u32).await;
    }

    fn spawn(&self, future: vireo_client::LocalFuture) {
        spawn_local(future);
    }

    fn wake_at(&self, at_ms: u64) {
        if self.closed.get() {
            return;
        }
        let wait = at_ms.saturating_sub(clock::now_ms()).min(LONGEST_ALARM_MS) as u32;
        let Some(tell) = self.tell.borrow().clone() else { return };
        *self.alarm.borrow_mut() = Some(Timeout::new(wait, move || tell(Told::Wake)));
    }

    async fn live_tabs(&self) -> Option<Vec<String>> {
        locks::live_tabs().await
    }

    fn changed(&self, intent: &Intent, ours: bool) {
        self.say(Told::Changed(Box::new(intent.clone()), ours));
    }

    fn removed(&self, id: &IntentId, ours: bool) {
        self.say(Told::Removed(id.clone(), ours));
    }

    fn noticed(&self) {
        self.say(Told::Noticed);
    }
}
