//! Videos as browsers name them: a task, a version and a number, never an address.

use crate::envelope::own;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use veo_api::{ApiError, Class, Record, Reply, TaskId};

/// How long it holds where a task's videos lie: a player asks for many parts of one, the provider's links live for days.
const KNOWN_MS: u64 = 60_000;
/// And that there is none yet.
const MISSED_MS: u64 = 3_000;
/// Of how many tasks that is remembered.
pub const TASKS_KNOWN: usize = 1000;

const RENDITIONS: [&str; 3] = ["720p", "1080p", "4k"];

/// One video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The task it belongs to.
    pub task: TaskId,
    /// Which version: `720p`, `1080p`, `4k`.
    pub rendition: String,
    /// Which of the task's videos, from 0.
    pub index: usize,
}

impl Video {
    /// Reads the words of an address; `None` if they name no video. No video has two names, so `00` is none.
    pub fn read(task: &str, rendition: &str, index: &str) -> Option<Video> {
        let task = TaskId::parse(task).filter(|id| id.as_str() == task)?;
        let rendition = RENDITIONS.contains(&rendition).then(|| rendition.to_owned())?;
        let number: usize = index.parse().ok()?;
        (number.to_string() == index).then_some(Video { task, rendition, index: number })
    }
}

/// Until when it holds what a task's record says of its videos, or that there is no record.
pub fn known_until(record: Option<&Record>, now_ms: u64) -> u64 {
    let has_videos = record.is_some_and(|record| !record.videos.is_empty() || !record.full_videos.is_empty());
    now_ms + if has_videos { KNOWN_MS } else { MISSED_MS }
}

/// Whether an `If-None-Match` header names the version with this tag, so that the browser has it already.
pub fn is_had(if_none_match: &str, own: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    if_none_match.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(own))
}

/// What a browser is told where the record that knows a video's address could not be read. Only a record that is not
/// there, or not any more, means that the video is not.
pub fn no_record(error: &ApiError) -> Reply {
    let status = match error.class() {
        Class::NotFoundYet | Class::TooOld | Class::Validation => 404,
        // `data: null` under 200 is one way of knowing no such task (wire).
        Class::Empty if error.code() == Some(200) => 404,
        Class::RateLimited => 429,
        Class::Maintenance | Class::HighTraffic => 503,
        _ => 502,
    };
    if status == 404 {
        return own(404, "There is no such video.", &Value::Null);
    }
    let words = format!("Where the video lies could not be read: {error}. Looking is free; ask again soon.");
    Reply { retry_after_s: error.retry_after_s(), ..own(status, &words, &Value::Null) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use veo_api::read_record;

    #[rstest]
    #[case("a", "720p", "0", true)]
    #[case("a", "4k", "12", true)]
    #[case("a", "720p", "00", false)]
    #[case("a", "720p", "+1", false)]
    #[case("a", "720p", "-1", false)]
    #[case("a", "720p", "", false)]
    #[case("a", "720P", "0", false)]
    #[case("a", "2k", "0", false)]
    #[case(" a", "720p", "0", false)]
    #[case("../a", "720p", "0", false)]
    fn a_video_has_one_name(
        #[case] task: &str,
        #[case] rendition: &str,
        #[case] index: &str,
        #[case] good: bool,
    ) {
        assert_eq!(Video::read(task, rendition, index).is_some(), good);
    }

    #[test]
    fn a_version_is_known_by_its_tag_however_weak() {
        for (tags, had) in [
            ("\"a\"", true),
            ("\"b\", W/\"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!((is_had(tags, "\"a\""), is_had(tags, "W/\"a\"")), (had, had), "{tags}");
        }
    }

    #[rstest]
    #[case(200, r#"{"code":422,"msg":"recordInfo is null","data":null}"#, 404)]
    #[case(200, r#"{"code":422,"msg":"Temporarily supports records within 14 days.","data":null}"#, 404)]
    #[case(200, r#"{"code":404,"msg":"not found","data":null}"#, 404)]
    #[case(200, r#"{"code":200,"msg":"success","data":null}"#, 404)]
    #[case(200, r#"{"code":500,"msg":"err"}"#, 502)]
    #[case(200, r#"{"code":401,"msg":"Unauthorized"}"#, 502)]
    #[case(200, r#"{"code":429,"msg":"slower"}"#, 429)]
    #[case(200, r#"{"code":455,"msg":"maintenance"}"#, 503)]
    #[case(200, "<html>", 502)]
    #[case(200, "", 502)]
    #[case(403, "error code: 1010", 502)]
    fn only_a_record_that_is_not_there_means_no_video(
        #[case] status: u16,
        #[case] body: &str,
        #[case] told: u16,
    ) {
        let reply = Reply { status, body: body.to_owned(), retry_after_s: Some(7), ..Reply::default() };
        let error = read_record(&reply).unwrap_err();
        let answer = no_record(&error);
        assert_eq!((answer.status, answer.retry_after_s), (told, (told != 404).then_some(7)));
        assert!(told == 404 || answer.body.contains(error.message()), "{}", answer.body);
    }
}
