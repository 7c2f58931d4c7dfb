//! What the media origin serves: results and uploads, each for its time, and signed links to them.

use axum::body::Bytes;
use std::collections::HashMap;

/// Signed links are valid this long (docs).
const LINK_MS: u64 = 20 * 60 * 1000;

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct StoredFile {
    pub(crate) bytes: Bytes,
    pub(crate) mime: String,
    /// Served from this moment on, in milliseconds since 1970: a task's result is laid down with the task.
    pub(crate) from_ms: u64,
    /// Gone from this moment on.
    pub(crate) until_ms: u64,
    /// Whether scripts of other origins may read it.
    pub(crate) cors: bool,
}

/// Files by path, without a leading slash.
#[derive(Default)]
pub(crate) struct Files {
    files: HashMap<String, StoredFile>,
    /// Ends of signed links by signature.
    links: HashMap<String, u64>,
}

impl Files {
    /// Adds a file; one of the same path is replaced.
    pub(crate) fn put(&mut self, path: &str, file: StoredFile) {
        self.files.insert(path.to_owned(), file);
    }

    pub(crate) fn get(&self, path: &str, now: u64) -> Option<&StoredFile> {
        self.files.get(path).filter(|file| file.from_ms <= now && now < file.until_ms)
    }

    /// Takes away what lies below a folder.
    pub(crate) fn remove_below(&mut self, folder: &str) {
        self.files.retain(|path, _| !path.starts_with(folder));
    }

    /// Makes `signature` good for the next 20 minutes.
    pub(crate) fn sign(&mut self, signature: String, now: u64) {
        self.links.insert(signature, now + LINK_MS);
    }

    pub(crate) fn is_signed(&self, signature: &str, now: u64) -> bool {
        self.links.get(signature).is_some_and(|end| now < *end)
    }
}
