//! What went wrong, by class, and whether it can have cost money.

use crate::shape;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The provider's answer, where it is not the one hoped for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    status: u16,
    code: Option<i64>,
    message: String,
    retry_after_s: Option<u32>,
    class: Class,
    refusal: bool,
}

impl ApiError {
    /// An answer in the provider's envelope. Under `code` 200 it means that what was asked for is not in it.
    pub(crate) fn from_envelope(
        status: u16,
        retry_after_s: Option<u32>,
        code: Option<i64>,
        message: &str,
    ) -> Self {
        let message = shape::one_line(message);
        let http_trouble = (!(200..300).contains(&status)).then_some(i64::from(status));
        let class = match code.filter(|code| *code != 200).or(http_trouble) {
            None if code == Some(200) => Class::Empty,
            trouble => class_of(trouble, &message),
        };
        ApiError { status, code, message, retry_after_s, class, refusal: is_refusal(status, code) }
    }

    /// An answer without an envelope.
    pub(crate) fn from_text(status: u16, retry_after_s: Option<u32>, body: &str) -> Self {
        let body = body.trim_start_matches('\u{feff}').trim();
        // A page or a torn piece of JSON is no message; a line of text, such as `error code: 1010`, is.
        let message = if body.starts_with(['<', '{', '[']) { String::new() } else { shape::one_line(body) };
        let class = class_of_status(status).unwrap_or(match body {
            "" => Class::Empty,
            _ if message.contains("error code: 1010") => Class::Blocked,
            _ => Class::NotJson,
        });
        ApiError { status, code: None, message, retry_after_s, class, refusal: is_refusal(status, None) }
    }

    /// The same answer where a missing record is to be expected: 404 is then one way of saying so.
    pub(crate) fn on_record(mut self) -> Self {
        if self.class == Class::Validation && self.code.unwrap_or(i64::from(self.status)) == 404 {
            self.class = Class::NotFoundYet;
        }
        self
    }

    /// The same answer, which names a task all the same, and therefore proves no refusal.
    pub(crate) fn naming_a_task(self) -> Self {
        ApiError { refusal: false, ..self }
    }

    /// `code` in the body, the provider's real status; `None` if there was no envelope.
    pub fn code(&self) -> Option<i64> {
        self.code
    }

