//! Keeps only that part of a long list in the page that is near the viewport; see [`vireo_core::library::window`].

use crate::state::Studio;
use crate::ui::{El, follow};
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use vireo_core::intent::IntentId;
use vireo_core::library::window::{Blocks, Window};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, Window as Page};

/// The videos that stand in the page. The room of the others is padding of `list`.
pub fn window(studio: Studio, list: &El) -> RwSignal<Vec<IntentId>> {
    let standing = RwSignal::new(Vec::new());
    let part =
        Rc::new(Part { shown: studio.library.shown, standing, list: list.node(), now: RefCell::default() });
    let changed = Rc::clone(&part);
    follow(move || {
        changed.shown.track();
        changed.place();
        // Once more when the new rows have their heights.
        let settled = Rc::clone(&changed);
        request_animation_frame(move || settled.place());
    });
    _ = StoredValue::new_local(Listening::new(move || part.place()));
    standing
}

struct Part {
    shown: RwSignal<Vec<IntentId>>,
    standing: RwSignal<Vec<IntentId>>,
    list: HtmlElement,
    now: RefCell<(Blocks, Window)>,
}

impl Part {
    fn place(&self) {
        let page = leptos::prelude::window();
        let Some(total) = self.shown.try_with_untracked(Vec::len) else { return };
        let next = {
            let (blocks, now) = &mut *self.now.borrow_mut();
            self.measure(blocks, now);
            blocks.fit(total, self.columns(&page));
            let from_top = self.list.get_bounding_client_rect().top();
            let height = page.inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
            // One viewport more on each side.
            *now = blocks.window(-height - from_top, 2.0 * height - from_top);
            *now
        };
        let style = self.list.style();
        for (side, room) in [("padding-top", next.above), ("padding-bottom", next.below)] {
            let room = [&(room as u64).to_string(), "px"].concat();
            style.set_property(side, &room).unwrap_or_default();
        }
        let wanted = self.shown.with_untracked(|ids| ids[next.first..next.end].to_vec());
        if self.standing.try_with_untracked(|standing| *standing != wanted) == Some(true) {
            self.standing.try_set(wanted);
        }
    }

    /// Takes the heights of the blocks that stand there; the last one's end is not known.
    fn measure(&self, blocks: &mut Blocks, now: &Window) {
        let rows = self.list.children();
        let size = blocks.size().max(1);
        let top = |index: usize| Some(rows.item(index as u32)?.unchecked_into::<HtmlElement>().offset_top());
        let mut start = 0;
        while let (Some(from), Some(to)) = (top(start), top(start + size)) {
            blocks.measured((now.first + start) / size, f64::from(to - from));
            start += size;
        }
    }

    fn columns(&self, page: &Page) -> usize {
        let style = page.get_computed_style(&self.list).ok().flatten();
        let columns = style.and_then(|style| style.get_property_value("grid-template-columns").ok());
        columns.map_or(1, |columns| columns.split_whitespace().count())
    }
}

/// Hears every scrolling and resizing until dropped.
struct Listening(Closure<dyn FnMut()>);

/// In the capturing phase: whatever scrolls around the list, its scrolling is heard at the window.
const CAPTURE: bool = true;

impl Listening {
    fn new(hear: impl FnMut() + 'static) -> Self {
        let hear = Closure::<dyn FnMut()>::new(hear);
        for event in ["scroll", "resize"] {
            let target = leptos::prelude::window();
            let callback = hear.as_ref().unchecked_ref();
            target.add_event_listener_with_callback_and_bool(event, callback, CAPTURE).unwrap_or_default();
        }
        Listening(hear)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        for event in ["scroll", "resize"] {
            let target = leptos::prelude::window();
            let callback = self.0.as_ref().unchecked_ref();
            target.remove_event_listener_with_callback_and_bool(event, callback, CAPTURE).unwrap_or_default();
        }
    }
}
