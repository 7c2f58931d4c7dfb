//! Values in all their spellings: the same thing said differently is read as the same thing.

use crate::{answer, reply};
use proptest::prelude::*;
use rstest::rstest;
use veo_api::json::{self, Value};
use veo_api::{Record, Status, TaskId, Upgrade};

fn record(data: &str) -> Record {
    veo_api::read_record(&reply(format!(r#"{{"code":200,"msg":"success","data":{data}}}"#)))
        .expect("a record")
}

#[rstest]
#[case("0", Status::Generating)]
#[case("\"0\"", Status::Generating)]
#[case("0.0", Status::Generating)]
#[case("1", Status::Succeeded)]
#[case("\" 1 \"", Status::Succeeded)]
#[case("1.0", Status::Succeeded)]
#[case("true", Status::Succeeded)]
#[case("false", Status::Generating)]
#[case("2", Status::Failed(2))]
#[case("3", Status::Failed(3))]
#[case("\"3\"", Status::Failed(3))]
#[case("-1", Status::Failed(-1))]
#[case("7", Status::Failed(7))]
#[case("9223372036854775807", Status::Failed(-1))]
#[case("0.5", Status::Failed(-1))]
#[case("\"abc\"", Status::Failed(-1))]
#[case("[]", Status::Failed(-1))]
#[case("{}", Status::Failed(-1))]
fn only_zero_goes_on_and_only_one_is_success(#[case] flag: &str, #[case] status: Status) {
    assert_eq!(record(&format!(r#"{{"successFlag":{flag}}}"#)).status, status);
    // Neither a result nor an error overrules the flag.
    let mixed = format!(r#"{{"successFlag":{flag},"errorCode":500,"resultUrls":["https://a/b"]}}"#);
    assert_eq!(record(&mixed).status, status);
}

#[rstest]
#[case(r#"{}"#, Status::Generating)]
#[case(r#"{"successFlag":null,"response":null}"#, Status::Generating)]
#[case(r#"{"successFlag":"","completeTime":1776800075000}"#, Status::Generating)]
#[case(r#"{"errorCode":0,"errorMessage":"  "}"#, Status::Generating)]
#[case(r#"{"response":{"resultUrls":["https://a/b"]}}"#, Status::Succeeded)]
#[case(r#"{"response":{"fullResultUrls":["https://a/b"]}}"#, Status::Succeeded)]
#[case(r#"{"errorCode":500}"#, Status::Failed(2))]
#[case(r#"{"errorMessage":"no"}"#, Status::Failed(2))]
fn without_a_flag_the_rest_decides(#[case] data: &str, #[case] status: Status) {
    assert_eq!(record(data).status, status);
}

#[test]
fn results_are_taken_by_priority_and_from_nowhere_else() {
    let places = [
        r#""response":{"resultUrls":["https://a/nested"]}"#,
        r#""resultUrls":"[\"https://a/flat\"]""#,
        r#""info":{"resultUrls":["https://a/info"]}"#,
        r#""paramJson":"{\"resultUrls\":[\"https://a/param\"],\"imageUrls\":[\"https://a/image\"]}""#,
        r#""url":"https://a/other","response2":{"resultUrls":["https://a/other"]}"#,
    ];
    let videos = |from: usize| record(&format!("{{{}}}", places[from..].join(","))).videos;
    assert_eq!(videos(0), ["https://a/nested"]);
    assert_eq!(videos(1), ["https://a/flat"]);
    assert_eq!(videos(2), ["https://a/info"]);
    assert_eq!(videos(3), [""; 0]);
    // An empty place does not hide a full one.
    let hidden = r#"{"response":{"resultUrls":[]},"resultUrls":["https://a/flat"]}"#;
    assert_eq!(record(hidden).videos, ["https://a/flat"]);
    let quoted = r#"{"resultUrls":"[ 'https://a/b' , 'https://a/c' ]"}"#;
    assert_eq!(record(quoted).videos, ["https://a/b", "https://a/c"]);
}

#[test]
fn names_and_parameters_may_stand_elsewhere() {
    let nested = record(r#"{"successFlag":1,"response":{"taskId":"4711"}}"#);
    assert_eq!(nested.task_id.as_ref().map(TaskId::as_str), Some("4711"));
    let open = record(r#"{"paramJson":{"prompt":"boat"}}"#);
    assert_eq!(open.params.map(|params| params.prompt), Some("boat".to_owned()));
}

#[test]
fn a_record_needs_both_the_status_and_the_code() {
    let body = r#"{"code":200,"msg":"success","data":{"successFlag":1}}"#;
    assert!(veo_api::read_record(&answer(200, body)).is_ok());
    assert!(veo_api::read_record(&answer(500, body)).is_err());
}

#[rstest]
#[case("1776800011000", Some(1_776_800_011_000))]
#[case("1776800011", Some(1_776_800_011_000))]
#[case("\"1776800011000\"", Some(1_776_800_011_000))]
#[case("1776800011000.0", Some(1_776_800_011_000))]
#[case("\"1970-01-01 00:00:01\"", Some(1000))]
#[case("\"2000-02-29 12:00:00\"", Some(951_825_600_000))]
#[case("\"2024-03-01 00:00:00\"", Some(1_709_251_200_000))]
#[case("\"2025-06-06 10:30:00\"", Some(1_749_205_800_000))]
#[case("\"2026-04-16T07:19:12.862Z\"", Some(1_776_323_952_000))]
#[case("\"9999-12-31 23:59:59\"", Some(253_402_300_799_000))]
#[case("253402300799999", Some(253_402_300_799_999))]
#[case("253402300800000", None)]
#[case("0", None)]
#[case("-5", None)]
#[case("9223372036854775807", None)]
#[case("\"9223372036854775808\"", None)]
#[case("\"\"", None)]
#[case("\"yesterday\"", None)]
#[case("\"1969-12-31 23:59:59\"", None)]
#[case("\"2025-13-01 00:00:00\"", None)]
#[case("\"2025-01-01 24:00:00\"", None)]
#[case("\"2025-01-01\"", None)]
#[case("\"2025-01-01 10:00\"", None)]
#[case("\"2025-01-01-01 10:00:00\"", None)]
#[case("\"2025-01-01 10:00:00:00\"", None)]
#[case("\"2025-01-01 10:00:00+08:00\"", None)]
#[case("null", None)]
#[case("{}", None)]
fn times_in_every_spelling(#[case] time: &str, #[case] ms: Option<u64>) {
    assert_eq!(record(&format!(r#"{{"createTime":{time}}}"#)).created_ms, ms);
}

#[rstest]
#[case("[true]", Some(true))]
#[case("[true,false]", Some(false))]
#[case("[\"FALSE\"]", Some(false))]
#[case("false", Some(false))]
#[case("[null,true]", Some(true))]
#[case("[]", None)]
#[case("[null]", None)]
#[case("null", None)]
fn sound_is_missing_if_any_is(#[case] list: &str, #[case] has_audio: Option<bool>) {
    assert_eq!(record(&format!(r#"{{"response":{{"hasAudioList":{list}}}}}"#)).has_audio, has_audio);
}

#[rstest]
#[case(r#"{"code":422,"msg":"The video has been generated successfully","data":null}"#, false)]
#[case(r#"{"code":200,"msg":"success","data":{"resultUrl":""}}"#, false)]
#[case(r#"{"code":200,"msg":"success","data":{"resultUrl":"https://a/b"}}"#, true)]
#[case(r#"{"code":400,"msg":"done","data":{"resultUrls":"[https://a/b]"}}"#, true)]
#[case(r#"{"code":200,"msg":"success","data":{"info":{"resultUrls":["https://a/b"]}}}"#, true)]
#[case(r#"{"code":200,"msg":"success","data":{"task_id":"t","result_urls":["https://a/b"]}}"#, true)]
fn upgrades_in_every_shape(#[case] body: &str, #[case] ready: bool) {
    let upgrade = veo_api::read_4k(&reply(body)).expect("an upgrade");
    assert_eq!(veo_api::read_1080p(&reply(body)), Ok(upgrade.clone()));
    assert_eq!(matches!(upgrade, Upgrade::Ready { .. }), ready, "{upgrade:?}");
}

#[rstest]
#[case(400, "1080P failed, please try again later")]
#[case(422, "Error while processing the request")]
#[case(422, "Your call frequency is too high. Please try again later.")]
#[case(400, "High traffic, please try again later")]
#[case(422, "This video is unavailable, please check back")]
#[case(422, "no")]
#[case(500, "processing")]
#[case(429, "Please try again later")]
fn words_of_trouble_are_not_words_of_waiting(#[case] code: i64, #[case] words: &str) {
    for data in ["null", r#"{"taskId":"4711","resultUrls":null}"#] {
        let body = format!(r#"{{"code":{code},"msg":"{words}","data":{data}}}"#);
        assert!(veo_api::read_4k(&reply(body)).is_err());
    }
}

#[test]
fn numbers_are_exact_or_absent() {
    let value = |text: &str| json::parse(text).expect("JSON");
    assert_eq!(value("\"9223372036854775807\"").as_i64(), Some(i64::MAX));
    assert_eq!(value("9007199254740992").as_i64(), Some(9_007_199_254_740_992));
    assert_eq!(value("9007199254740994").as_i64(), None);
    assert_eq!(value("1.5").as_i64(), None);
    assert_eq!(value("\" 1.5 \"").as_f64(), Some(1.5));
    for no_number in ["\"NaN\"", "\"inf\"", "\"\"", "\"[1]\"", "null", "true", "[]"] {
        assert_eq!(value(no_number).as_f64(), None, "{no_number}");
    }
}

#[test]
fn the_last_of_repeated_members_counts() {
    let value = json::parse(r#"{"a":1,"b":null,"a":2}"#).expect("JSON");
    assert_eq!(value.get("a").and_then(Value::as_i64), Some(2));
    assert!(value.get("b").is_some_and(Value::is_null));
    assert_eq!(record(r#"{"successFlag":0,"successFlag":1}"#).status, Status::Succeeded);
    let body = r#"{"code":500,"data":null,"code":200,"data":{"taskId":"4711"}}"#;
    assert_eq!(veo_api::read_created(&reply(body)).map(|task| task.to_string()), Ok("4711".to_owned()));
}

proptest! {
    /// An array, its text, the pseudo-array, and for one address the address alone.
    #[test]
    fn addresses_in_every_spelling(urls in prop::collection::vec("https?://[a-z.]{1,12}/[a-zA-Z0-9/_.?&=%-]{0,20}", 0..4)) {
        let list = json::to_text(&urls);
        let text = json::to_text(&list);
        let pseudo = json::to_text(&format!("[{}]", urls.join(", ")));
        let tight = json::to_text(&format!("[{}]", urls.join(",")));
        let mut spellings = vec![list, text, pseudo, tight];
        if let [url] = &urls[..] {
            spellings.push(json::to_text(url));
        }
        for spelling in spellings {
            prop_assert_eq!(&record(&format!(r#"{{"response":{{"resultUrls":{spelling}}}}}"#)).videos, &urls);
            prop_assert_eq!(&record(&format!(r#"{{"resultUrls":{spelling}}}"#)).videos, &urls);
        }
    }

    /// Dates against an independent count of days.
    #[test]
    fn dates_count_every_day(day in 0u64..200_000, second in 0u64..86_400) {
        let (mut year, mut month, mut rest) = (1970, 0, day);
        let lengths = |year: u64| {
            let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
            [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        while rest >= lengths(year)[month] {
            rest -= lengths(year)[month];
            month += 1;
            if month == 12 {
                (year, month) = (year + 1, 0);
            }
        }
        let text = format!(
            "\"{year}-{:02}-{:02} {:02}:{:02}:{:02}\"",
            month + 1, rest + 1, second / 3600, second / 60 % 60, second % 60
        );
        let expected = (day * 86_400 + second) * 1000;
        prop_assert_eq!(record(&format!(r#"{{"createTime":{text}}}"#)).created_ms, Some(expected));
    }
}
