//! One byte range of a file whose length is known. Pure.

/// What a `Range` header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// The whole file: no range, several, or one that cannot be read.
    Whole,
    /// From the first byte to the last, both included.
    Part(u64, u64),
    /// Beyond the end.
    Unsatisfiable,
}

/// Reads a `Range` header for a file of `len` bytes.
pub(crate) fn read(header: Option<&str>, len: u64) -> Range {
    let Some((first, last)) =
        header.and_then(|text| text.strip_prefix("bytes=")).and_then(|text| text.split_once('-'))
    else {
        return Range::Whole;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), _) if first >= len => Range::Unsatisfiable,
        (Ok(first), Ok(last)) if first <= last => Range::Part(first, last.min(len - 1)),
        (Ok(first), Err(_)) if last.trim().is_empty() => Range::Part(first, len - 1),
        (Err(_), Ok(0)) if first.trim().is_empty() => Range::Unsatisfiable,
        (Err(_), Ok(tail)) if first.trim().is_empty() && len > 0 => Range::Part(len - tail.min(len), len - 1),
        _ => Range::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::Range::{Part, Unsatisfiable, Whole};
    use super::read;

    #[test]
    fn ranges() {
        for (header, range) in [
            ("bytes=0-99", Part(0, 99)),
            ("bytes=0-0", Part(0, 0)),
            ("bytes=990-5000", Part(990, 999)),
            ("bytes=5-", Part(5, 999)),
            ("bytes=-500", Part(500, 999)),
            ("bytes=-5000", Part(0, 999)),
            ("bytes=1000-", Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=9-5", Whole),
            ("bytes=0-1,5-6", Whole),
            ("items=0-1", Whole),
            ("bytes=x-", Whole),
            ("", Whole),
        ] {
            assert_eq!(read(Some(header), 1000), range, "{header}");
        }
        assert_eq!(read(None, 1000), Whole);
        assert_eq!(read(Some("bytes=-5"), 0), Whole);
    }
}
