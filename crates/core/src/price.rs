//! What things cost, in credits, as collected in 2026-07 from third-party price pages (medium confidence). The provider
//! has no way to ask beforehand, and prices drift.

use veo_api::{Model, Resolution};

/// A 1080p upgrade of a finished video.
pub const UPGRADE_1080P: f64 = 5.0;

/// A 4K upgrade of a finished video.
pub const UPGRADE_4K: f64 = 120.0;

/// What a video will probably cost; `None` for a model or resolution without a known price.
pub fn estimate(model: &Model, resolution: &Resolution) -> Option<f64> {
    let row = match model {
        Model::Lite => [30.0, 35.0, 150.0],
        Model::Fast => [60.0, 65.0, 180.0],
        Model::Quality => [250.0, 255.0, 370.0],
        Model::Other(_) => return None,
    };
    match resolution {
        Resolution::P720 => Some(row[0]),
        Resolution::P1080 => Some(row[1]),
        Resolution::P4k => Some(row[2]),
        Resolution::Other(_) => None,
    }
}

/// What making a finished video longer will probably cost: as much as a video of that model in 720p.
pub fn extension(model: &Model) -> Option<f64> {
    estimate(model, &Resolution::P720)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("veo3_lite", [30.0, 35.0, 150.0])]
    #[case("veo3_fast", [60.0, 65.0, 180.0])]
    #[case("veo3", [250.0, 255.0, 370.0])]
    fn prices_are_those_of_the_table(#[case] model: &str, #[case] credits: [f64; 3]) {
        let heights = [Resolution::P720, Resolution::P1080, Resolution::P4k];
        let estimates = heights.map(|resolution| estimate(&model.into(), &resolution));
        assert_eq!(estimates, credits.map(Some));
    }

    #[test]
    fn what_is_not_in_the_table_has_no_price() {
        assert_eq!(estimate(&"veo4".into(), &Resolution::P720), None);
        assert_eq!(estimate(&Model::Fast, &"8k".into()), None);
    }
}
