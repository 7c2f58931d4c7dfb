//! One request of a browser, from its headers to the stream of bytes.

use crate::answer;
use crate::archive::{Archive, ArchiveKey};
use crate::config::Config;
use crate::error::{Error, SetupError};
use crate::facts::{Facts, SNIFFED, Trust, is_mp4, text};
use crate::name::disposition;
use crate::origin::{Found, Origin, Reply};
use crate::range::ByteRange;
use crate::stream::{self, Chunks};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use std::io::SeekFrom;
use std::sync::Arc;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::io::ReaderStream;

/// How much is read from the archive at a time.
const FILE_CHUNK: usize = 64 * 1024;

/// The bytes that tell what a file is.
const FIRST_BYTES: ByteRange = ByteRange::Between(0, SNIFFED as u64 - 1);

/// Hands out files of a provider; see the crate's page. It can be shared between requests.
#[derive(Debug)]
pub struct MediaProxy {
    origin: Origin,
    archive: Option<Archive>,
    max_bytes: u64,
    reader_timeout: Duration,
    streams: Arc<Semaphore>,
}

/// A file of a provider's record.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its address in the record. A client never names it.
    pub url: &'a str,
    /// What it is to be called when it is saved; unsafe characters and the extension are replaced.
    pub file_name: &'a str,
    /// Whether the browser is to save it rather than show it.
    pub download: bool,
    /// Its name in the archive; `None`: it is not kept.
    pub archive: Option<&'a ArchiveKey>,
}

/// What a browser asks for.
struct Ask<'a> {
    range: Option<ByteRange>,
    if_range: Option<&'a str>,
    if_none_match: Option<&'a str>,
    is_head: bool,
}

impl<'a> Ask<'a> {
    /// A range means something with `GET` only.
    fn read(method: &Method, headers: &'a HeaderMap) -> Ask<'a> {
        let is_head = method == Method::HEAD;
        let range = text(headers, &header::RANGE).and_then(ByteRange::parse).filter(|_| !is_head);
        let (if_range, if_none_match) =
            (text(headers, &header::IF_RANGE), text(headers, &header::IF_NONE_MATCH));
        Ask { range, if_range, if_none_match, is_head }
    }

    /// The range that counts for this version of the file.
    fn range_of(&self, facts: &Facts) -> Option<ByteRange> {
        let is_version = self.if_range.is_none_or(|if_range| facts.is_version(if_range));
        self.range.filter(|_| is_version)
    }

    /// Whether the browser has this version of the file.
    fn has(&self, facts: &Facts) -> bool {
        self.if_none_match.is_some_and(|tags| facts.is_had(tags))
    }

    /// Whether what it asks for is a range of this version, or no range at all.
    fn is_content_with(&self, facts: &Facts) -> bool {
        self.range.is_none() || self.range_of(facts).is_some()
    }
}

impl MediaProxy {
    /// Makes the HTTP clients and the archive's directory.
    pub fn new(config: Config) -> Result<MediaProxy, SetupError> {
        Ok(MediaProxy {
            origin: Origin::new(&config)?,
            max_bytes: config.max_bytes,
            reader_timeout: config.reader_timeout,
            streams: Arc::new(Semaphore::new(config.max_streams)),
            archive: config.archive.map(Archive::new).transpose().map_err(SetupError::Archive)?,
        })
    }

