//! What goes with what. One table decides; the form, the checks and the tests read it.

use veo_api::{AspectRatio, Generate, Mode, Model, Resolution};

/// The choices that depend on each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The model.
    pub model: Model,
    /// How images are used.
    pub mode: Mode,
    /// The shape.
    pub aspect_ratio: AspectRatio,
    /// The height.
    pub resolution: Resolution,
    /// The length in seconds.
    pub duration_s: u8,
}

impl From<&Generate> for Choice {
    fn from(generate: &Generate) -> Self {
        Choice {
            model: generate.model.clone(),
            mode: generate.mode.clone(),
            aspect_ratio: generate.aspect_ratio.clone(),
            resolution: generate.resolution.clone(),
            duration_s: generate.duration_s,
        }
    }
}

/// One of the choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The model.
    Model,
    /// How images are used.
    Mode,
    /// The shape.
    AspectRatio,
    /// The height.
    Resolution,
    /// The length.
    Duration,
}

/// What one choice forced upon another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What was changed.
    pub field: Field,
    /// Its new value, as the API writes it.
    pub to: String,
    /// The choice that forced it.
    pub because: Field,
}

/// What one mode allows (docs; references on Fast and Lite since 2026-04).
struct Row {
    mode: Mode,
    models: &'static [Model],
    ratios: &'static [AspectRatio],
    durations: &'static [u8],
    min_images: usize,
    max_images: usize,
}

const ALL_MODELS: &[Model] = &[Model::Quality, Model::Fast, Model::Lite];
const ALL_RATIOS: &[AspectRatio] = &[AspectRatio::Landscape, AspectRatio::Portrait, AspectRatio::Auto];
/// Every length in seconds that any model makes.
pub const ALL_DURATIONS: &[u8] = &[4, 6, 8];

static TABLE: [Row; 3] = [
    Row {
        mode: Mode::Text,
        models: ALL_MODELS,
        ratios: ALL_RATIOS,
        durations: ALL_DURATIONS,
        min_images: 0,
        max_images: 0,
    },
    Row {
        mode: Mode::Frames,
        models: ALL_MODELS,
        ratios: ALL_RATIOS,
        durations: ALL_DURATIONS,
        min_images: 1,
        max_images: 2,
    },
    Row {
        mode: Mode::References,
        models: &[Model::Fast, Model::Lite],
        ratios: &[AspectRatio::Landscape, AspectRatio::Portrait],
        durations: &[8],
        min_images: 1,
        max_images: 3,
    },
];

fn row(mode: &Mode) -> &'static Row {
    TABLE.iter().find(|row| row.mode == *mode).unwrap_or(&TABLE[0])
}

/// The least images a mode needs.
pub fn min_images(mode: &Mode) -> usize {
    row(mode).min_images
}

/// The most images a mode takes.
pub fn max_images(mode: &Mode) -> usize {
    row(mode).max_images
}

/// Whether the model goes with the mode.
pub fn allows_model(choice: &Choice, model: &Model) -> bool {
    row(&choice.mode).models.contains(model)
}

/// Whether the shape goes with the mode.
pub fn allows_ratio(choice: &Choice, ratio: &AspectRatio) -> bool {
    row(&choice.mode).ratios.contains(ratio)
}

/// Whether the height is offered: all three are, for every model (docs, price table of 2026-07).
pub fn allows_resolution(_choice: &Choice, resolution: &Resolution) -> bool {
    matches!(resolution, Resolution::P720 | Resolution::P1080 | Resolution::P4k)
}

/// Whether the length goes with the mode.
pub fn allows_duration(choice: &Choice, seconds: u8) -> bool {
    row(&choice.mode).durations.contains(&seconds)
}

/// Fields whose value does not go with the rest.
pub fn misfits(choice: &Choice) -> Vec<Field> {
    let checks = [
        (Field::Mode, TABLE.iter().any(|row| row.mode == choice.mode)),
        (Field::Model, allows_model(choice, &choice.model)),
        (Field::AspectRatio, allows_ratio(choice, &choice.aspect_ratio)),
        (Field::Resolution, allows_resolution(choice, &choice.resolution)),
        (Field::Duration, allows_duration(choice, choice.duration_s)),
    ];
    checks.into_iter().filter(|(_, fits)| !fits).map(|(field, _)| field).collect()
}

