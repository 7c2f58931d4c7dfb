//! What is known about a file, whoever tells it: an origin's headers or the archive.

use axum::http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Serialize};

/// What a browser is told about a file besides its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// Type and subtype in lower case, such as `video/mp4`.
    pub mime: String,
    /// The entity tag with its quotes.
    pub etag: Option<String>,
    /// The time of the last change as an HTTP date.
    pub modified: Option<String>,
    /// Length in bytes; an origin may leave it open.
    pub len: Option<u64>,
    /// What it was to be called when it was kept; no origin says that.
    #[serde(default)]
    pub name: Option<String>,
}

/// What a type of content means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Passed on as it is.
    Media,
    /// The first bytes must tell.
    Unclear,
    /// Not passed on.
    Other,
}

/// As many bytes as [`is_mp4`] needs.
pub(crate) const SNIFFED: usize = 12;

const MP4: &str = "video/mp4";
const UNCLEAR: [&str; 3] = ["", "application/octet-stream", "binary/octet-stream"];

/// Longest entity tag that is passed on.
const MAX_ETAG: usize = 256;

impl Facts {
    /// Reads an origin's headers; `len` is the length of the whole file.
    pub(crate) fn from_headers(headers: &HeaderMap, len: Option<u64>) -> Facts {
        let mime = text(headers, &header::CONTENT_TYPE).unwrap_or_default();
        let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let modified =
            text(headers, &header::LAST_MODIFIED).and_then(|date| httpdate::parse_http_date(date).ok());
        Facts {
            mime,
            etag: text(headers, &header::ETAG).filter(|tag| is_etag(tag)).map(str::to_owned),
            modified: modified.map(httpdate::fmt_http_date),
            len,
            name: None,
        }
    }

    /// Whether the type is one we pass on. Pictures with scripts in them are not.
    pub(crate) fn trust(&self) -> Trust {
        let is_word = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte))
        };
        match self.mime.split_once('/') {
            Some(("image", kind)) if kind.starts_with("svg") => Trust::Other,
            Some(("video" | "image", kind)) if is_word(kind) => Trust::Media,
            _ if UNCLEAR.contains(&self.mime.as_str()) => Trust::Unclear,
            _ => Trust::Other,
        }
    }

    /// The same file after its first bytes told that it is a video.
    pub(crate) fn into_mp4(self) -> Facts {
        Facts { mime: MP4.to_owned(), ..self }
    }

    /// Whether an `If-Range` header means this version of the file: by a strong tag, or by the exact date.
    pub(crate) fn is_version(&self, if_range: &str) -> bool {
        if if_range.starts_with('"') {
            return self.etag.as_deref() == Some(if_range);
        }
        let asked = httpdate::parse_http_date(if_range).ok().map(httpdate::fmt_http_date);
        asked.is_some() && asked == self.modified
    }

    /// Whether an `If-None-Match` header names this version of the file, so that the browser has it already.
    pub(crate) fn is_had(&self, if_none_match: &str) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let own = self.etag.as_deref().map(opaque);
        own.is_some_and(|own| if_none_match.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == own))
    }
}

/// Whether a file begins as an MP4 does.
pub(crate) fn is_mp4(start: &[u8]) -> bool {
    start.get(4..8) == Some(b"ftyp")
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_etag(text: &str) -> bool {
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    text.len() <= MAX_ETAG
        && inner.is_some_and(|tag| tag.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const DATE: &str = "Sun, 22 Nov 2026 08:00:00 GMT";

    fn facts(mime: &str, etag: &str) -> Facts {
        let headers = [(header::CONTENT_TYPE, mime), (header::ETAG, etag), (header::LAST_MODIFIED, DATE)];
        let headers = headers.map(|(name, value)| (name, value.parse().unwrap()));
        Facts::from_headers(&HeaderMap::from_iter(headers), None)
    }

    #[rstest]
    #[case("video/mp4", Trust::Media)]
    #[case("Video/MP4; codecs=\"avc1\"", Trust::Media)]
    #[case("image/jpeg", Trust::Media)]
    #[case("application/octet-stream", Trust::Unclear)]
    #[case("", Trust::Unclear)]
    #[case("image/svg+xml", Trust::Other)]
    #[case("text/html", Trust::Other)]
    #[case("video/", Trust::Other)]
    #[case("video/<script>", Trust::Other)]
    #[case("multipart/byteranges; boundary=x", Trust::Other)]
    #[case("application/json", Trust::Other)]
    fn only_media_is_passed_on(#[case] mime: &str, #[case] expected: Trust) {
        assert_eq!(facts(mime, "").trust(), expected);
    }

    #[rstest]
    #[case("\"a\"", true)]
    #[case("\"b\"", false)]
    #[case("W/\"a\"", false)]
    #[case(DATE, true)]
    #[case("Sunday, 22-Nov-26 08:00:00 GMT", true)]
    #[case("Sun, 22 Nov 2026 08:00:01 GMT", false)]
    #[case("", false)]
    fn if_range_compares_strongly(#[case] if_range: &str, #[case] expected: bool) {
        assert_eq!(facts("video/mp4", "\"a\"").is_version(if_range), expected);
    }

    #[rstest]
    #[case("\"a\"", true)]
    #[case("\"b\", W/\"a\"", true)]
    #[case("*", true)]
    #[case("\"b\"", false)]
    #[case("a", false)]
    #[case("", false)]
    fn if_none_match_compares_weakly(#[case] if_none_match: &str, #[case] had: bool) {
        assert_eq!(facts("video/mp4", "\"a\"").is_had(if_none_match), had);
        assert_eq!(facts("video/mp4", "W/\"a\"").is_had(if_none_match), had);
        assert!(!facts("video/mp4", "").is_had(if_none_match));
    }

    #[test]
    fn a_weak_tag_is_no_version_and_a_broken_one_is_dropped() {
        assert!(!facts("video/mp4", "W/\"a\"").is_version("\"a\""));
        for broken in ["a", "\"", "\"a\"b\"", "W/a", &format!("\"{}\"", "a".repeat(300))] {
            assert_eq!(facts("video/mp4", broken).etag, None, "{broken}");
        }
    }

    #[test]
    fn an_mp4_is_known_by_its_first_box() {
        assert!(is_mp4(b"\0\0\0\x20ftypisom"));
        assert!(!is_mp4(b"<!doctype html>"));
        assert!(!is_mp4(b"\0\0\0"));
    }
}
