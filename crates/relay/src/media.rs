//! Where a video lies: never a client's word, always the provider's. Fetching it safely is somebody else's work, behind
//! [`MediaSource`].

use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use veo_api::{Record, TaskId};
use vireo_core::media_url::is_safe;

/// Addresses of upgrades that are remembered.
const REMEMBERED: usize = 1000;

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
    /// Answers a browser's request, given by its headers.
    fn serve(&self, media: Media, request: HeaderMap) -> BoxFuture<'_, Response>;
}

/// What is known about where videos lie.
#[derive(Debug)]
pub(crate) struct Renditions {
    origins: Vec<String>,
    /// Upgrades have no records; their addresses are taken from the answers that pass.
    upgrades: Mutex<HashMap<(TaskId, &'static str), Vec<String>>>,
}

impl Renditions {
    pub(crate) fn new(origins: Vec<String>) -> Self {
        Renditions { origins, upgrades: Mutex::default() }
    }

    /// Remembers where an upgrade lies.
    pub(crate) fn remember(&self, task: &TaskId, rendition: &'static str, urls: Vec<String>) {
        let mut upgrades = self.upgrades.lock().unwrap_or_else(PoisonError::into_inner);
        if upgrades.len() >= REMEMBERED {
            upgrades.clear();
        }
        upgrades.insert((task.clone(), rendition), urls);
    }

    /// Where an upgrade lies, if its answer has passed here.
    pub(crate) fn upgrade(&self, task: &TaskId, rendition: &str, index: usize) -> Option<String> {
        let upgrades = self.upgrades.lock().unwrap_or_else(PoisonError::into_inner);
        let found = upgrades.iter().find(|((of, name), _)| of == task && *name == rendition);
        self.safe(found?.1.get(index)?)
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
