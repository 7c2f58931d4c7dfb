//! Sizes of images: what is scaled down before an upload, and what a video of another shape leaves of a picture.

use veo_api::AspectRatio;

/// The longest side an image is uploaded with, in pixels: as long as a 4K frame.
pub const MAX_SIDE: u32 = 3840;

/// The largest file that is read at all, in bytes.
pub const MAX_SOURCE_BYTES: u64 = 100 * 1024 * 1024;

/// The size within which a picture fits: the same where it is small enough, otherwise of the same shape. Never empty.
pub fn fit(width: u32, height: u32, max_side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= max_side {
        return (width.max(1), height.max(1));
    }
    let scale = |side: u32| {
        let scaled = (u64::from(side) * u64::from(max_side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(max_side).max(1)
    };
    (scale(width), scale(height))
}

/// How a picture is cut for a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// True for 9:16, false for 16:9.
    pub tall: bool,
    /// How much of the picture is lost, in whole percent.
    pub lost_percent: u32,
}

/// How the provider cuts a picture of this size, at its middle. `Auto` takes the nearer of the two shapes.
pub fn crop(width: u32, height: u32, ratio: &AspectRatio) -> Crop {
    let own = f64::from(width.max(1)) / f64::from(height.max(1));
    let tall = match ratio {
        AspectRatio::Portrait => true,
        // Halfway between 16:9 and 9:16, as shapes multiply.
        AspectRatio::Auto => own < 1.0,
        _ => false,
    };
    let wanted = if tall { 9.0 / 16.0 } else { 16.0 / 9.0 };
    let kept = (own / wanted).min(wanted / own);
    Crop { tall, lost_percent: ((1.0 - kept) * 100.0).round() as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case((3840, 2160), (3840, 2160))]
    #[case((7680, 4320), (3840, 2160))]
    #[case((3000, 12_000), (960, 3840))]
    #[case((40_000, 1), (3840, 1))]
    #[case((0, 0), (1, 1))]
    fn large_pictures_are_scaled(#[case] (width, height): (u32, u32), #[case] fits: (u32, u32)) {
        assert_eq!(fit(width, height, MAX_SIDE), fits);
    }

    #[rstest]
    #[case((1920, 1080), AspectRatio::Landscape, false, 0)]
    #[case((1000, 1000), AspectRatio::Landscape, false, 44)]
    #[case((1000, 1000), AspectRatio::Portrait, true, 44)]
    #[case((1920, 1080), AspectRatio::Portrait, true, 68)]
    #[case((800, 1000), AspectRatio::Auto, true, 30)]
    #[case((1000, 800), AspectRatio::Auto, false, 30)]
    #[case((1000, 1000), AspectRatio::Auto, false, 44)]
    fn a_video_of_another_shape_cuts(
        #[case] (width, height): (u32, u32),
        #[case] ratio: AspectRatio,
        #[case] tall: bool,
        #[case] lost_percent: u32,
    ) {
        assert_eq!(crop(width, height, &ratio), Crop { tall, lost_percent });
    }

    proptest! {
        #[test]
        fn what_fits_is_as_shaped_and_never_larger(width in 1u32..=u32::MAX, height in 1u32..=u32::MAX) {
            let (w, h) = fit(width, height, MAX_SIDE);
            prop_assert!((1..=MAX_SIDE).contains(&w) && (1..=MAX_SIDE).contains(&h));
            prop_assert!(w <= width && h <= height);
            prop_assert!(crop(width, height, &AspectRatio::Auto).lost_percent <= 100);
        }
    }
}
