//! Fetching a large file over a connection that breaks: what to ask for next, and what an answer is worth. Pure; the
//! bytes themselves are the caller's.

use crate::retry::after_poll_error;

/// Broken or failed answers after which is given up.
const MAX_BREAKS: u32 = 5;

/// A download under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Download {
    have: u64,
    total: Option<u64>,
    tag: Option<String>,
    breaks: u32,
    /// The last answer was refused before it began, perhaps because of the condition.
    unconditional: bool,
}

/// The request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// `Range`, where a part is missing.
    pub range: Option<String>,
    /// `If-Range`, where the version is known.
    pub if_range: Option<String>,
}

/// The head of an answer. Headers that the host does not show are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// `Content-Range`.
    pub range: Option<&'a str>,
    /// `ETag`.
    pub tag: Option<&'a str>,
}

/// What to do with the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// It continues what is there.
    Append,
    /// It is the whole: what is there is thrown away first.
    StartOver,
    /// Nothing: ask again after so many seconds, given a random number.
    Nothing,
    /// The link is dead.
    Gone,
    /// The host does not give it.
    Refused,
}

impl Download {
    /// What to ask for.
    pub fn ask(&self) -> Ask {
        if self.have == 0 {
            return Ask { range: None, if_range: None };
        }
        let range = Some(["bytes=", &self.have.to_string(), "-"].concat());
        Ask { range, if_range: self.tag.clone().filter(|_| !self.unconditional) }
    }

    /// What is worth of an answer.
    pub fn answered(&mut self, answer: Answer<'_>) -> Take {
        // A weak tag does not promise the same bytes.
        let tag = answer.tag.filter(|tag| !tag.starts_with("W/"));
        match answer.status {
            200 => {
                let kept = Download { breaks: self.breaks, ..Download::default() };
                *self = Download { total: answer.length, tag: tag.map(str::to_owned), ..kept };
                Take::StartOver
            }
            206 if self.have > 0 && self.continues(answer, tag) => Take::Append,
            // Another part than asked for, or of another file: from the beginning.
            206 | 416 => {
                self.have = 0;
                Take::Nothing
            }
            403 | 404 | 410 => Take::Gone,
            408 | 425 | 429 | 500..=599 => Take::Nothing,
            _ => Take::Refused,
        }
    }

    fn continues(&self, answer: Answer<'_>, tag: Option<&str>) -> bool {
        let same_tag = match (&self.tag, tag) {
            (Some(known), Some(tag)) => known == tag,
            _ => true,
        };
        // Where the host hides the range, its length tells.
        let part = match (answer.range, answer.length, self.total) {
            (Some(range), ..) => return same_tag && self.is_next(range),
            (None, Some(length), Some(total)) => self.have + length == total,
            _ => false,
        };
        same_tag && part
    }

