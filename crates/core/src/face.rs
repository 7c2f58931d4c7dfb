//! What the page around an element is told, in the words of its types (`www/embed/vireo-studio.d.ts`, whose part about
//! these is written from here).

use crate::intent::{Height, Intent, Order};
use serde::Serialize;
use veo_api::{AspectRatio, Model, Spent};

/// A video as the page around the element sees it. What is not known is `null`; what an order has not is left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Task<'a> {
    intent_id: &'a str,
    task_id: Option<&'a str>,
    parent_id: Option<&'a str>,
    kind: &'static str,
    state: &'static str,
    prompt: &'a str,
    model: Option<&'a Model>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aspect_ratio: Option<&'a AspectRatio>,
    resolution: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<u8>,
    /// In milliseconds since 1970, as is the next.
    created_at: u64,
    completed_at: Option<u64>,
    urls: &'a [String],
    charged: Spent,
    error: Option<Error<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct Error<'a> {
    code: Option<i64>,
    message: &'a str,
}

/// Every word that `kind` can be.
pub const KINDS: [&str; 3] = ["generate", "upgrade", "extend"];

impl<'a> From<&'a Intent> for Task<'a> {
    fn from(intent: &'a Intent) -> Self {
        let [generate, upgrade, extend] = KINDS;
        let (kind, resolution, made) = match &intent.order {
            Order::Generate(made) => (generate, Some(made.resolution.as_str()), Some(made)),
            Order::Upgrade { height: Height::P1080, .. } => (upgrade, Some("1080p"), None),
            Order::Upgrade { height: Height::P4k, .. } => (upgrade, Some("4k"), None),
            Order::Extend(_) => (extend, None, None),
        };
        Task {
            intent_id: intent.id.as_str(),
            task_id: intent.task_id.as_ref().map(|id| id.as_str()),
            parent_id: intent.parent.as_ref().map(|id| id.as_str()),
            kind,
            state: intent.state.as_str(),
            prompt: intent.order.prompt(),
            model: intent.order.model(),
            aspect_ratio: made.map(|made| &made.aspect_ratio),
            resolution,
            duration: made.map(|made| made.duration_s),
            created_at: intent.created_ms,
            completed_at: intent.ended_ms,
            urls: intent.outcome.as_ref().map(|outcome| outcome.urls.as_slice()).unwrap_or_default(),
            charged: intent.spent(),
            error: intent
                .trouble
                .as_ref()
                .map(|trouble| Error { code: trouble.code, message: &trouble.words }),
        }
    }
}
