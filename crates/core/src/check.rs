//! stub
use crate::models::Field;
use veo_api::Generate;
pub const MAX_PROMPT_CHARS: usize = 4000;
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    PromptEmpty,
    PromptTooLong { max: usize, len: usize },
    PromptUnreadable,
    TooFewImages { min: usize },
    TooManyImages { max: usize },
    ImageAddress { index: usize },
    SeedOutOfRange { seed: u32 },
    WatermarkTooLong { max: usize, len: usize },
    CallbackInvalid,
    NotAllowed { field: Field },
}
#[derive(Clone, Debug, PartialEq)]
pub enum ImageProblem {
    TooLarge { max_bytes: u64 },
    Empty,
    WrongType,
    Address,
}
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ImageKind {
    Jpeg,
    Png,
    Webp,
}
pub fn check(g: &Generate, _o: &[String]) -> Vec<Problem> {
    if g.prompt.trim().is_empty() {
        vec![Problem::PromptEmpty]
    } else {
        vec![]
    }
}
pub fn check_image(_s: u64, _m: &str, _h: &[u8]) -> Result<ImageKind, ImageProblem> {
    Ok(ImageKind::Png)
}
pub fn check_image_address(_u: &str, _o: &[String]) -> Result<(), ImageProblem> {
    Ok(())
}