    /// True for `bytes <have>-<end>/<total>`.
    fn is_next(&self, range: &str) -> bool {
        let Some((part, total)) = range.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')) else {
            return false;
        };
        let from = part.split('-').next().and_then(|from| from.parse::<u64>().ok());
        let same_total = match (self.total, total.parse::<u64>().ok()) {
            (Some(known), Some(total)) => known == total,
            _ => true,
        };
        from == Some(self.have) && same_total
    }

    /// More bytes are there.
    pub fn took(&mut self, bytes: u64) {
        self.have += bytes;
        self.unconditional = false;
    }

    /// How much is there, from 0 to 1, where that can be known.
    pub fn share(&self) -> Option<f64> {
        self.total.filter(|total| *total > 0).map(|total| (self.have as f64 / total as f64).min(1.0))
    }

    /// The body ended without an error: true if that is all.
    pub fn is_whole(&self) -> bool {
        self.have > 0 && self.total.is_none_or(|total| self.have >= total)
    }

    /// No answer came, or it broke, or it said to come again. Seconds to wait before the next try; `None` to give up: a
    /// file of which no byte ever came is one that this page may not read.
    pub fn broke(&mut self, heard: bool, random01: f64) -> Option<f64> {
        self.breaks += 1;
        if !heard {
            if self.have == 0 {
                return None;
            }
            self.unconditional = !self.unconditional;
        }
        (self.breaks <= MAX_BREAKS).then(|| after_poll_error(self.breaks, None, random01))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const WHOLE: Answer<'_> = Answer { status: 200, length: Some(1_000), range: None, tag: Some("\"a\"") };
    const REST: Answer<'_> =
        Answer { status: 206, length: Some(600), range: Some("bytes 400-999/1000"), tag: Some("\"a\"") };

    /// A download that broke after 400 of 1000 bytes.
    fn broken() -> Download {
        let mut download = Download::default();
        assert_eq!(download.ask(), Ask { range: None, if_range: None });
        assert_eq!(download.answered(WHOLE), Take::StartOver);
        download.took(400);
        assert!(!download.is_whole());
        assert!(download.broke(true, 0.5).is_some());
        download
    }

    #[test]
    fn what_broke_goes_on_where_it_was() {
        let mut download = broken();
        let ask = download.ask();
        assert_eq!((ask.range.as_deref(), ask.if_range.as_deref()), (Some("bytes=400-"), Some("\"a\"")));
        assert_eq!(download.answered(REST), Take::Append);
        download.took(600);
        assert!(download.is_whole());
        assert_eq!(download.share(), Some(1.0));
    }

    #[rstest]
    #[case::other_start(Answer { range: Some("bytes 0-999/1000"), ..REST })]
    #[case::other_total(Answer { range: Some("bytes 400-1999/2000"), ..REST })]
    #[case::other_version(Answer { tag: Some("\"b\""), ..REST })]
    #[case::nonsense(Answer { range: Some("bytes */1000"), ..REST })]
    #[case::hidden_and_odd(Answer { range: None, length: Some(1_000), ..REST })]
    #[case::past_the_end(Answer { status: 416, ..REST })]
    fn a_part_that_does_not_fit_is_thrown_away(#[case] answer: Answer<'_>) {
        let mut download = broken();
        assert_eq!(download.answered(answer), Take::Nothing);
        assert_eq!(download.ask(), Ask { range: None, if_range: None });
    }

    #[test]
    fn a_host_that_hides_its_headers_is_believed_by_the_length() {
        let mut download = broken();
        assert_eq!(download.answered(Answer { range: None, tag: None, ..REST }), Take::Append);
    }

    #[test]
    fn the_whole_instead_of_a_part_begins_anew() {
        let mut download = broken();
        let other = Answer { length: Some(2_000), tag: None, ..WHOLE };
        assert_eq!(download.answered(other), Take::StartOver);
        download.took(1_999);
        assert!(!download.is_whole());
        download.took(1);
        assert!(download.is_whole());
    }

    #[test]
    fn a_weak_tag_is_no_condition() {
        let mut download = Download::default();
        download.answered(Answer { tag: Some("W/\"a\""), ..WHOLE });
        download.took(10);
        assert_eq!(download.ask().if_range, None);
    }

    #[test]
    fn a_condition_that_may_be_why_nothing_came_is_left_out_next_time() {
        let mut download = broken();
        assert!(download.broke(false, 0.5).is_some());
        let ask = download.ask();
        assert_eq!((ask.range.as_deref(), ask.if_range), (Some("bytes=400-"), None));
    }

    #[test]
    fn it_gives_up_after_five_breaks_and_at_once_where_nothing_may_be_read() {
        assert_eq!(Download::default().broke(false, 0.5), None);
        let mut download = broken();
        let more = (0..10).take_while(|_| download.broke(true, 0.5).is_some()).count();
        assert_eq!(more, 4);
    }

    #[rstest]
    #[case(403, Take::Gone)]
    #[case(404, Take::Gone)]
    #[case(410, Take::Gone)]
    #[case(429, Take::Nothing)]
    #[case(503, Take::Nothing)]
    #[case(401, Take::Refused)]
    #[case(204, Take::Refused)]
    fn statuses(#[case] status: u16, #[case] take: Take) {
        assert_eq!(broken().answered(Answer { status, ..Answer::default() }), take);
    }
}
