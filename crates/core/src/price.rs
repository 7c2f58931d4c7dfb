//! What things cost, in credits. The provider has no way to ask beforehand, and prices drift.

use veo_api::{Generate, Model, Resolution};

/// When the figures were collected (third-party price pages, medium confidence).
pub const AS_OF: &str = "2026-07";

/// A 1080p upgrade of a finished video.
pub const UPGRADE_1080P: f64 = 5.0;

/// A 4K upgrade of a finished video.
pub const UPGRADE_4K: f64 = 120.0;

/// A finished video made about seven seconds longer with the fast model.
pub const EXTEND_FAST: f64 = 60.0;

/// What a request will probably cost; `None` for a model or resolution without a known price.
pub fn estimate(generate: &Generate) -> Option<f64> {
    let row = match generate.model {
        Model::Lite => [30.0, 35.0, 150.0],
        Model::Fast => [60.0, 65.0, 180.0],
        Model::Quality => [250.0, 255.0, 370.0],
        Model::Other(_) => return None,
    };
    match generate.resolution {
        Resolution::P720 => Some(row[0]),
        Resolution::P1080 => Some(row[1]),
        Resolution::P4k => Some(row[2]),
        Resolution::Other(_) => None,
    }
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
        let estimates = heights
            .map(|resolution| estimate(&Generate { model: model.into(), resolution, ..Generate::default() }));
        assert_eq!(estimates, credits.map(Some));
    }

    #[test]
    fn what_is_not_in_the_table_has_no_price() {
        let other = Generate { model: "veo4".into(), ..Generate::default() };
        assert_eq!(estimate(&other), None);
        let other = Generate { resolution: "8k".into(), ..Generate::default() };
        assert_eq!(estimate(&other), None);
    }
}
