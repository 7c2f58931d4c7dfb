//! The bytes of videos: from this device, or fetched once and kept.

use super::studio::Studio;
use crate::browser::download;
use crate::browser::locks::Lock;
use crate::browser::media::{self, Kept};
use crate::browser::save::SaveError;
use crate::lazy;
use vireo_client::Connection;
use vireo_core::intent::{Height, Intent, IntentId, Order};
use web_sys::Blob;

impl Studio {
    /// The bytes behind a link; where the link has died, behind a fresh one. `tell` hears how much is there, from 0 to 1.
    pub async fn fetch_video(self, link: &str, tell: impl Fn(f64)) -> Result<Blob, SaveError> {
        if let Some(url) = self.at_relay(link) {
            let authorization = self.net().authorization().await.ok().flatten();
            let bytes = download::fetch(&url, authorization.as_deref(), &tell).await;
            if bytes.is_ok() {
                return bytes;
            }
        }
        let bytes = download::fetch(link, None, &tell).await;
        if bytes.as_ref().is_err_and(|error| *error == SaveError::Gone)
            && let Some(fresh) = self.engine().fresh_link(link).await
        {
            return download::fetch(&fresh, None, &tell).await;
        }
        bytes
    }

    /// The address to play the video behind a link from: the relay's where this page is of its origin, since a player
    /// sends cookies but no token.
    pub fn playable(self, link: &str) -> String {
        let same_origin = |url: &String| url.starts_with(&crate::browser::net::absolute("/"));
        self.at_relay(link).filter(same_origin).unwrap_or_else(|| link.to_owned())
    }

    /// Where the relay serves the video behind a link. `None` without a relay.
    pub fn at_relay(self, link: &str) -> Option<String> {
        let net = self.net();
        if net.connection() != Connection::Relay {
            return None;
        }
        let links = |intent: &Intent| {
            intent.outcome.iter().flat_map(|outcome| outcome.urls.clone()).collect::<Vec<_>>()
        };
        let intent =
            self.engine().intents_where(|intent| links(intent).iter().any(|url| url == link)).pop()?;
        let place = links(&intent).iter().position(|url| url == link)?;
        let (task, rendition) = match &intent.order {
            Order::Upgrade { task_id, height: Height::P1080, .. } => (task_id.clone(), "1080p"),
            Order::Upgrade { task_id, height: Height::P4k, .. } => (task_id.clone(), "4k"),
            Order::Extend(_) => (intent.task_id.clone()?, "720p"),
            Order::Generate(generate) => {
                let reported = intent.outcome.as_ref().and_then(|outcome| outcome.resolution.as_ref());
                (intent.task_id.clone()?, reported.unwrap_or(&generate.resolution).as_str())
            }
        };
        let path = ["relay/media/", task.as_str(), "/", rendition, "/", &place.to_string()].concat();
        Some(net.url(veo_api::Host::Api, &path))
    }

    /// Fetches a video and keeps it on this device, unless this was refused before in this visit. Of several tabs that
    /// want it, one fetches it and the others find it kept.
    pub async fn keep_video(self, id: &IntentId, link: &str, tell: impl Fn(f64)) -> Result<Kept, SaveError> {
        let (engine, local) = (self.engine(), self.local());
        if engine.journal().is_small() {
            return Err(SaveError::Blocked);
        }
        let _held = Lock::acquire(&["vireo-video-", id.as_str()].concat()).await;
        let refused = |(known, error): &(String, SaveError)| (known == link).then_some(*error);
        if let Some(error) = local.refused_links.borrow().iter().find_map(refused) {
            return Err(error);
        }
        if let Some(kept) = media::kept(engine.journal(), id).await {
            return Ok(kept);
        }
        let kept = match self.fetch_video(link, tell).await {
            Ok(video) => {
                // A shelf of videos that end together would be as many players, each for one picture.
                let _alone = Lock::acquire("vireo-keeping").await;
                media::store(engine.journal(), id, video, media::MAX_EVICTIONS).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &kept {
            local.refused_links.borrow_mut().push((link.to_owned(), *error));
        }
        kept
    }
}

lazy! {
    /// Keeps what has just been made, whether or not its card is in sight: one video after the other, since nobody waits.
    work => pub fn keep_made(studio: Studio, intent: Intent) -> () {
        let urls = intent.outcome.map(|outcome| outcome.urls).unwrap_or_default();
        studio.spawn(async move {
            for (index, link) in (0u32..).zip(urls) {
                let _turn = Lock::acquire("vireo-keeping-made").await;
                if studio.engine().intent(&intent.id).is_none() {
                    return;
                }
                let id = if index == 0 { intent.id.clone() } else { intent.id.of_video(index) };
                // Why not is said on its card.
                _ = studio.keep_video(&id, &link, |_| ()).await;
            }
        });
    }
}
