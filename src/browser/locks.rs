//! Which tabs are alive (each holds a Web Lock under its own name) and what they tell each other (a broadcast channel).
//! Both may be missing: then tabs learn of each other's changes from the journal.

use crate::browser::task::spawn_local;
use futures_channel::oneshot;
use js_sys::{Array, Function, Promise, Reflect};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, hold: &Function) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn query(this: &LockManager) -> Result<Promise, JsValue>;
}

/// A lock of its name, held until this is dropped or the tab is gone.
#[derive(Debug)]
pub struct Lock {
    release: Function,
}

impl Lock {
    /// Waits for the lock. Where the browser has none, or refuses, each does as it likes.
    pub async fn acquire(name: &str) -> Self {
        let (sender, granted) = oneshot::channel();
        let sender = Rc::new(Cell::new(Some(sender)));
        let given = Rc::clone(&sender);
        let tell = move || _ = given.take().map(|given| given.send(()));
        let lock = Lock::request(name, tell, move || drop(sender.take()));
        granted.await.unwrap_or_default();
        lock
    }

    fn request(name: &str, granted: impl FnOnce() + 'static, ended: impl FnOnce() + 'static) -> Self {
        let mut release = None;
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        let lock = Lock { release: release.unwrap_or_default() };
        let hold = Closure::once_into_js(move || {
            granted();
            held
        });
        match manager().map(|manager| manager.request(name, hold.unchecked_ref())) {
            Some(Ok(promise)) => spawn_local(async move {
                JsFuture::from(promise).await.ok();
                ended();
            }),
            _ => ended(),
        }
        lock
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.release.call0(&JsValue::NULL).map(drop).unwrap_or_default();
    }
}

const PREFIX: &str = "vireo-tab-";

fn manager() -> Option<LockManager> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}

/// Holds the lock of this tab, where the browser has locks.
pub fn hold_tab(tab: &str) -> Lock {
    Lock::request(&[PREFIX, tab].concat(), || (), || ())
}

/// Something that only one tab does at a time; over when this is dropped.
pub struct Held(Function);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.call0(&JsValue::NULL).map(drop).unwrap_or_default();
    }
}

/// The tabs that hold a lock; `None` where the browser cannot tell.
pub async fn live_tabs() -> Option<Vec<String>> {
    let state = JsFuture::from(manager()?.query().ok()?).await.ok()?;
    let held: Array = Reflect::get(&state, &"held".into()).ok()?.dyn_into().ok()?;
    let name = |lock: JsValue| Reflect::get(&lock, &"name".into()).ok()?.as_string();
    Some(
        held.iter()
            .filter_map(name)
            .filter_map(|name| name.strip_prefix(PREFIX).map(str::to_owned))
            .collect(),
    )
}

/// Tells the other tabs which intent changed, and hears it from them.
#[derive(Debug)]
pub struct Channel {
    channel: Option<BroadcastChannel>,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// Opens the channel; `heard` gets the id of an intent that another tab changed.
    pub fn open(name: &str, mut heard: impl FnMut(String) + 'static) -> Self {
        let heard = Closure::new(move |event: MessageEvent| {
            if let Some(id) = event.data().as_string() {
                heard(id);
            }
        });
        let channel = BroadcastChannel::new(name).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        }
        Channel { channel, _heard: heard }
    }

    /// Tells the other tabs.
    pub fn tell(&self, id: &str) {
        if let Some(channel) = &self.channel {
            channel.post_message(&id.into()).ok();
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}
