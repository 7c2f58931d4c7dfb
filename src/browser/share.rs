//! Handing a video to other apps, where the browser can.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

fn method(name: &str) -> Option<(Function, JsValue)> {
    let navigator = web_sys::window()?.navigator();
    let method = Reflect::get(&navigator, &name.into()).ok()?.dyn_into().ok()?;
    Some((method, navigator.into()))
}

/// Whether this browser can hand anything over.
pub fn is_possible() -> bool {
    method("share").is_some() && method("canShare").is_some()
}

/// Asks the person which app takes the file. False where no app may take it; a person who thinks better of it is fine.
pub async fn share(video: &Blob, name: &str) -> bool {
    let Some((data, share)) = shareable(video, name) else { return false };
    let (share, navigator) = share;
    match share.call1(&navigator, &data) {
        Ok(promise) => {
            let done = JsFuture::from(Promise::resolve(&promise)).await;
            let refused = |error: &JsValue| {
                error.dyn_ref::<js_sys::Error>().is_none_or(|error| error.name() != "AbortError")
            };
            !done.is_err_and(|error| refused(&error))
        }
        Err(_) => false,
    }
}

fn shareable(video: &Blob, name: &str) -> Option<(Object, (Function, JsValue))> {
    let class: Function = Reflect::get(&js_sys::global(), &"File".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &"video/mp4".into()).ok()?;
    let arguments = Array::of3(&Array::of1(video), &name.into(), &options);
    let file = Reflect::construct(&class, &arguments).ok()?;
    let data = Object::new();
    Reflect::set(&data, &"files".into(), &Array::of1(&file)).ok()?;
    let (can, navigator) = method("canShare")?;
    let can = can.call1(&navigator, &data).ok()?.is_truthy();
    can.then_some((data, method("share")?))
}
