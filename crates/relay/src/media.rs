//! Where a video lies: never a client's word, always the provider's. Fetching it safely is somebody else's work, behind
//! [`MediaSource`].

use crate::book::Book;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use futures_util::future::BoxFuture;
use tracing::warn;
use veo_api::{Record, TaskId};
use vireo_core::media_url::is_safe;

/// A video to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Its address, from a record of the provider's, and one that may be opened.
    pub url: String,
    /// The task it belongs to.
    pub task_id: TaskId,
    /// Which version: `720p`, `1080p`, `4k`.
    pub rendition: String,
    /// Which of the task's videos, from 0.
    pub index: usize,
    /// What it is called when it is saved.
    pub file_name: String,
    /// Whether the browser is to save it rather than show it.
    pub download: bool,
}

/// Whoever fetches videos for browsers: with ranges, limits, and a second look at every address.
pub trait MediaSource: Send + Sync + 'static {
    /// Answers a browser's `GET` or `HEAD`, given by its headers.
    fn serve(&self, media: Media, method: Method, headers: HeaderMap) -> BoxFuture<'_, Response>;
}

/// What is known about where videos lie.
pub(crate) struct Renditions {
    book: Book,
    origins: Vec<String>,
}

impl Renditions {
    /// Results may also come from `origins`.
    pub(crate) fn new(book: Book, origins: Vec<String>) -> Self {
        Renditions { book, origins }
    }

    /// Remembers where an upgrade lies: it has no record, only the answers that pass here.
    pub(crate) async fn remember(&self, task: &TaskId, rendition: &str, urls: &[String]) {
        let kept = self.book.note(name(task, rendition), veo_api::json::to_text(&urls)).await;
        if let Err(error) = kept {
            warn!("an upgrade's address could not be stored: {error}");
        }
    }

    /// Where an upgrade lies, if its answer has passed here.
    pub(crate) async fn upgrade(&self, task: &TaskId, rendition: &str, index: usize) -> Option<String> {
        let text = self.book.noted(name(task, rendition)).await.ok()??;
        let urls: Vec<String> = veo_api::json::read(&text)?;
        self.safe(urls.get(index)?)
    }

    /// Where a task's own video lies.
    pub(crate) fn of_record(&self, record: &Record, rendition: &str, index: usize) -> Option<String> {
        let is_own = record.resolution.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(rendition));
        let whole = if record.full_videos.is_empty() { &record.videos } else { &record.full_videos };
        if is_own { self.safe(whole.get(index)?) } else { None }
    }

    fn safe(&self, url: &str) -> Option<String> {
        is_safe(url, &self.origins).then(|| url.to_owned())
    }
}

fn name(task: &TaskId, rendition: &str) -> String {
    format!("rendition\u{1f}{task}\u{1f}{rendition}")
}
