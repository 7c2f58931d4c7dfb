//! Videos by way of `vireo-media-proxy`, which opens every address as if a stranger had named it.

use crate::media::{Media, MediaSource, Place};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::path::PathBuf;
use vireo_media_proxy::{ArchiveConfig, ArchiveKey, Config, Item, MediaProxy, SetupError};
use vireo_relay_core::video::Video;

/// The most an archive holds: some thousand videos.
const ARCHIVE_BYTES: u64 = 50 << 30;

/// Fetches videos for browsers, and keeps them where it is told to.
#[derive(Debug)]
pub struct Proxied(MediaProxy);

impl Proxied {
    /// Opens public `https:` addresses and `origins`. With an archive, what was read once outlives the provider's link.
    ///
    /// # Errors
    /// An origin that is none, or an archive that cannot be used.
    pub fn new(origins: Vec<String>, archive: Option<PathBuf>) -> Result<Self, SetupError> {
        let archive = archive.map(|dir| ArchiveConfig { dir, max_bytes: ARCHIVE_BYTES });
        let config = Config { allow_media_origins: origins, archive, ..Config::default() };
        MediaProxy::new(config).map(Proxied)
    }
}

impl MediaSource for Proxied {
    fn kept<'a>(
        &'a self,
        media: &'a Media,
        method: &'a Method,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Option<Response>> {
        async move {
            let Video { task, rendition, .. } = &media.video;
            let name = format!("{task} {rendition}");
            self.0.serve_kept(&key(&media.video)?, &name, media.download, method, headers).await
        }
        .boxed()
    }

    fn serve<'a>(
        &'a self,
        media: &'a Media,
        place: &'a Place,
        method: &'a Method,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Response> {
        async move {
            let key = key(&media.video);
            let item = Item {
                url: &place.url,
                file_name: &place.file_name,
                download: media.download,
                archive: key.as_ref(),
            };
            self.0.serve(&item, method, headers).await
        }
        .boxed()
    }
}

fn key(video: &Video) -> Option<ArchiveKey> {
    ArchiveKey::new(video.task.as_str(), &video.rendition, video.index)
}