    /// The HTTP status, which is 200 for most errors (wire).
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The provider's words: one line of at most 500 characters without control characters; may be empty.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How long the provider asks to wait, in seconds.
    pub fn retry_after_s(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// What kind of trouble it is.
    pub fn class(&self) -> Class {
        self.class
    }

    /// The key is missing, wrong or without permission.
    pub fn is_auth(&self) -> bool {
        self.class == Class::Auth
    }

    /// The balance does not suffice.
    pub fn is_out_of_credits(&self) -> bool {
        self.class == Class::OutOfCredits
    }

    /// Too many requests; the provider does not queue them.
    pub fn is_rate_limited(&self) -> bool {
        self.class == Class::RateLimited
    }

    /// There is no such record, or not yet.
    pub fn is_not_found_yet(&self) -> bool {
        self.class == Class::NotFoundYet
    }

    /// Worth asking the same free question again later. Says nothing about paid requests.
    pub fn is_transient(&self) -> bool {
        use Class::*;
        match self.class {
            RateLimited | HighTraffic | Maintenance | NotFoundYet | Upstream | NotJson | Empty => true,
            // A code nobody knows may pass; a feature that is switched off (505) stays off.
            Other => self.code != Some(505),
            _ => false,
        }
    }

    /// For a paid request: the definite answer that no task was created and nothing charged.
    ///
    /// True for an envelope, or an HTTP status, that says so; false for everything that leaves a doubt: 408, 421, server
    /// errors, codes nobody knows, pages instead of JSON, empty answers, `data: null` under 200, an HTTP status and a
    /// `code` that contradict each other.
    pub fn is_refusal(&self) -> bool {
        self.refusal
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the provider answered {}", self.code.unwrap_or(i64::from(self.status)))?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl std::error::Error for ApiError {}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 401: the key is missing, wrong or without permission.
    Auth,
    /// 402: the balance does not suffice.
    OutOfCredits,
    /// 400, 404, 405, 422: the request is not acceptable as it is.
    Validation,
    /// 429: too many requests; nothing is queued.
    RateLimited,
    /// Moderation refused the prompt or a picture: content, real persons, minors.
    Policy,
    /// The model could not make the sound; may work again, or with another prompt.
    Audio,
    /// The model is too busy. Passes, although it comes as 400 (wire).
    HighTraffic,
    /// 451 or by text: a picture's address could not be fetched.
    ImageFetch,
    /// Only English prompts; the provider's own translation helps.
    Language,
    /// 455: down for some minutes.
    Maintenance,
    /// 403: refused at the door, such as Cloudflare's `error code: 1010`.
    Blocked,
    /// There is no such record. Also said for some seconds after creation (wire).
    NotFoundYet,
    /// Records and videos older than 14 days are gone.
    TooOld,
    /// 433: this key's own cap is reached.
    UsageLimit,
    /// The video cannot be had in this size, whatever the code.
    Unavailable,
    /// 408, 500, 501, 550 and other server errors.
    Upstream,
    /// An answer that is not JSON, usually a page of somebody in between.
    NotJson,
    /// Nothing where the answer should be.
    Empty,
    /// Anything else, and classes that a newer build stored.
    #[serde(other)]
    Other,
}

/// Whether credits were spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spent {
    /// Nothing was charged.
    No,
    /// It was charged.
    Yes,
    /// Cannot be known from here.
    Unknown,
}

/// Whether a paid request that ended in this error can have cost something. An error never proves that it has.
pub fn spent_on_create(error: &ApiError) -> Spent {
    if error.is_refusal() { Spent::No } else { Spent::Unknown }
}

/// What kind of failure a record reports in `errorCode` and `errorMessage`.
pub fn classify_failure(code: Option<i64>, message: &str) -> Class {
    // What a real person's name in the prompt gets (wire).
    if code == Some(422) && message.trim().eq_ignore_ascii_case("failed") {
        return Class::Policy;
    }
    class_of(code, message)
}

/// Words that decide where the code does not. Lower case; the first that occurs counts.
const PHRASES: [(&str, Class); 20] = [
    ("version of this video is unavailable", Class::Unavailable),
    ("recordinfo is null", Class::NotFoundYet),
    ("record is null", Class::NotFoundYet),
    ("14 days", Class::TooOld),
    ("high traffic", Class::HighTraffic),
    ("generate audio", Class::Audio),
    ("fetch the image", Class::ImageFetch),
    ("only english", Class::Language),
    ("content polic", Class::Policy),
    ("prominent people", Class::Policy),
    ("minor upload", Class::Policy),
    ("minors", Class::Policy),
    ("unsafe image", Class::Policy),
    ("flagged", Class::Policy),
    ("violat", Class::Policy),
    ("rejected by", Class::Policy),
    ("credits are insufficient", Class::OutOfCredits),
    ("insufficient credit", Class::OutOfCredits),
    ("error code: 1010", Class::Blocked),
    ("maintenance", Class::Maintenance),
];

fn class_of(code: Option<i64>, message: &str) -> Class {
    match code {
        Some(401) => return Class::Auth,
        Some(402) => return Class::OutOfCredits,
        Some(429) => return Class::RateLimited,
        Some(433) => return Class::UsageLimit,
        Some(451) => return Class::ImageFetch,
        Some(455) => return Class::Maintenance,
        _ => {}
    }
    let message = message.to_ascii_lowercase();
    if let Some((_, class)) = PHRASES.iter().find(|(phrase, _)| message.contains(phrase)) {
        return *class;
    }
    match code {
        Some(403) => Class::Blocked,
        Some(400 | 404 | 405 | 422) => Class::Validation,
        Some(408 | 500..=504 | 506..=599) => Class::Upstream,
        _ => Class::Other,
    }
}

/// The class of an HTTP status alone, where it says something.
fn class_of_status(status: u16) -> Option<Class> {
    match status {
        401 => Some(Class::Auth),
        402 => Some(Class::OutOfCredits),
        403 | 451 => Some(Class::Blocked),
        404 | 405 | 422 => Some(Class::Validation),
        429 => Some(Class::RateLimited),
        408 | 500..=599 => Some(Class::Upstream),
        _ => None,
    }
}

fn is_refusal(status: u16, code: Option<i64>) -> bool {
    /// Codes that the provider gives before any work begins.
    const DEFINITE: [i64; 12] = [400, 401, 402, 403, 404, 405, 422, 429, 433, 451, 455, 505];
    match code {
        Some(code) => {
            DEFINITE.contains(&code)
                && ((200..300).contains(&status) || DEFINITE.contains(&i64::from(status)))
        }
        // Without an envelope only the statuses whose meaning in HTTP leaves no doubt.
        None => matches!(status, 401 | 402 | 403 | 404 | 405 | 422 | 429),
    }
}
