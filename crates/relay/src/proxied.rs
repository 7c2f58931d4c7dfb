//! Videos by way of `vireo-media-proxy`, which opens every address as if a stranger had named it.

use crate::media::{Media, MediaSource};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::path::PathBuf;
use vireo_media_proxy::{ArchiveConfig, ArchiveKey, Config, Item, MediaProxy, SetupError};

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
    fn serve(&self, media: Media, method: Method, headers: HeaderMap) -> BoxFuture<'_, Response> {
        async move {
            let key = ArchiveKey::new(media.task_id.as_str(), &media.rendition, media.index);
            let item = Item {
                url: &media.url,
                file_name: &media.file_name,
                download: media.download,
                archive: key.as_ref(),
            };
            self.0.serve(&item, &method, &headers).await
        }
        .boxed()
    }
}
