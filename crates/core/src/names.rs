//! Names of files.

use crate::check::ImageKind;
use crate::intent::{Height, Intent, Order};
use veo_api::Resolution;

/// Longest slug of a prompt, in characters.
const MAX_SLUG_CHARS: usize = 60;

/// Longest slug in bytes: file systems take 255 for the whole name, and a letter may have four.
const MAX_SLUG_BYTES: usize = 180;

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

/// The name under which a video is saved, or the rendition of it that was bought. `date` is an ISO date.
pub fn video_name(date: &str, video: &Intent, bought: Option<&Order>) -> String {
    let (ratio, asked) = match &video.order {
        Order::Generate(generate) => (generate.aspect_ratio.as_str(), generate.resolution.clone()),
        _ => ("", Resolution::default()),
    };
    let resolution = match bought {
        Some(Order::Upgrade { height: Height::P1080, .. }) => Resolution::P1080,
        Some(Order::Upgrade { height: Height::P4k, .. }) => Resolution::P4k,
        _ => video.outcome.as_ref().and_then(|outcome| outcome.resolution.clone()).unwrap_or(asked),
    };
    download_name(date, video.order.prompt(), ratio, resolution.as_str())
}

/// A name for an upload. The provider overwrites equal names and caches the old bytes, so `random` must be new each time.
pub fn upload_name(random: &str, kind: ImageKind) -> String {
    ["vireo-", random, ".", kind.extension()].concat()
}

/// Letters and digits of any script in lower case, everything else a hyphen; cut at a word. Never empty.
fn slug(text: &str) -> String {
    let joined = |c: &char| !matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}');
    let text: String = text.chars().flat_map(char::to_lowercase).filter(joined).collect();
    let mut slug = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let longer = if slug.is_empty() { cut(word) } else { [&slug, "-", word].concat() };
        if cut(&longer) != longer {
            break;
        }
        slug = longer;
    }
    if slug.is_empty() { "video".to_owned() } else { slug }
}

/// As much of the text as a slug may hold.
fn cut(text: &str) -> String {
    let mut room = MAX_SLUG_BYTES;
    let fits = |c: &char| {
        let fits = c.len_utf8() <= room;
        room = room.saturating_sub(c.len_utf8());
        fits
    };
    text.chars().take(MAX_SLUG_CHARS).take_while(fits).collect()
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
    #[case("The cat’s cafe\u{301} in İzmir", "", "", "2026-11-22_the-cats-cafe-in-izmir.mp4")]
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

    #[test]
    fn one_endless_word_is_cut_to_what_a_file_system_takes() {
        assert_eq!(slug(&"a".repeat(200)).chars().count(), MAX_SLUG_CHARS);
        assert_eq!(slug(&"\u{20000}".repeat(200)).len(), MAX_SLUG_BYTES);
    }

    proptest! {
        #[test]
        fn no_prompt_makes_a_dangerous_name(prompt in ".{0,200}", ratio in ".{0,8}") {
            let name = download_name("2026-11-22", &prompt, &ratio, "720p");
            let stem = name.strip_suffix(".mp4").expect("ends in .mp4");
            prop_assert!(stem.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_'), "{}", name);
            prop_assert!(name.len() <= 255, "{}", name);
        }
    }
}