/// Makes the choice one that is allowed, keeping what the person just chose in `changed`, and tells what it forced.
pub fn adjust(choice: &mut Choice, changed: Field) -> Vec<Change> {
    if !TABLE.iter().any(|row| row.mode == choice.mode) {
        choice.mode = Mode::Text;
    }
    if changed == Field::Model && !ALL_MODELS.contains(&choice.model) {
        choice.model = Model::Fast;
    }
    let mut changes = Vec::new();
    // What a mode does not allow is forced by the mode, also when a person just chose it.
    let mut force = |field, to: &str| {
        let because = if field == changed { Field::Mode } else { changed };
        changes.push(Change { field, to: to.to_owned(), because });
    };
    if !allows_model(choice, &choice.model) {
        if changed == Field::Model {
            choice.mode = Mode::Text;
            force(Field::Mode, choice.mode.as_str());
        } else {
            choice.model = Model::Fast;
            force(Field::Model, choice.model.as_str());
        }
    }
    if !allows_ratio(choice, &choice.aspect_ratio) {
        choice.aspect_ratio = AspectRatio::Landscape;
        force(Field::AspectRatio, choice.aspect_ratio.as_str());
    }
    if !allows_resolution(choice, &choice.resolution) {
        choice.resolution = Resolution::P720;
        force(Field::Resolution, choice.resolution.as_str());
    }
    if !allows_duration(choice, choice.duration_s) {
        choice.duration_s = 8;
        force(Field::Duration, "8");
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn choice(mode: Mode, model: Model) -> Choice {
        Choice { model, mode, aspect_ratio: AspectRatio::Auto, resolution: Resolution::P720, duration_s: 4 }
    }

    #[test]
    fn references_force_a_model_a_shape_and_a_length_and_say_so() {
        let mut now = choice(Mode::References, Model::Quality);
        let fields: Vec<Field> = adjust(&mut now, Field::Mode).iter().map(|change| change.field).collect();
        assert_eq!(fields, [Field::Model, Field::AspectRatio, Field::Duration]);
        assert_eq!((now.mode, now.model, now.duration_s), (Mode::References, Model::Fast, 8));
    }

    #[test]
    fn references_are_eight_seconds_long_on_fast_and_lite_in_two_shapes() {
        let now = choice(Mode::References, Model::Lite);
        assert_eq!(misfits(&now), [Field::AspectRatio, Field::Duration]);
        assert_eq!([4, 6, 8].map(|seconds| allows_duration(&now, seconds)), [false, false, true]);
        assert_eq!(
            [Model::Quality, Model::Fast, Model::Lite].map(|model| allows_model(&now, &model)),
            [false, true, true]
        );
        assert_eq!((min_images(&now.mode), max_images(&now.mode)), (1, 3));
    }

    #[test]
    fn choosing_a_model_wins_over_the_mode() {
        let mut now = choice(Mode::References, Model::Quality);
        let changes = adjust(&mut now, Field::Model);
        assert_eq!((now.mode, now.model), (Mode::Text, Model::Quality));
        assert_eq!(changes.len(), 1);
    }

    #[test]
    fn a_choice_that_the_mode_forbids_is_taken_back_because_of_the_mode() {
        let mut now = choice(Mode::References, Model::Fast);
        now.aspect_ratio = AspectRatio::Portrait;
        let changes = adjust(&mut now, Field::Duration);
        assert_eq!(changes, [Change { field: Field::Duration, to: "8".into(), because: Field::Mode }]);
    }

    proptest! {
        #[test]
        fn an_adjusted_choice_is_always_allowed(
            model in prop::sample::select(vec!["veo3", "veo3_fast", "veo3_lite", "veo9"]),
            mode in prop::sample::select(vec!["TEXT_2_VIDEO", "FIRST_AND_LAST_FRAMES_2_VIDEO", "REFERENCE_2_VIDEO", "X"]),
            ratio in prop::sample::select(vec!["16:9", "9:16", "Auto", "1:1"]),
            resolution in prop::sample::select(vec!["720p", "1080p", "4k", "8k"]),
            duration_s: u8,
            changed in prop::sample::select(vec![Field::Model, Field::Mode, Field::AspectRatio, Field::Resolution, Field::Duration]),
        ) {
            let mut now = Choice {
                model: Model::from(model), mode: Mode::from(mode), aspect_ratio: AspectRatio::from(ratio),
                resolution: Resolution::from(resolution), duration_s,
            };
            let changes = adjust(&mut now, changed);
            prop_assert!(changes.iter().all(|change| change.field != change.because), "{:?}", changes);
            prop_assert_eq!(misfits(&now), vec![]);
            let again = now.clone();
            prop_assert_eq!(adjust(&mut now, changed), vec![]);
            prop_assert_eq!(now, again);
        }
    }
}
