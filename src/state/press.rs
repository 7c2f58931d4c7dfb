//! One press is one wish, however often the finger comes down.

use crate::state::Studio;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use vireo_core::intent::{IntentId, Order};

/// The same press after a pause of twice this length is another wish.
const PAUSE_MS: u32 = 500;

/// What was asked for a moment ago.
#[derive(Clone, Copy, Default)]
pub(super) struct Presses {
    wishes: StoredValue<Vec<Wish>>,
    count: StoredValue<u64>,
}

struct Wish {
    place: String,
    order: Order,
    id: IntentId,
    /// Which press was the last for it.
    press: u64,
}

impl Studio {
    /// The id of what a person asks for by a button: the same for a double click, a held Enter key, or clicks into a
    /// page that stood still. `place` tells one button from another; `fresh` makes the id of a new wish.
    pub fn pressed(self, place: &str, order: &Order, fresh: impl FnOnce() -> IntentId) -> IntentId {
        let Presses { wishes, count } = self.presses;
        count.update_value(|count| *count += 1);
        let press = count.get_value();
        let id = wishes.try_update_value(|wishes| {
            if let Some(wish) = wishes.iter_mut().find(|wish| wish.place == place && wish.order == *order) {
                wish.press = press;
                return wish.id.clone();
            }
            let id = fresh();
            wishes.push(Wish { place: place.to_owned(), order: order.clone(), id: id.clone(), press });
            id
        });
        self.spawn(async move {
            // Counted by timers and not by a clock: while the page stands still no time passes. The first of two comes
            // late then, and before the second the presses that had to wait are heard.
            TimeoutFuture::new(PAUSE_MS).await;
            TimeoutFuture::new(PAUSE_MS).await;
            wishes.update_value(|wishes| wishes.retain(|wish| wish.press != press));
        });
        id.unwrap_or_else(|| self.new_id())
    }
}
