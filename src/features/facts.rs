//! Words for what a request asks for.

use crate::i18n::{T, Text};
use veo_api::{Generate, Resolution};

/// What a request asks for, but for its prompt and its images: `Fast · 16:9 · 720p · 8 s`.
pub fn facts(text: Text, generate: &Generate) -> String {
    let seconds = text.with(T::Seconds, &[("seconds", &generate.duration_s.to_string())]);
    let height = match &generate.resolution {
        Resolution::P4k => "4K",
        other => other.as_str(),
    };
    [model_name(text, generate.model.as_str()), generate.aspect_ratio.as_str(), height, &seconds].join(" · ")
}

/// The short name of a model.
pub fn model_name(text: Text, model: &str) -> &str {
    match model {
        "veo3" => text.of(T::ModelQualityShort),
        "veo3_fast" => text.of(T::ModelFastShort),
        "veo3_lite" => text.of(T::ModelLiteShort),
        other => other,
    }
}
