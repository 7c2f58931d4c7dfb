//! The bytes of videos: from this device, or fetched once and kept.

use super::studio::Studio;
use crate::browser::media::{self, Kept};
use crate::browser::save::SaveError;
use crate::browser::{download, locks};
use vireo_core::intent::IntentId;
use web_sys::Blob;

impl Studio {
    /// The bytes behind a link; where the link has died, behind a fresh one. `tell` hears how much is there, from 0 to 1.
    pub async fn fetch_video(self, link: &str, tell: impl Fn(f64)) -> Result<Blob, SaveError> {
        let bytes = download::fetch(link, &tell).await;
        if bytes.as_ref().is_err_and(|error| *error == SaveError::Gone)
            && let Some(fresh) = self.engine().fresh_link(link).await
        {
            return download::fetch(&fresh, &tell).await;
        }
        bytes
    }

    /// Fetches a video and keeps it on this device, unless this was refused before in this visit. Of several tabs that
    /// want it, one fetches it and the others find it kept.
    pub async fn keep_video(self, id: &IntentId, link: &str, tell: impl Fn(f64)) -> Result<Kept, SaveError> {
        let (engine, local) = (self.engine(), self.local());
        if engine.journal().is_memory() || local.refused_links.borrow().iter().any(|known| known == link) {
            return Err(SaveError::Blocked);
        }
        let _held = locks::hold(&["vireo-video-", id.as_str()].concat()).await;
        if let Some(kept) = media::kept(engine.journal(), id).await {
            return Ok(kept);
        }
        let kept = match self.fetch_video(link, tell).await {
            Ok(video) => media::store(engine.journal(), id, video, media::MAX_EVICTIONS).await,
            Err(error) => Err(error),
        };
        if kept.is_err() {
            local.refused_links.borrow_mut().push(link.to_owned());
        }
        kept
    }
}
