//! The videos that stand in the page, as signals.

use super::studio::Studio;
use leptos::prelude::*;
use vireo_core::intent::{Intent, IntentId};

/// One video of the list, with its paid renditions.
#[derive(Clone, Debug)]
pub struct Card {
    /// The record.
    pub intent: ArcRwSignal<Intent>,
    /// Upgrades bought for it.
    pub upgrades: ArcRwSignal<Vec<Intent>>,
}

impl Studio {
    /// The signals of one video, made at the first call.
    pub fn card(self, id: &IntentId) -> Option<Card> {
        let known = self.known_card(id);
        if known.is_some() {
            return known;
        }
        let local = self.local();
        let card = Card {
            intent: ArcRwSignal::new(local.engine.intent(id)?),
            upgrades: ArcRwSignal::new(local.engine.upgrades_of(id)),
        };
        local.cards.borrow_mut().push((id.clone(), card.clone()));
        Some(card)
    }

    pub(super) fn known_card(self, id: &IntentId) -> Option<Card> {
        self.local().cards.borrow().iter().find(|(known, _)| known == id).map(|(_, card)| card.clone())
    }

    /// Lets go of the signals of all videos but these.
    pub fn keep_cards(self, ids: &[IntentId]) {
        self.local().cards.borrow_mut().retain(|(id, _)| ids.contains(id));
    }
}
