//! What is said of a video that is not simply fine: what happened, whether money was spent, what to do next.

use crate::i18n::{T, Text};
use veo_api::{Class, Spent};
use vireo_core::intent::{Cause, Intent, State, Trouble};

/// The three sentences, and the foreign words.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What happened.
    pub what: &'static str,
    /// Whether money was spent.
    pub money: &'static str,
    /// What to do next.
    pub next: &'static str,
    /// The provider's own words.
    pub quote: Option<String>,
    /// Links that it gave and that are not safe to open.
    pub links: Vec<String>,
}

impl Verdict {
    /// `None` where all is simply fine.
    pub fn of(text: Text, intent: &Intent) -> Option<Verdict> {
        let (what, money, next) = match intent.state {
            State::Succeeded => {
                let silent = intent.outcome.as_ref().is_some_and(|outcome| outcome.has_audio == Some(false));
                return silent.then(|| Verdict {
                    what: text.of(T::NoSound),
                    money: "",
                    next: "",
                    quote: None,
                    links: Vec::new(),
                });
            }
            State::Generating => {
                let trouble = intent.follow.trouble.clone()?;
                return Some(Verdict {
                    what: text.of(T::LookFailed),
                    money: "",
                    next: text.of(T::LookFailedNext),
                    quote: quote(&trouble),
                    links: Vec::new(),
                });
            }
            State::Queued if intent.tab.is_empty() => (T::QueuedHeld, T::MoneyNone, T::NextSendQueued),
            State::Queued => (T::QueuedText, T::MoneyNone, T::NextQueued),
            State::Sending => return None,
            State::Unknown => (T::UnknownText, T::MoneyUnknown, T::NextUnknown),
            State::Stale => (T::StaleText, T::MoneyUnknown, T::NextStale),
            State::Rejected | State::Failed => {
                let trouble = intent.trouble.as_ref()?;
                (what(trouble), money(intent), next(trouble))
            }
        };
        let refused = intent.outcome.as_ref().map(|outcome| outcome.refused_urls.clone()).unwrap_or_default();
        Some(Verdict {
            what: text.of(what),
            money: text.of(money),
            next: text.of(next),
            quote: intent.trouble.as_ref().and_then(quote),
            links: refused,
        })
    }
}

/// What happened and whether money was spent, in one line. `None` where all is simply fine.
pub fn reason(text: Text, intent: &Intent) -> Option<String> {
    let verdict = Verdict::of(text, intent)?;
    Some([verdict.what, verdict.money].join(" "))
}

/// What the provider names when it refuses a picture: part of its words in lower case, what they mean, what to do.
const REFUSED_PICTURES: [(&str, T, T); 3] = [
    ("minor", T::WhatMinors, T::NextOtherPicture),
    ("prominent people", T::WhatPeople, T::NextPeople),
    ("unsafe image", T::WhatUnsafeImage, T::NextOtherPicture),
];

fn named(trouble: &Trouble) -> Option<&'static (&'static str, T, T)> {
    let words = trouble.words.to_ascii_lowercase();
    REFUSED_PICTURES.iter().find(|(part, ..)| words.contains(part))
}

/// The provider's own words, and their code.
pub fn quote(trouble: &Trouble) -> Option<String> {
    match (trouble.code, trouble.words.as_str()) {
        (None, "") => None,
        (None, words) => Some(words.to_owned()),
        (Some(code), words) => Some([code.to_string().as_str(), " ", words].concat()),
    }
}

fn what(trouble: &Trouble) -> T {
    match trouble.cause {
        Cause::AnswerLost => T::WhatAnswerLost,
        Cause::PageClosed => T::WhatPageClosed,
        Cause::Unreachable => T::WhatUnreachable,
        Cause::NoVideo => T::WhatNoVideo,
        Cause::UnsafeLink => T::WhatUnsafeLink,
        Cause::NotSent => T::WhatNotSent,
        Cause::Provider(class) => match class {
            Class::Auth => T::WhatAuth,
            Class::OutOfCredits => T::WhatCredits,
            Class::Validation => T::WhatValidation,
            Class::RateLimited => T::WhatRate,
            Class::Policy => named(trouble).map_or(T::WhatPolicy, |(_, what, _)| *what),
            Class::Audio => T::WhatAudio,
            Class::HighTraffic => T::WhatTraffic,
            Class::ImageFetch => T::WhatImage,
            Class::Language => T::WhatLanguage,
            Class::Maintenance => T::WhatMaintenance,
            Class::Blocked => T::WhatBlocked,
            Class::UsageLimit => T::WhatUsageLimit,
            Class::TooOld => T::WhatTooOld,
            Class::Unavailable => T::WhatUnavailable,
            Class::NotFoundYet => T::WhatNotFound,
            Class::Upstream => T::WhatUpstream,
            Class::NotJson | Class::Empty => T::WhatUnreadable,
            Class::Other => T::WhatOther,
        },
    }
}

fn money(intent: &Intent) -> T {
    match (intent.state, intent.spent()) {
        (_, Spent::No) => T::MoneyNone,
        (_, Spent::Yes) => T::MoneySpent,
        (State::Failed, Spent::Unknown) => T::MoneyReturned,
        (_, Spent::Unknown) => T::MoneyUnknown,
    }
}

fn next(trouble: &Trouble) -> T {
    match trouble.cause {
        Cause::Provider(class) => match class {
            Class::Auth | Class::Blocked => T::NextKey,
            Class::OutOfCredits => T::NextTopUp,
            Class::UsageLimit => T::NextKeyLimit,
            Class::RateLimited => T::NextWait,
            Class::Maintenance | Class::HighTraffic | Class::Upstream => T::NextLater,
            Class::Policy => named(trouble).map_or(T::NextPolicy, |(_, _, next)| *next),
            Class::Audio => T::NextAudio,
            Class::Validation => T::NextEdit,
            Class::ImageFetch => T::NextImage,
            Class::Language => T::NextTranslate,
            _ => T::NextAgain,
        },
        Cause::NoVideo | Cause::UnsafeLink => T::NextFetchAgain,
        _ => T::NextAgain,
    }
}
