//! Elements: built once by plain calls, kept up to date by Leptos' signals.
//!
//! This stands where `view!` would: its typed views made the page three times as heavy (see `docs/adr/0002`), and it
//! writes markup through `innerHTML`, which Trusted Types forbid. Nothing here parses markup.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement, Node};

/// An element under construction, or done. Everything that keeps it live belongs to the owner it was built under.
#[derive(Clone, Debug)]
pub struct El(Element);

/// A new element.
pub fn el(tag: &str) -> El {
    El(document().create_element(tag).expect("tag names are written in this program and valid"))
}

/// A new element with a class.
pub fn div(class: &str) -> El {
    el("div").class(class)
}

/// A paragraph with a class.
pub fn paragraph(class: &str, text: &str) -> El {
    el("p").class(class).text(text)
}

/// A link to another site, which opens in a tab of its own and learns nothing of this one.
pub fn outward(href: &str, label: &str) -> El {
    el("a").attr("href", href).attr("target", "_blank").attr("rel", "noopener noreferrer").text(label)
}

/// The first element of the page that a selector fits.
pub fn find(place: &str) -> Option<HtmlElement> {
    document().query_selector(place).ok()??.dyn_into().ok()
}

/// Puts the focus on the first element that a selector fits. False where there is none.
pub fn focus(place: &str) -> bool {
    find(place).is_some_and(|found| found.focus().is_ok())
}

/// Does what may move the element that has the focus, and gives it back.
pub fn keeping_focus(run: impl FnOnce()) {
    let focused = document().active_element().and_then(|focused| focused.dyn_into::<HtmlElement>().ok());
    run();
    request_animation_frame(move || {
        if let Some(focused) = focused {
            focused.focus().unwrap_or_default();
        }
    });
}

/// A button that does something.
pub fn button(class: &str, label: &str, act: impl FnMut() + 'static) -> El {
    let mut act: Box<dyn FnMut()> = Box::new(act);
    el("button").attr("type", "button").class(class).text(label).on("click", move |_| act())
}

/// Takes itself off: a player that leaves the page tells once more that it stands still.
struct Listener {
    target: Element,
    event: &'static str,
    act: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let act = self.act.as_ref().unchecked_ref();
        self.target.remove_event_listener_with_callback(self.event, act).unwrap_or_default();
    }
}

/// Keeps a value for as long as the current owner lives.
fn keep<V: 'static>(value: V) {
    StoredValue::new_local(value);
}

/// Runs now, and again whenever a signal it read changes.
pub fn follow(run: impl FnMut() + 'static) {
    fn erased(mut run: Box<dyn FnMut()>) {
        keep(RenderEffect::new(move |_: Option<()>| run()));
    }
    erased(Box::new(run));
}

impl El {
    /// Sets an attribute.
    pub fn attr(self, name: &str, value: &str) -> Self {
        // Fails for invalid names only, and names are written in this program.
        self.0.set_attribute(name, value).unwrap_or_default();
        self
    }

    /// Sets the class.
    pub fn class(self, class: &str) -> Self {
        self.0.set_class_name(class);
        self
    }

    /// Sets the id, for labels to point at.
    pub fn id(self, id: &str) -> Self {
        self.0.set_id(id);
        self
    }

    /// Adds text.
    pub fn text(self, text: &str) -> Self {
        self.append(&document().create_text_node(text));
        self
    }

    /// Adds a child.
    pub fn child(self, child: El) -> Self {
        self.append(&child.0);
        self
    }

