//! Where a video lies: never a client's word, always the provider's. Fetching it safely is somebody else's work, behind
//! [`MediaSource`].

use crate::book::Book;
use crate::clock::now_ms;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::warn;
use veo_api::{Record, TaskId};
use vireo_core::media_url::is_safe;
use vireo_relay_core::recent::Recent;
use vireo_relay_core::video::{TASKS_KNOWN, Video, known_until};

/// What a browser asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Which video.
    pub video: Video,
    /// Whether the browser is to save it rather than show it.
    pub download: bool,
}

/// Where the provider has a video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its address, from a record of the provider's, and one that may be opened.
    pub url: String,
    /// What it is called when it is saved.
    pub file_name: String,
}

/// Whoever fetches videos for browsers: with ranges, limits, and a second look at every address. It is asked by `GET` or
/// `HEAD`, with the browser's headers.
pub trait MediaSource: Send + Sync + 'static {
    /// Answers from what was kept here; `None` if this video was not.
    fn kept<'a>(
        &'a self,
        media: &'a Media,
        method: &'a Method,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Option<Response>>;

    /// Answers with what the provider has.
    fn serve<'a>(
        &'a self,
        media: &'a Media,
        place: &'a Place,
        method: &'a Method,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Response>;
}

/// What is known about where videos lie.
pub(crate) struct Renditions {
    book: Book,
    origins: Vec<String>,
    /// The records that were read a moment ago; `None` where there was none.
    read: Mutex<Recent<TaskId, Option<Arc<Record>>>>,
}

impl Renditions {
    /// Results may also come from `origins`.
    pub(crate) fn new(book: Book, origins: Vec<String>) -> Self {
        Renditions { book, origins, read: Mutex::new(Recent::new(TASKS_KNOWN)) }
    }

    /// Remembers where an upgrade lies: it has no record, only the answers that pass here.
    pub(crate) async fn remember(&self, task: &TaskId, rendition: &str, urls: &[String]) {
        let kept = self.book.note(name(task, rendition), veo_api::json::to_text(&urls)).await;
        if let Err(error) = kept {
            warn!("an upgrade's address could not be stored: {error}");
        }
    }

    /// Where an upgrade lies, if its answer has passed here.
    pub(crate) async fn upgrade(&self, video: &Video) -> Option<Place> {
        let text = self.book.noted(name(&video.task, &video.rendition)).await.ok()??;
        let urls: Vec<String> = veo_api::json::read(&text)?;
        self.place(video, urls.get(video.index)?, None)
    }

    /// Where a task's own video lies.
    pub(crate) fn of_record(&self, video: &Video, record: &Record) -> Option<Place> {
        let own = record.resolution.as_deref();
        let is_own = own.is_none_or(|own| own.eq_ignore_ascii_case(&video.rendition));
        let whole = if record.full_videos.is_empty() { &record.videos } else { &record.full_videos };
        let prompt = record.params.as_ref().map(|params| params.prompt.as_str());
        if is_own { self.place(video, whole.get(video.index)?, prompt) } else { None }
    }

    /// What a task's record said a moment ago.
    pub(crate) fn known(&self, task: &TaskId) -> Option<Option<Arc<Record>>> {
        self.read().get(task, now_ms()).cloned()
    }

    /// A task's record was read, or is not there.
    pub(crate) fn learn(&self, task: &TaskId, record: Option<Arc<Record>>) {
        let until_ms = known_until(record.as_deref(), now_ms());
        self.read().put(task.clone(), record, until_ms);
    }

    /// What a task's record said does not hold any more.
    pub(crate) fn forget(&self, task: &TaskId) {
        self.read().forget(task);
    }

    fn read(&self) -> MutexGuard<'_, Recent<TaskId, Option<Arc<Record>>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, video: &Video, url: &str, prompt: Option<&str>) -> Option<Place> {
        let title: String = prompt.unwrap_or(video.task.as_str()).chars().take(60).collect();
        let file_name = format!("{title} {}", video.rendition);
        is_safe(url, &self.origins).then(|| Place { url: url.to_owned(), file_name })
    }
}

fn name(task: &TaskId, rendition: &str) -> String {
    format!("rendition\u{1f}{task}\u{1f}{rendition}")
}
