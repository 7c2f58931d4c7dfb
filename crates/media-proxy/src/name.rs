//! The name a file is saved under.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in `filename*` (RFC 5987).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Longest name without its extension, in bytes: file systems take 255.
const MAX_STEM: usize = 180;

/// A `Content-Disposition` header. Only letters, digits and a few harmless signs of `name` are kept, and the extension
/// comes from the type.
pub(crate) fn disposition(name: &str, mime: &str, download: bool) -> String {
    let kind = if download { "attachment" } else { "inline" };
    let name = file_name(name, mime);
    let ascii: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let full = utf8_percent_encode(&name, PLAIN);
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{full}")
}

fn file_name(name: &str, mime: &str) -> String {
    let harmless = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = without_extension(name).chars().map(harmless).collect();
    let mut stem = String::new();
    for c in name.trim_matches(['-', '.']).chars() {
        if stem.len() + c.len_utf8() > MAX_STEM {
            break;
        }
        stem.push(c);
    }
    if stem.is_empty() {
        stem.push_str("video");
    }
    [&stem, ".", extension(mime)].concat()
}

/// Cuts off what looks like an extension: a few letters and digits, not only digits.
fn without_extension(name: &str) -> &str {
    let is_extension = |end: &str| {
        (1..=5).contains(&end.len())
            && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && end.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    match name.rsplit_once('.') {
        Some((stem, end)) if is_extension(end) => stem,
        _ => name,
    }
}

fn extension(mime: &str) -> &'static str {
    match mime {
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        "video/quicktime" => "mov",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("2026-11-22_paper-boat_16x9.mp4", "2026-11-22_paper-boat_16x9.mp4")]
    #[case("../../etc/passwd", "etc-passwd.mp4")]
    #[case("page.html", "page.mp4")]
    #[case("take 1.5", "take-1.5.mp4")]
    #[case("\u{202e}gpj.exe", "gpj.mp4")]
    #[case("a\"; filename=\"evil", "a---filename--evil.mp4")]
    #[case("a\r\nSet-Cookie: x", "a--Set-Cookie--x.mp4")]
    #[case("...", "video.mp4")]
    #[case("纸船", "纸船.mp4")]
    fn names_are_harmless(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(file_name(name, "video/mp4"), expected);
    }

    #[test]
    fn old_browsers_get_a_plain_name_too() {
        let header = disposition("纸船", "image/jpeg", true);
        assert_eq!(header, "attachment; filename=\"__.jpg\"; filename*=UTF-8''%E7%BA%B8%E8%88%B9.jpg");
        assert_eq!(
            disposition("a", "video/mp4", false),
            "inline; filename=\"a.mp4\"; filename*=UTF-8''a.mp4"
        );
    }

    proptest! {
        #[test]
        fn no_name_breaks_the_header(name in "\\PC{0,300}|.{0,80}") {
            let header = disposition(&name, "video/mp4", true);
            prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{}", header);
            prop_assert_eq!(header.matches('"').count(), 2);
            prop_assert!(file_name(&name, "video/mp4").len() <= 255);
        }
    }
}
