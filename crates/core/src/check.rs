//! What is wrong with a request, found before anything is sent.

use crate::media_url::{is_reachable, is_safe};
use crate::models::{Choice, Field, max_images, min_images, misfits};
use std::ops::RangeInclusive;
use veo_api::Generate;

/// Longest prompt, in characters. The provider publishes no limit; Google's own is 1024 tokens, which this many
/// characters of plain English stay near.
pub const MAX_PROMPT_CHARS: usize = 4000;

/// Longest watermark, in characters: more does not fit a frame.
const MAX_WATERMARK_CHARS: usize = 100;

/// Seeds the provider takes (docs).
const SEEDS: RangeInclusive<u32> = 10_000..=99_999;

/// Largest image: the sibling models' limit, none is published for Veo (docs).
pub const MAX_IMAGE_BYTES: u64 = 10 * 1024 * 1024;

/// Longest address of an image.
const MAX_ADDRESS_CHARS: usize = 2048;

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing is written.
    PromptEmpty,
    /// The prompt is too long.
    PromptTooLong {
        /// The most characters.
        max: usize,
        /// The characters there are.
        len: usize,
    },
    /// The prompt holds control characters.
    PromptUnreadable,
    /// The mode needs more images.
    TooFewImages {
        /// The least images.
        min: usize,
    },
    /// The mode takes fewer images.
    TooManyImages {
        /// The most images.
        max: usize,
    },
    /// The provider cannot fetch this image.
    ImageAddress {
        /// Its place, from 0.
        index: usize,
    },
    /// The seed is out of range.
    SeedOutOfRange,
    /// The watermark is too long.
    WatermarkTooLong {
        /// The most characters.
        max: usize,
    },
    /// The callback address is not a public web address.
    CallbackInvalid,
    /// A choice does not go with the others.
    NotAllowed {
        /// The choice.
        field: Field,
    },
}

/// Everything that is wrong with a request; images may also come from `media_origins`.
pub fn check(generate: &Generate, media_origins: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let prompt = &generate.prompt;
    let len = prompt.chars().count();
    if prompt.trim().is_empty() {
        problems.push(Problem::PromptEmpty);
    } else if len > MAX_PROMPT_CHARS {
        problems.push(Problem::PromptTooLong { max: MAX_PROMPT_CHARS, len });
    } else if prompt.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        problems.push(Problem::PromptUnreadable);
    }
    let choice = Choice::from(generate);
    problems.extend(misfits(&choice).into_iter().map(|field| Problem::NotAllowed { field }));
    let (min, max) = (min_images(&generate.mode), max_images(&generate.mode));
    if generate.image_urls.len() < min {
        problems.push(Problem::TooFewImages { min });
    } else if generate.image_urls.len() > max {
        problems.push(Problem::TooManyImages { max });
    }
    let bad = |url: &String| check_image_address(url, media_origins).is_err();
    problems.extend(generate.image_urls.iter().position(bad).map(|index| Problem::ImageAddress { index }));
    if generate.seed.is_some_and(|seed| !SEEDS.contains(&seed)) {
        problems.push(Problem::SeedOutOfRange);
    }
    if generate.watermark.as_ref().is_some_and(|text| text.chars().count() > MAX_WATERMARK_CHARS) {
        problems.push(Problem::WatermarkTooLong { max: MAX_WATERMARK_CHARS });
    }
    if generate.callback_url.as_ref().is_some_and(|url| !is_reachable(url, &[])) {
        problems.push(Problem::CallbackInvalid);
    }
    problems
}

/// The kinds of images the provider takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl ImageKind {
    /// The ending of its file names.
    pub fn extension(self) -> &'static str {
        match self {
            ImageKind::Jpeg => "jpg",
            ImageKind::Png => "png",
            ImageKind::Webp => "webp",
        }
    }

    /// Its media type.
    pub fn mime(self) -> &'static str {
        match self {
            ImageKind::Jpeg => "image/jpeg",
            ImageKind::Png => "image/png",
            ImageKind::Webp => "image/webp",
        }
    }

    /// What an upload is, by the ending of the name it was given.
    pub fn of_address(address: &str) -> Self {
        let kinds = [ImageKind::Png, ImageKind::Webp];
        kinds.into_iter().find(|kind| address.ends_with(kind.extension())).unwrap_or(ImageKind::Jpeg)
    }
}

/// What is wrong with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageProblem {
    /// It is too large.
    TooLarge {
        /// The most bytes.
        max_bytes: u64,
    },
    /// It has no content.
    Empty,
    /// It is not a JPEG, PNG or WebP image, whatever its name says.
    WrongType,
    /// The provider cannot fetch it from this address.
    Address,
}

