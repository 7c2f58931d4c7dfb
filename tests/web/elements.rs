//! `ui::element`: what is shown follows the signals, and nothing outlives its owner.

use leptos::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use vireo::ui::{El, button, div, el};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

/// Builds under an owner and gives the element, as the app does.
fn build(make: impl FnOnce() -> El) -> (Owner, Element) {
    // Mounting something once starts Leptos' executor.
    _ = any_executor();
    let owner = Owner::new();
    let element = owner.with(make).node();
    (owner, element)
}

fn any_executor() -> impl Sized {
    let place = document().create_element("div").unwrap();
    leptos::mount::mount_to(wasm_bindgen::JsCast::unchecked_into(place), || ())
}

async fn settle() {
    gloo_timers::future::TimeoutFuture::new(0).await;
}

#[wasm_bindgen_test]
async fn text_and_attributes_follow_a_signal() {
    let count = ArcRwSignal::new(1);
    let (text, flag) = (count.clone(), count.clone());
    let (_owner, element) = build(|| {
        el("p").live_text(move || text.get().to_string()).live_flag("hidden", move || flag.get() > 1)
    });
    assert_eq!(element.text_content().as_deref(), Some("1"));
    assert!(!element.has_attribute("hidden"));
    count.set(2);
    settle().await;
    assert_eq!(element.text_content().as_deref(), Some("2"));
    assert!(element.has_attribute("hidden"));
}

#[wasm_bindgen_test]
async fn text_stays_text() {
    let (_owner, element) = build(|| div("").text("<img src=x onerror=alert(1)>"));
    assert_eq!(element.child_element_count(), 0);
}

#[wasm_bindgen_test]
async fn a_live_child_comes_goes_and_frees_what_it_held() {
    let shown = ArcRwSignal::new(true);
    let freed = Rc::new(Cell::new(0));
    let (seen, count) = (shown.clone(), Rc::clone(&freed));
    let (_owner, element) = build(|| {
        div("").live(move || {
            let count = StoredValue::new_local(Guard(Rc::clone(&count)));
            seen.get().then(|| el("b").live_text(move || count.with_value(|_| "here".to_owned())))
        })
    });
    assert_eq!(element.text_content().as_deref(), Some("here"));
    shown.set(false);
    settle().await;
    assert_eq!(element.child_element_count(), 0);
    assert_eq!(freed.get(), 1);
}

struct Guard(Rc<Cell<u32>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[wasm_bindgen_test]
async fn rows_keep_the_elements_of_keys_that_stay_and_their_order() {
    let keys = ArcRwSignal::new(vec!["a".to_owned(), "b".to_owned()]);
    let wanted = keys.clone();
    let (_owner, list) = build(|| el("ul").rows(move || wanted.get(), |key| Some(el("li").text(key))));
    let b = list.last_element_child().unwrap();
    keys.set(["c", "b", "d"].map(str::to_owned).to_vec());
    settle().await;
    assert_eq!(list.text_content().as_deref(), Some("cbd"));
    assert!(list.children().item(1).unwrap() == b, "the row of a key that stays is the same element");
}

#[wasm_bindgen_test]
async fn the_rows_go_silent_with_their_owner() {
    let count = ArcRwSignal::new(1);
    let text = count.clone();
    let (owner, element) = build(|| el("p").live_text(move || text.get().to_string()));
    owner.cleanup();
    count.set(2);
    settle().await;
    assert_eq!(element.text_content().as_deref(), Some("1"));
}

#[wasm_bindgen_test]
fn a_button_acts_on_a_click() {
    let clicks = Rc::new(Cell::new(0));
    let seen = Rc::clone(&clicks);
    let (_owner, element) = build(|| button("", "Go", move || seen.set(seen.get() + 1)));
    let element: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(element);
    element.click();
    assert_eq!(clicks.get(), 1);
    assert_eq!(element.get_attribute("type").as_deref(), Some("button"));
}

#[wasm_bindgen_test]
fn events_after_the_end_reach_nobody() {
    let failed = Rc::new(Cell::new(false));
    let note = Rc::clone(&failed);
    let heard = wasm_bindgen::closure::Closure::<dyn FnMut()>::new(move || note.set(true));
    window().set_onerror(Some(heard.as_ref().unchecked_ref()));
    let (owner, element) = build(|| el("video").on("pause", |_| {}));
    owner.cleanup();
    drop(owner);
    element.dispatch_event(&web_sys::Event::new("pause").unwrap()).unwrap();
    window().set_onerror(None);
    assert!(!failed.get(), "the listener was gone and still there");
}
