//! The form that stands before the app, and the page that takes its place.

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlTextAreaElement};

#[wasm_bindgen_test]
async fn what_is_typed_while_the_page_is_made_is_kept() {
    let document = web_sys::window().unwrap().document().unwrap();
    let root: HtmlElement = document.create_element("div").unwrap().unchecked_into();
    root.set_inner_html("<div><textarea></textarea></div>");
    document.body().unwrap().append_child(&root).unwrap();
    let area =
        || -> HtmlTextAreaElement { root.query_selector("textarea").unwrap().unwrap().unchecked_into() };
    area().set_value("a boat");

    vireo::start(root.clone(), "", "");
    let old = area();
    assert_eq!(old.id(), "", "the page has a turn of its own");
    old.set_value("a boat drifts");
    while area() == old {
        TimeoutFuture::new(0).await;
    }
    assert_eq!(area().value(), "a boat drifts");
}
