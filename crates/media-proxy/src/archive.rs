//! A directory of files that were read once: `<key>.media` holds the bytes, `<key>.json` what is known about them. A
//! file is there as a whole or not at all.

use crate::config::ArchiveConfig;
use crate::facts::Facts;
use axum::body::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// The name of a file in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveKey(String);

/// What stands for itself in a key.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Longest key in bytes; file systems take 255 with the ending.
const MAX_KEY: usize = 200;

const MEDIA: &str = "media";
const FACTS: &str = "json";
const UNFINISHED: &str = ".part-";

impl ArchiveKey {
    /// The key of a task's file: its rendition, and its place among the files of that rendition. `None` if it would be
    /// too long for a file's name; real ones are far from it.
    pub fn new(task_id: &str, rendition: &str, n: usize) -> Option<ArchiveKey> {
        let [task_id, rendition] = [task_id, rendition].map(|part| utf8_percent_encode(part, PLAIN));
        let key = format!("{task_id}.{rendition}.{n}");
        (key.len() <= MAX_KEY).then_some(ArchiveKey(key))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Archive {
    dir: PathBuf,
    max_bytes: u64,
}

impl Archive {
    /// Makes the directory, and removes what a crash left unfinished.
    pub(crate) fn new(config: ArchiveConfig) -> io::Result<Archive> {
        let ArchiveConfig { dir, max_bytes } = config;
        fs::create_dir_all(&dir)?;
        for entry in fs::read_dir(&dir)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Archive { dir, max_bytes })
    }

    /// A file and what is known about it. One whose facts cannot be read counts as not there.
    pub(crate) async fn open(&self, key: &ArchiveKey) -> Option<(Facts, File)> {
        let facts = tokio::fs::read(self.path(key, FACTS)).await.ok()?;
        let facts: Facts = serde_json::from_slice(&facts).ok()?;
        let file = File::open(self.path(key, MEDIA)).await.ok()?;
        let len = file.metadata().await.ok()?.len();
        (facts.len == Some(len)).then_some((facts, file))
    }

    /// Begins a file; `None` if it could not stay.
    pub(crate) fn begin(&self, key: &ArchiveKey, facts: &Facts) -> io::Result<Option<Writer>> {
        if facts.len.is_some_and(|len| len > self.max_bytes) {
            return Ok(None);
        }
        let (file, unfinished) = self.unfinished()?.into_parts();
        let file = File::from_std(file);
        let (archive, key, facts) = (self.clone(), key.clone(), facts.clone());
        Ok(Some(Writer { archive, key, facts, file, unfinished, written: 0 }))
    }

    fn path(&self, key: &ArchiveKey, ending: &str) -> PathBuf {
        self.dir.join([&key.0, ".", ending].concat())
    }

    fn unfinished(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.dir)
    }

    /// Puts a file in its place: the facts first, so that bytes without facts are never seen.
    fn place(&self, key: &ArchiveKey, facts: &Facts, bytes: TempPath) -> io::Result<()> {
        let mut described = self.unfinished()?;
        described.write_all(&serde_json::to_vec(facts)?)?;
        described.as_file().sync_all()?;
        described.persist(self.path(key, FACTS))?;
        bytes.persist(self.path(key, MEDIA))?;
        fs::File::open(&self.dir)?.sync_all()?;
        self.make_room()
    }

    /// Removes the oldest files until the rest is small enough.
    fn make_room(&self) -> io::Result<()> {
        let mut files = self.files()?;
        files.sort_by_key(|file| file.placed);
        let mut total: u64 = files.iter().map(|file| file.len).sum();
        for file in files {
            if total <= self.max_bytes {
                break;
            }
            fs::remove_file(&file.path)?;
            fs::remove_file(file.path.with_extension(FACTS))?;
            total -= file.len;
        }
        Ok(())
    }

    fn files(&self) -> io::Result<Vec<Kept>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension() == Some(MEDIA.as_ref()) {
                files.extend(Kept::read(&path)?);
            }
        }
        Ok(files)
    }
}

struct Kept {
    path: PathBuf,
    len: u64,
    placed: SystemTime,
}