    /// Adds a child if there is one.
    pub fn maybe(self, child: Option<El>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    /// Adds children.
    pub fn children(self, children: impl IntoIterator<Item = El>) -> Self {
        children.into_iter().fold(self, El::child)
    }

    fn append(&self, child: &Node) {
        self.0.append_child(child).map(drop).unwrap_or_default();
    }

    /// Calls `act` at every such event, as long as the owner is there.
    pub fn on(self, event: &'static str, act: impl FnMut(Event) + 'static) -> Self {
        fn erased(target: Element, event: &'static str, act: Box<dyn FnMut(Event)>) {
            let act = Closure::wrap(act);
            target.add_event_listener_with_callback(event, act.as_ref().unchecked_ref()).unwrap_or_default();
            keep(Listener { target, event, act });
        }
        erased(self.0.clone(), event, Box::new(act));
        self
    }

    /// Adds text that follows signals.
    pub fn live_text(self, text: impl Fn() -> String + 'static) -> Self {
        fn erased(parent: &El, text: Box<dyn Fn() -> String>) {
            let node = document().create_text_node("");
            parent.append(&node);
            follow(move || node.set_data(&text()));
        }
        erased(&self, Box::new(text));
        self
    }

    /// An attribute that follows signals; `None` takes it away.
    pub fn live_attr(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        fn erased(element: Element, name: &'static str, value: Box<dyn Fn() -> Option<String>>) {
            follow(move || {
                let set = match value() {
                    Some(value) => element.set_attribute(name, &value),
                    None => element.remove_attribute(name),
                };
                set.unwrap_or_default();
            });
        }
        erased(self.0.clone(), name, Box::new(value));
        self
    }

    /// A boolean attribute that follows signals.
    pub fn live_flag(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.live_attr(name, move || on().then(String::new))
    }

    /// Follows whether a button is off without taking the focus from it, as `disabled` would: what it does has to look
    /// for itself.
    pub fn live_off(self, off: impl Fn() -> bool + 'static) -> Self {
        self.live_attr("aria-disabled", move || off().then(|| "true".to_owned()))
    }

    /// A class that follows signals.
    pub fn live_class(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        let element = self.0.clone();
        follow(move || drop(element.class_list().toggle_with_force(name, on())));
        self
    }

    /// A property that follows signals, such as the value of a field, which its attribute does not set.
    pub fn live_prop(self, name: &'static str, value: impl Fn() -> JsValue + 'static) -> Self {
        fn erased(element: Element, name: &'static str, value: Box<dyn Fn() -> JsValue>) {
            follow(move || {
                let wanted = value();
                // Written only when it differs: writing moves the caret.
                if js_sys::Reflect::get(&element, &name.into()).ok().as_ref() != Some(&wanted) {
                    js_sys::Reflect::set(&element, &name.into(), &wanted).map(drop).unwrap_or_default();
                }
            });
        }
        erased(self.0.clone(), name, Box::new(value));
        self
    }

    /// Adds a child that is made anew whenever a signal read while making it changes.
    pub fn live(self, make: impl FnMut() -> Option<El> + 'static) -> Self {
        fn erased(parent: &El, mut make: Box<dyn FnMut() -> Option<El>>) {
            let place = document().create_comment("");
            parent.append(&place);
            let mut shown: Option<El> = None;
            follow(move || {
                let next = make();
                if let Some(old) = shown.take() {
                    old.0.remove();
                }
                if let (Some(next), Some(parent)) = (&next, place.parent_node()) {
                    parent.insert_before(&next.0, Some(&place)).map(drop).unwrap_or_default();
                }
                shown = next;
            });
        }
        erased(&self, Box::new(make));
        self
    }

    /// Fills the element with one child per key. A child lives as long as its key is wanted.
    pub fn rows(
        self,
        keys: impl Fn() -> Vec<String> + 'static,
        make: impl Fn(&str) -> Option<El> + 'static,
    ) -> Self {
        fill(self.0.clone(), Box::new(keys), Box::new(make));
        self
    }

    /// The element itself, as what it is.
    pub fn node<N: JsCast>(&self) -> N {
        self.0.clone().unchecked_into()
    }

    /// Puts the element into a place of the page.
    pub fn mount(&self, place: &Element) {
        place.append_child(&self.0).map(drop).unwrap_or_default();
    }
}

/// Keeps one child of `parent` per key, in the order of the keys.
fn fill(parent: Element, keys: Box<dyn Fn() -> Vec<String>>, make: MakeRow) {
    let outer = Owner::current().unwrap_or_default();
    let mut rows: Vec<Row> = Vec::new();
    follow(move || {
        let wanted = keys();
        rows.retain(|row| {
            let stays = wanted.contains(&row.key);
            if !stays {
                row.element.0.remove();
                row.owner.cleanup();
            }
            stays
        });
        let mut after: Option<Node> = None;
        for key in wanted.iter().rev() {
            let known = rows.iter().position(|row| row.key == *key);
            let index = known.unwrap_or(rows.len());
            if known.is_none() {
                let owner = outer.with(Owner::new);
                let Some(element) = untrack(|| owner.with(|| make(key))) else {
                    continue;
                };
                rows.push(Row { key: key.clone(), element, owner });
            }
            let node: &Node = &rows[index].element.0;
            if node.parent_node().is_none() || node.next_sibling() != after {
                parent.insert_before(node, after.as_ref()).map(drop).unwrap_or_default();
            }
            after = Some(node.clone());
        }
    });
}

/// Makes the element of a key.
type MakeRow = Box<dyn Fn(&str) -> Option<El>>;

struct Row {
    key: String,
    element: El,
    owner: Owner,
}

/// What stands in the field an event came from.
pub fn value_of(event: &Event) -> String {
    let target = event.target().map(JsValue::from).unwrap_or_default();
    js_sys::Reflect::get(&target, &"value".into())
        .ok()
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

/// Whether the box an event came from is ticked.
pub fn ticked(event: &Event) -> bool {
    let target = event.target().map(JsValue::from).unwrap_or_default();
    js_sys::Reflect::get(&target, &"checked".into()).is_ok_and(|ticked| ticked.is_truthy())
}

impl<N: AsRef<Element>> From<N> for El {
    fn from(node: N) -> Self {
        El(node.as_ref().clone())
    }
}