/// Looks at a file's size and its first bytes (32 are enough). The name and the type the browser gives do not count.
pub fn check_image(size_bytes: u64, head: &[u8]) -> Result<ImageKind, ImageProblem> {
    if size_bytes == 0 {
        return Err(ImageProblem::Empty);
    }
    let kind = match head {
        [0xff, 0xd8, 0xff, ..] => ImageKind::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => ImageKind::Png,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ImageKind::Webp,
        _ => return Err(ImageProblem::WrongType),
    };
    if size_bytes > MAX_IMAGE_BYTES {
        return Err(ImageProblem::TooLarge { max_bytes: MAX_IMAGE_BYTES });
    }
    Ok(kind)
}

/// Whether the provider can fetch an image from this address.
pub fn check_image_address(url: &str, media_origins: &[String]) -> Result<(), ImageProblem> {
    let fits = url.chars().count() <= MAX_ADDRESS_CHARS;
    let reachable = is_safe(url, media_origins) || is_reachable(url, media_origins);
    if fits && reachable { Ok(()) } else { Err(ImageProblem::Address) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use veo_api::{Mode, Model};

    fn good() -> Generate {
        Generate { prompt: "A paper boat".into(), ..Generate::default() }
    }

    #[test]
    fn a_plain_prompt_is_fine() {
        assert_eq!(check(&good(), &[]), []);
        let lines = Generate { prompt: "Two\nlines\tand 纸船 🚤".into(), ..good() };
        assert_eq!(check(&lines, &[]), []);
    }

    #[rstest]
    #[case(Generate { prompt: " \n ".into(), ..good() }, Problem::PromptEmpty)]
    #[case(Generate { prompt: "x".repeat(4001), ..good() }, Problem::PromptTooLong { max: 4000, len: 4001 })]
    #[case(Generate { prompt: "a\0b".into(), ..good() }, Problem::PromptUnreadable)]
    #[case(Generate { mode: Mode::Frames, ..good() }, Problem::TooFewImages { min: 1 })]
    #[case(
        Generate { mode: Mode::Frames, image_urls: vec!["https://a.example/1.png".into(); 3], ..good() },
        Problem::TooManyImages { max: 2 }
    )]
    #[case(
        Generate { mode: Mode::Frames, image_urls: vec!["javascript:alert(1)".into()], ..good() },
        Problem::ImageAddress { index: 0 }
    )]
    #[case(Generate { seed: Some(9_999), ..good() }, Problem::SeedOutOfRange)]
    #[case(Generate { seed: Some(100_000), ..good() }, Problem::SeedOutOfRange)]
    #[case(Generate { watermark: Some("w".repeat(101)), ..good() }, Problem::WatermarkTooLong { max: 100 })]
    #[case(Generate { callback_url: Some("http://localhost/cb".into()), ..good() }, Problem::CallbackInvalid)]
    #[case(
        Generate { mode: Mode::References, model: Model::Quality, image_urls: vec!["https://a.example/1.png".into()], ..good() },
        Problem::NotAllowed { field: Field::Model }
    )]
    fn one_problem_is_named(#[case] generate: Generate, #[case] expected: Problem) {
        assert_eq!(check(&generate, &[]), [expected]);
    }

    #[rstest]
    #[case(0, b"", Err(ImageProblem::Empty))]
    #[case(10, b"GIF89a", Err(ImageProblem::WrongType))]
    #[case(10, b"<svg onload=", Err(ImageProblem::WrongType))]
    #[case(10, b"\xff\xd8\xff\xe0", Ok(ImageKind::Jpeg))]
    #[case(10, b"\x89PNG\r\n\x1a\n", Ok(ImageKind::Png))]
    #[case(10, b"RIFF\0\0\0\0WEBPVP8 ", Ok(ImageKind::Webp))]
    #[case(12 << 20, b"\xff\xd8\xff\xe0", Err(ImageProblem::TooLarge { max_bytes: MAX_IMAGE_BYTES }))]
    fn images_are_known_by_their_bytes(
        #[case] size: u64,
        #[case] head: &[u8],
        #[case] expected: Result<ImageKind, ImageProblem>,
    ) {
        assert_eq!(check_image(size, head), expected);
    }

    proptest! {
        #[test]
        fn no_input_panics(prompt in ".{0,300}", url in ".{0,60}", head in prop::collection::vec(any::<u8>(), 0..32)) {
            let generate = Generate { prompt, mode: Mode::Frames, image_urls: vec![url], ..good() };
            check(&generate, &[]);
            _ = check_image(head.len() as u64, &head);
        }
    }
}