impl Kept {
    /// `None` if the file went away meanwhile.
    fn read(path: &Path) -> io::Result<Option<Kept>> {
        match fs::metadata(path) {
            Ok(facts) => {
                Ok(Some(Kept { path: path.to_owned(), len: facts.len(), placed: facts.modified()? }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A file on its way into the archive. Dropped before its end, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Writer {
    archive: Archive,
    key: ArchiveKey,
    facts: Facts,
    file: File,
    unfinished: TempPath,
    written: u64,
}

impl Writer {
    /// Adds bytes. Where the length is known the file is put in its place with the last of them, and `None` comes back.
    pub(crate) async fn write(mut self, chunk: &Bytes) -> io::Result<Option<Writer>> {
        self.file.write_all(chunk).await?;
        self.written += chunk.len() as u64;
        if self.facts.len == Some(self.written) {
            return self.finish().await.map(|()| None);
        }
        Ok(Some(self))
    }

    /// Puts the file in its place, durably.
    pub(crate) async fn finish(self) -> io::Result<()> {
        let Writer { archive, key, facts, mut file, unfinished, written } = self;
        if facts.len.is_some_and(|len| len != written) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.flush().await?;
        file.sync_all().await?;
        let facts = Facts { len: Some(written), ..facts };
        tokio::task::spawn_blocking(move || archive.place(&key, &facts, unfinished)).await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    fn archive(dir: &Path, max_bytes: u64) -> Archive {
        Archive::new(ArchiveConfig { dir: dir.to_owned(), max_bytes }).unwrap()
    }

    fn key(task_id: &str) -> ArchiveKey {
        ArchiveKey::new(task_id, "720p", 0).unwrap()
    }

    fn facts(len: Option<u64>) -> Facts {
        Facts {
            mime: "video/mp4".to_owned(),
            etag: Some("\"a\"".to_owned()),
            modified: None,
            len,
            name: None,
        }
    }

    async fn put(archive: &Archive, task_id: &str, bytes: &'static [u8]) {
        let writer = archive.begin(&key(task_id), &facts(Some(bytes.len() as u64))).unwrap().unwrap();
        assert!(writer.write(&Bytes::from_static(bytes)).await.unwrap().is_none());
    }

    async fn get(archive: &Archive, task_id: &str) -> Option<Vec<u8>> {
        let (_, mut file) = archive.open(&key(task_id)).await?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await.unwrap();
        Some(bytes)
    }

    fn count(dir: &Path) -> usize {
        fs::read_dir(dir).unwrap().count()
    }

    #[tokio::test]
    async fn a_file_is_there_with_its_last_byte_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let archive = archive(dir.path(), 100);
        let writer = archive.begin(&key("t"), &facts(Some(4))).unwrap().unwrap();
        let writer = writer.write(&Bytes::from_static(b"abc")).await.unwrap().unwrap();
        assert_eq!(get(&archive, "t").await, None);
        assert!(writer.write(&Bytes::from_static(b"d")).await.unwrap().is_none());
        assert_eq!(get(&archive, "t").await.as_deref(), Some(&b"abcd"[..]));
        assert_eq!(archive.open(&key("t")).await.unwrap().0, facts(Some(4)));
    }

    #[tokio::test]
    async fn an_unknown_length_is_known_in_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let archive = archive(dir.path(), 100);
        let writer = archive.begin(&key("t"), &facts(None)).unwrap().unwrap();
        writer.write(&Bytes::from_static(b"abc")).await.unwrap().unwrap().finish().await.unwrap();
        assert_eq!(archive.open(&key("t")).await.unwrap().0.len, Some(3));
    }

    #[tokio::test]
    async fn what_breaks_off_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let archive = archive(dir.path(), 100);
        let writer = archive.begin(&key("t"), &facts(Some(4))).unwrap().unwrap();
        drop(writer.write(&Bytes::from_static(b"abc")).await.unwrap());
        let writer = archive.begin(&key("t"), &facts(Some(4))).unwrap().unwrap();
        assert!(writer.finish().await.is_err());
        assert_eq!(count(dir.path()), 0);
    }

    #[tokio::test]
    async fn the_oldest_files_make_room() {
        let dir = tempfile::tempdir().unwrap();
        let archive = archive(dir.path(), 10);
        for task_id in ["a", "b", "c"] {
            put(&archive, task_id, b"1234").await;
        }
        assert_eq!(get(&archive, "a").await, None);
        assert!(get(&archive, "b").await.is_some() && get(&archive, "c").await.is_some());
        assert_eq!(count(dir.path()), 4);
        assert!(archive.begin(&key("d"), &facts(Some(11))).unwrap().is_none());
    }

    #[tokio::test]
    async fn what_a_crash_left_is_removed_and_a_damaged_file_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".part-x"), "half").unwrap();
        let archive = archive(dir.path(), 100);
        assert_eq!(count(dir.path()), 0);
        put(&archive, "a", b"1234").await;
        fs::write(archive.path(&key("a"), MEDIA), "12").unwrap();
        assert_eq!(get(&archive, "a").await, None);
        put(&archive, "b", b"1234").await;
        fs::write(archive.path(&key("b"), FACTS), "{").unwrap();
        assert_eq!(get(&archive, "b").await, None);
    }

    #[test]
    fn keys_are_plain_file_names() {
        assert_eq!(ArchiveKey::new("../a/b", "..", 1).unwrap().0, "%2E%2E%2Fa%2Fb.%2E%2E.1");
        assert_ne!(ArchiveKey::new("a.b", "c", 0), ArchiveKey::new("a", "b.c", 0));
        assert_eq!(ArchiveKey::new(&"a".repeat(300), "720p", 0), None);
    }
}