    /// Answers a `GET` or `HEAD` for a file; `headers` are the browser's, of which `Range`,
    /// `If-Range` and `If-None-Match` count.
    pub async fn serve(&self, item: &Item<'_>, method: &Method, headers: &HeaderMap) -> Response {
        if method != Method::GET && method != Method::HEAD {
            let allow = [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))];
            return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
        }
        let ask = Ask::read(method, headers);
        self.answer(item, &ask).await.unwrap_or_else(IntoResponse::into_response)
    }

    /// Answers as [`serve`](Self::serve) does, but from the archive alone, so that no address need be known; `None`
    /// where the file is not in it. It is called as it was when it was kept, or `file_name` if nothing is known of that.
    pub async fn serve_kept(
        &self,
        key: &ArchiveKey,
        file_name: &str,
        download: bool,
        method: &Method,
        headers: &HeaderMap,
    ) -> Option<Response> {
        let (facts, file) = self.archive.as_ref()?.open(key).await?;
        let name = facts.name.as_deref().unwrap_or(file_name);
        let served = serve_file(name, download, &Ask::read(method, headers), &facts, file).await;
        Some(served.unwrap_or_else(IntoResponse::into_response))
    }

    /// Reads a file into the archive, if there is one and it does not have it. For results nobody has looked at yet.
    pub async fn keep(&self, url: &str, key: &ArchiveKey) -> Result<(), Error> {
        let Some(archive) = &self.archive else {
            return Ok(());
        };
        if archive.open(key).await.is_some() {
            return Ok(());
        }
        let _permit = self.streams.acquire().await.map_err(|_| Error::Busy)?;
        let mut found = self.checked(url, self.origin.open_whole(url).await?).await?;
        if !found.is_delimited {
            return Err(Error::Truncated);
        }
        let Some(mut writer) = archive.begin(key, &found.facts).map_err(Error::Storage)? else {
            return Ok(());
        };
        while let Some(chunk) = found.chunks.try_next().await? {
            match writer.write(&chunk).await.map_err(Error::Storage)? {
                Some(open) => writer = open,
                None => return Ok(()),
            }
        }
        writer.finish().await.map_err(Error::Storage)
    }

    async fn answer(&self, item: &Item<'_>, ask: &Ask<'_>) -> Result<Response, Error> {
        if let Some((facts, file)) = self.kept(item).await {
            return serve_file(item.file_name, item.download, ask, &facts, file).await;
        }
        let permit = self.streams.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let found = match self.find(item.url, ask).await? {
            Reply::Found(found) => self.checked(item.url, found).await?,
            Reply::BehindEnd(len) => return Ok(answer::behind_end(len)),
        };
        if ask.has(&found.facts) {
            return Ok(answer::unchanged(&found.facts));
        }
        // Parts need the length, which an origin may keep to itself.
        if ask.range.is_some() && found.facts.len.is_none() {
            let (facts, file) = self.spooled(item, found).await?;
            return serve_file(item.file_name, item.download, ask, &facts, file).await;
        }
        self.pass_on(item, ask, found, permit)
    }

    /// Reads a file to its end into one without a name, and knows its length then.
    async fn spooled(&self, item: &Item<'_>, found: Found) -> Result<(Facts, File), Error> {
        let mut chunks = self.copied(item, &found.facts, found.chunks, found.is_delimited);
        let mut file = File::from_std(tempfile::tempfile().map_err(Error::Storage)?);
        let mut len = 0;
        while let Some(chunk) = chunks.try_next().await? {
            file.write_all(&chunk).await.map_err(Error::Storage)?;
            len += chunk.len() as u64;
        }
        file.flush().await.map_err(Error::Storage)?;
        Ok((Facts { len: Some(len), ..found.facts }, file))
    }

    async fn kept(&self, item: &Item<'_>) -> Option<(Facts, File)> {
        self.archive.as_ref()?.open(item.archive?).await
    }

    /// Asks the origin for what the browser asks for; the whole where `If-Range` means another version.
    async fn find(&self, url: &str, ask: &Ask<'_>) -> Result<Reply, Error> {
        let wanted = if ask.is_head { Some(FIRST_BYTES) } else { ask.range };
        match self.origin.open(url, wanted).await? {
            Reply::Found(found) if ask.is_content_with(&found.facts) => Ok(Reply::Found(found)),
            Reply::BehindEnd(len) if ask.range.is_some() && ask.if_range.is_none() => {
                Ok(Reply::BehindEnd(len))
            }
            _ => self.origin.open_whole(url).await.map(Reply::Found),
        }
    }

    /// Waits for the first bytes, and lets only media of bearable length through.
    async fn checked(&self, url: &str, found: Found) -> Result<Found, Error> {
        let trust = found.facts.trust();
        if trust == Trust::Other {
            return Err(Error::WrongType);
        }
        if found.facts.len.is_some_and(|len| len > self.max_bytes) {
            return Err(Error::TooLong);
        }
        let (first, chunks) = stream::peek(found.chunks, SNIFFED).await?;
        let facts = match trust {
            Trust::Media => found.facts,
            Trust::Unclear if self.is_mp4(url, found.start, &first).await? => found.facts.into_mp4(),
            Trust::Unclear | Trust::Other => return Err(Error::WrongType),
        };
        Ok(Found { facts, chunks: stream::limit(chunks, self.max_bytes), ..found })
    }

    /// Judges a file by its first bytes, which are asked for where the part that came does not hold them.
    async fn is_mp4(&self, url: &str, start: u64, first: &[u8]) -> Result<bool, Error> {
        if start == 0 && first.len() >= SNIFFED {
            return Ok(is_mp4(first));
        }
        match self.origin.open(url, Some(FIRST_BYTES)).await? {
            Reply::Found(found) => stream::peek(found.chunks, SNIFFED).await.map(|(first, _)| is_mp4(&first)),
            Reply::BehindEnd(_) => Ok(false),
        }
    }

    fn pass_on(
        &self,
        item: &Item<'_>,
        ask: &Ask<'_>,
        found: Found,
        permit: OwnedSemaphorePermit,
    ) -> Result<Response, Error> {
        let Found { facts, start, chunks, is_delimited } = found;
        let name = disposition(item.file_name, &facts.mime, item.download);
        if ask.is_head {
            return Ok(answer::file(&facts, None, &name, Body::empty()));
        }
        let Some(len) = facts.len else {
            let chunks = self.copied(item, &facts, chunks, is_delimited);
            return Ok(answer::file(&facts, None, &name, self.body(chunks, permit)));
        };
        let range = match ask.range_of(&facts).map(|range| range.within(len)) {
            Some(None) => return Ok(answer::behind_end(len)),
            Some(Some(range)) => Some(range),
            None => None,
        };
        let part = range.clone().unwrap_or(0..len);
        let is_whole = part == (0..len);
        let chunks = stream::cut(chunks, part.start.saturating_sub(start)..part.end.saturating_sub(start));
        let chunks = self.copied(item, &facts, chunks, is_whole);
        Ok(answer::file(&facts, range.as_ref(), &name, self.body(chunks, permit)))
    }

    fn body(&self, chunks: Chunks, permit: OwnedSemaphorePermit) -> Body {
        let report = |error: &Error| tracing::debug!(%error, "a file broke off");
        Body::from_stream(stream::pump(chunks, self.reader_timeout, permit).inspect_err(report))
    }

    /// The same bytes, copied into the archive if there is one and they are surely all there are.
    fn copied(&self, item: &Item<'_>, facts: &Facts, chunks: Chunks, is_whole: bool) -> Chunks {
        let Some((archive, key)) = self.archive.as_ref().zip(item.archive).filter(|_| is_whole) else {
            return chunks;
        };
        let facts = Facts { name: Some(item.file_name.to_owned()), ..facts.clone() };
        match archive.begin(key, &facts) {
            Ok(Some(writer)) => stream::copy(chunks, writer),
            Ok(None) => chunks,
            Err(error) => {
                tracing::warn!(%error, "a file was not archived");
                chunks
            }
        }
    }
}

async fn serve_file(
    file_name: &str,
    download: bool,
    ask: &Ask<'_>,
    facts: &Facts,
    mut file: File,
) -> Result<Response, Error> {
    if ask.has(facts) {
        return Ok(answer::unchanged(facts));
    }
    let name = disposition(file_name, &facts.mime, download);
    let len = facts.len.unwrap_or_default();
    let range = match ask.range_of(facts).map(|range| range.within(len)) {
        Some(None) => return Ok(answer::behind_end(len)),
        Some(Some(range)) => Some(range),
        None => None,
    };
    if ask.is_head {
        return Ok(answer::file(facts, None, &name, Body::empty()));
    }
    let part = range.clone().unwrap_or(0..len);
    file.seek(SeekFrom::Start(part.start)).await.map_err(Error::Storage)?;
    let bytes = ReaderStream::with_capacity(file.take(part.end - part.start), FILE_CHUNK);
    Ok(answer::file(facts, range.as_ref(), &name, Body::from_stream(bytes)))
}
