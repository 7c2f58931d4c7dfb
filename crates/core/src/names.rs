//! Names of files.

use crate::check::ImageKind;

/// Longest slug of a prompt, in characters.
const MAX_SLUG_CHARS: usize = 60;

/// The name a finished video is saved under, such as `2026-11-22_paper-boat-in-the-rain_16x9_1080p.mp4`. `date` is an
/// ISO date; an empty `ratio` or `resolution` is left out.
pub fn download_name(date: &str, prompt: &str, ratio: &str, resolution: &str) -> String {
    let mut name = [date, "_", &slug(prompt)].concat();
    for part in [ratio.replace(':', "x"), resolution.to_owned()] {
        let part: String = part.chars().filter(char::is_ascii_alphanumeric).collect();
        if !part.is_empty() {
            name.push('_');
            name.push_str(&part);
        }
    }
    name.push_str(".mp4");
    name
}

/// A name for an upload. The provider overwrites equal names and caches the old bytes, so `random` must be new each time.
pub fn upload_name(random: &str, kind: ImageKind) -> String {
    ["vireo-", random, ".", kind.extension()].concat()
}

/// Letters and digits of any script in lower case, everything else a hyphen; cut at a word. Never empty.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    let mut chars = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word: String =
            word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect();
        let length = word.chars().count();
        if chars > 0 && chars + 1 + length > MAX_SLUG_CHARS {
            break;
        }
        if chars > 0 {
            slug.push('-');
            chars += 1;
        }
        slug.extend(word.chars().take(MAX_SLUG_CHARS));
        chars += length.min(MAX_SLUG_CHARS);
    }
    if slug.is_empty() { "video".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("Paper boat, in the rain", "16:9", "1080p", "2026-11-22_paper-boat-in-the-rain_16x9_1080p.mp4")]
    #[case("../../etc/passwd", "9:16", "720p", "2026-11-22_etc-passwd_9x16_720p.mp4")]
    #[case("纸船在雨中漂流", "Auto", "4k", "2026-11-22_纸船在雨中漂流_Auto_4k.mp4")]
    #[case("\u{202e}gpj.exe", "", "", "2026-11-22_gpj-exe.mp4")]
    #[case("…!?", "16:9", "", "2026-11-22_video_16x9.mp4")]
    fn names_are_readable_and_harmless(
        #[case] prompt: &str,
        #[case] ratio: &str,
        #[case] resolution: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(download_name("2026-11-22", prompt, ratio, resolution), expected);
    }

    #[test]
    fn a_long_prompt_is_cut_at_a_word() {
        let name = download_name("2026-11-22", &"wonderful ".repeat(30), "", "");
        assert_eq!(name, "2026-11-22_wonderful-wonderful-wonderful-wonderful-wonderful-wonderful.mp4");
    }

    proptest! {
        #[test]
        fn no_prompt_makes_a_dangerous_name(prompt in ".{0,200}", ratio in ".{0,8}") {
            let name = download_name("2026-11-22", &prompt, &ratio, "720p");
            let stem = name.strip_suffix(".mp4").expect("ends in .mp4");
            prop_assert!(stem.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'), "{}", name);
            prop_assert!(stem.chars().count() < 100);
        }
    }
}
