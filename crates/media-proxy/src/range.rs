//! The `Range` header: one range of bytes.

use std::ops::Range;

/// One range of bytes as a client asks for it, before the length of the file is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first to the last byte, both included.
    Between(u64, u64),
    /// From a byte to the end.
    From(u64),
    /// So many bytes at the end.
    Last(u64),
}

impl ByteRange {
    /// Reads a `Range` header. `None`, which means the whole file, for another unit, for several ranges and for what
    /// cannot be read: a server may ignore those.
    pub fn parse(header: &str) -> Option<ByteRange> {
        let (unit, range) = header.split_once('=')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (first, last) = range.trim_matches([' ', '\t']).split_once('-')?;
        match (first, last) {
            ("", last) => number(last).map(ByteRange::Last),
            (first, "") => number(first).map(ByteRange::From),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(ByteRange::Between(first, last))
            }
        }
    }

    /// The bytes this means in a file of `len` bytes; `None` if there are none.
    pub fn within(self, len: u64) -> Option<Range<u64>> {
        let range = match self {
            ByteRange::Between(first, last) => first..last.saturating_add(1).min(len),
            ByteRange::From(first) => first..len,
            ByteRange::Last(count) => len.saturating_sub(count)..len,
        };
        (range.start < range.end).then_some(range)
    }

    /// The header that asks for it.
    pub(crate) fn header(self) -> String {
        match self {
            ByteRange::Between(first, last) => format!("bytes={first}-{last}"),
            ByteRange::From(first) => format!("bytes={first}-"),
            ByteRange::Last(count) => format!("bytes=-{count}"),
        }
    }
}

/// A `Content-Range` header: the bytes that come, if any, and the length of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub bytes: Option<Range<u64>>,
    pub len: u64,
}

impl ContentRange {
    /// `None` if it cannot be read or leaves the length open.
    pub(crate) fn parse(header: &str) -> Option<ContentRange> {
        let (bytes, len) = header.strip_prefix("bytes ")?.split_once('/')?;
        let len = digits(len)?;
        if bytes == "*" {
            return Some(ContentRange { bytes: None, len });
        }
        let (first, last) = bytes.split_once('-')?;
        let bytes = digits(first)?..digits(last)?.checked_add(1)?;
        (bytes.start < bytes.end && bytes.end <= len).then_some(ContentRange { bytes: Some(bytes), len })
    }
}

/// A number of a client: one too big for us lies behind the end of every file all the same.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("bytes=0-1", ByteRange::Between(0, 1))]
    #[case("Bytes=5-", ByteRange::From(5))]
    #[case("bytes=-500", ByteRange::Last(500))]
    #[case("bytes= 0-0 ", ByteRange::Between(0, 0))]
    #[case("bytes=007-08", ByteRange::Between(7, 8))]
    #[case("bytes=1-99999999999999999999", ByteRange::Between(1, u64::MAX))]
    #[case("bytes=-0", ByteRange::Last(0))]
    fn a_single_range_is_read(#[case] header: &str, #[case] expected: ByteRange) {
        assert_eq!(ByteRange::parse(header), Some(expected));
    }

    #[test]
    fn everything_else_is_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=--1",
            "bytes=2-1",
            "bytes=a-b",
            "bytes=0x1-2",
            "bytes=+1-2",
            "bytes=1 -2",
            "bytes=0-1,3-4",
            "bytes=,0-1",
            "lines=0-1",
            "bytes:0-1",
            "bytes=1-2-3",
            "bytes=٣-٤",
            "=0-1",
        ] {
            assert_eq!(ByteRange::parse(header), None, "{header}");
        }
    }

    #[rstest]
    #[case("bytes 0-1/10", Some(0..2), 10)]
    #[case("bytes 9-9/10", Some(9..10), 10)]
    #[case("bytes */10", None, 10)]
    fn a_content_range_is_read(#[case] header: &str, #[case] bytes: Option<Range<u64>>, #[case] len: u64) {
        assert_eq!(ContentRange::parse(header), Some(ContentRange { bytes, len }));
    }

    #[test]
    fn an_impossible_content_range_is_not() {
        for header in [
            "",
            "bytes",
            "bytes 0-1/*",
            "bytes 0-10/10",
            "bytes 5-4/10",
            "bytes 0-18446744073709551615/1",
            "bytes /10",
            "bytes 0-1/",
            "lines 0-1/10",
            "bytes 0-1/-10",
        ] {
            assert_eq!(ContentRange::parse(header), None, "{header}");
        }
    }

    /// The bytes of a small file that a header asks for, found by asking each byte.
    fn naive(header: &str, len: u64) -> Option<Vec<u64>> {
        let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
        let (from, to) = (first.parse::<u64>().ok(), last.parse::<u64>().ok());
        let is_asked = |byte: u64| match (from, to) {
            (Some(from), Some(to)) => from <= byte && byte <= to,
            (Some(from), None) => from <= byte,
            (None, Some(count)) => byte + count >= len,
            (None, None) => false,
        };
        Some((0..len).filter(|byte| is_asked(*byte)).collect())
    }

    proptest! {
        #[test]
        fn a_range_means_what_the_naive_reading_means(
            first in prop::option::of(0_u64..40), last in prop::option::of(0_u64..40), len in 0_u64..40,
        ) {
            let text = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
            let header = format!("bytes={}-{}", text(first), text(last));
            let Some(range) = ByteRange::parse(&header) else {
                prop_assert!((first, last) == (None, None) || last.is_some_and(|last| first > Some(last)));
                return Ok(());
            };
            let bytes: Vec<u64> = range.within(len).into_iter().flatten().collect();
            prop_assert_eq!(Some(bytes), naive(&header, len));
            prop_assert_eq!(ByteRange::parse(&range.header()), Some(range));
        }

        #[test]
        fn no_header_panics_or_leaves_the_file(header in "(bytes)?[ =]?[0-9*/,a -]{0,40}", len: u64) {
            if let Some(range) = ByteRange::parse(&header).and_then(|range| range.within(len)) {
                prop_assert!(range.start < range.end && range.end <= len);
            }
            if let Some(ContentRange { bytes: Some(bytes), len }) = ContentRange::parse(&header) {
                prop_assert!(bytes.start < bytes.end && bytes.end <= len);
            }
        }
    }
}
