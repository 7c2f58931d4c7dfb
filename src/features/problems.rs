//! Words for what is wrong with a form, before anything is sent.

use crate::i18n::{T, Text};
use vireo_core::check::{ImageProblem, Problem};
use vireo_core::models::Field;

/// What is wrong with a request, in words.
pub fn problem(text: Text, problem: &Problem) -> String {
    match problem {
        Problem::PromptEmpty => text.of(T::PromptEmpty).to_owned(),
        Problem::PromptTooLong { max, len } => {
            text.with(T::PromptTooLong, &[("max", &max.to_string()), ("len", &len.to_string())])
        }
        Problem::PromptUnreadable => text.of(T::PromptUnreadable).to_owned(),
        Problem::TooFewImages { min } => text.with(T::TooFewImages, &[("min", &min.to_string())]),
        Problem::TooManyImages { max } => text.with(T::TooManyImages, &[("max", &max.to_string())]),
        Problem::ImageAddress { .. } => text.of(T::ImageAddressBad).to_owned(),
        Problem::SeedOutOfRange => text.of(T::SeedBad).to_owned(),
        Problem::WatermarkTooLong { max } => text.with(T::WatermarkTooLong, &[("max", &max.to_string())]),
        Problem::CallbackInvalid => text.of(T::CallbackBad).to_owned(),
        Problem::NotAllowed { field } => text.with(T::NotAllowed, &[("field", text.of(name(*field)))]),
    }
}

/// What a field is called.
pub fn name(field: Field) -> T {
    match field {
        Field::Model => T::Model,
        Field::Mode => T::Mode,
        Field::AspectRatio => T::AspectRatio,
        Field::Resolution => T::Resolution,
        Field::Duration => T::Duration,
        Field::Images => T::Images,
    }
}

/// What is wrong with an image, in words.
pub fn image(text: Text, problem: &ImageProblem) -> String {
    match problem {
        ImageProblem::TooLarge { max_bytes } => {
            text.with(T::ImageTooLarge, &[("max", &(max_bytes / (1024 * 1024)).to_string())])
        }
        ImageProblem::Empty => text.of(T::ImageEmpty).to_owned(),
        ImageProblem::WrongType => text.of(T::ImageWrongType).to_owned(),
        ImageProblem::Address => text.of(T::ImageAddressBad).to_owned(),
    }
}
