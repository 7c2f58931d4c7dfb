//! Which tabs are alive (each holds a Web Lock under its own name) and what they tell each other (a broadcast channel).
//! Both may be missing: then tabs learn of each other's changes from the journal.

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

const PREFIX: &str = "vireo-tab-";

fn manager() -> Option<LockManager> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}

/// Holds this tab's lock until the tab is gone.
pub fn hold_tab(tab: &str) {
    let Some(manager) = manager() else { return };
    let forever = Closure::once_into_js(|| Promise::new(&mut |_, _| {}));
    let name = [PREFIX, tab].concat();
    if let Ok(promise) = manager.request(&name, forever.unchecked_ref()) {
        wasm_bindgen_futures::spawn_local(async move {
            JsFuture::from(promise).await.ok();
        });
    }
}

/// Something that only one tab does at a time; over when this is dropped.
pub struct Held(Function);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.call0(&JsValue::NULL).map(drop).unwrap_or_default();
    }
}

/// Waits until no other holds this name. `None` where the browser has no locks: then each does as it likes.
pub async fn hold(name: &str) -> Option<Held> {
    let (sender, held) = oneshot::channel();
    let sender = Rc::new(Cell::new(Some(sender)));
    let given = Rc::clone(&sender);
    let hold = Closure::once_into_js(move |_lock: JsValue| {
        let mut release = None;
        let promise = Promise::new(&mut |resolve, _| release = Some(resolve));
        let release = release.map(Held);
        // Where nobody waits any more, this lets go at once.
        drop(given.take().map(|given| given.send(release)));
        promise
    });
    let promise = manager()?.request(name, hold.unchecked_ref()).ok()?;
    wasm_bindgen_futures::spawn_local(async move {
        JsFuture::from(promise).await.ok();
        // Refused, if it still waits.
        sender.take();
    });
    held.await.ok().flatten()
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
