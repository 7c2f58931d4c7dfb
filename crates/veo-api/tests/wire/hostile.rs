//! Whatever comes in, nothing panics, nothing grows without bound.

use crate::answer;
use proptest::prelude::*;
use veo_api::{Reply, Spent, Upgrade, json};

/// Reads a body in every way there is, and checks what must hold whatever it says.
fn read_everything(reply: &Reply) -> Result<(), TestCaseError> {
    let line = |text: &str| text.chars().count() <= 500 && !text.contains(char::is_control);
    let errors = [
        veo_api::read_created(reply).err(),
        veo_api::read_credit(reply).err(),
        veo_api::read_download_url(reply).err(),
        veo_api::read_upload(reply).err(),
        veo_api::read_record(reply).err(),
        veo_api::read_1080p(reply).err(),
        veo_api::read_4k(reply).err(),
    ];
    for error in errors.iter().flatten() {
        prop_assert!(line(error.message()), "{error:?}");
        prop_assert_eq!(error.is_refusal(), veo_api::spent_on_create(error) == Spent::No);
    }
    if let Ok(record) = veo_api::read_record(reply) {
        let urls = [&record.videos, &record.full_videos, &record.origin_videos];
        prop_assert!(urls.iter().all(|urls| urls.iter().all(|url| url.contains(':') && !url.contains(' '))));
        prop_assert!(record.error_message.is_none_or(|words| line(&words)));
        prop_assert!(record.params.is_none_or(|params| params.callback_url.is_none()));
    }
    if let Ok(Upgrade::Ready { urls, .. }) = veo_api::read_4k(reply) {
        prop_assert!(!urls.is_empty());
    }
    if let Some(callback) = veo_api::read_callback(&reply.body) {
        prop_assert!(line(&callback.message));
    }
    veo_api::Generate::from_param_json(&reply.body);
    Ok(())
}

/// JSON made of the words that the readers look for, so that it gets past the first door.
fn jsonish() -> impl Strategy<Value = String> {
    let keys = [
        "code",
        "msg",
        "data",
        "taskId",
        "task_id",
        "successFlag",
        "response",
        "info",
        "resultUrls",
        "resultUrl",
        "fullResultUrls",
        "originUrls",
        "hasAudioList",
        "seeds",
        "createTime",
        "completeTime",
        "errorCode",
        "errorMessage",
        "paramJson",
        "downloadUrl",
        "imageUrls",
        "duration",
        "resolution",
        "x",
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        prop::sample::select(vec!["0", "1", "2", "200", "400", "422", "-1", "1e300", "0.5", "1776800011000"])
            .prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| format!("\"{number}\"")),
        "\\PC{0,12}".prop_map(|text| json::to_text(&text)),
        "[\\[\\]\\{\\},:\"'a/. -]{0,16}".prop_map(|text| json::to_text(&text)),
        Just(r#""[https://a/b, javascript:alert(1)]""#.to_owned()),
        Just(r#""2025-06-06 10:30:00""#.to_owned()),
        Just(r#""1080P is processing""#.to_owned()),
    ];
    leaf.prop_recursive(5, 48, 8, move |inner| {
        let member = (prop::sample::select(keys.to_vec()), inner.clone())
            .prop_map(|(key, value)| format!("\"{key}\":{value}"));
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec(member, 0..8).prop_map(|members| format!("{{{}}}", members.join(","))),
            inner.prop_map(|value| json::to_text(&value)),
            inner_envelope(),
        ]
    })
}

fn inner_envelope() -> impl Strategy<Value = String> {
    (prop::sample::select(vec![200, 400, 422, 500]), "[a-z ]{0,12}").prop_map(|(code, words)| {
        format!(r#"{{"code":{code},"msg":"{words}","data":{{"taskId":"4711","successFlag":1}}}}"#)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400), status in any::<u16>()) {
        read_everything(&answer(status, String::from_utf8_lossy(&bytes)))?;
    }

    #[test]
    fn arbitrary_json(body in jsonish(), status in prop::sample::select(vec![0u16, 200, 204, 400, 401, 404, 500])) {
        prop_assert!(json::parse(&body).is_some(), "{body}");
        read_everything(&answer(status, body.clone()))?;
        read_everything(&answer(200, format!(r#"{{"code":200,"msg":"success","data":{body}}}"#)))?;
    }

    #[test]
    fn torn_json(body in jsonish(), cut in any::<prop::sample::Index>()) {
        let mut end = cut.index(body.len());
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        read_everything(&answer(200, &body[..end]))?;
    }
}

#[test]
fn depth_is_refused_before_any_parser_sees_it() {
    let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    assert!(json::parse(&nested(64)).is_some());
    assert!(json::parse(&nested(65)).is_none());
    assert!(json::parse(&"[".repeat(1 << 20)).is_none());
    assert!(json::parse(&r#"{"a":"#.repeat(100_000)).is_none());
    assert!(json::parse(&format!("[{}[]]", "[],".repeat(1000))).is_some());
    // Brackets in strings are text, however the quotes around them are escaped.
    assert!(json::parse(&format!(r#"["\"{}\\", 1]"#, "[".repeat(100))).is_some());
    assert!(json::parse(&format!(r#"["\\", {}]"#, nested(64))).is_none());
}

#[test]
fn size_is_bounded_for_foreign_text_only() {
    let text = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
    assert!(json::parse(&text(1 << 20)).is_some());
    assert!(json::parse(&text((1 << 20) + 1)).is_none());
    assert!(json::read::<String>(&text((1 << 20) + 1)).is_some());
    let error = veo_api::read_record(&answer(200, text(5 << 20))).expect_err("too long");
    assert_eq!(error.class(), veo_api::Class::NotJson);
}

#[test]
fn addresses_are_bounded() {
    let record = |url: String| {
        let body = format!(r#"{{"code":200,"data":{{"successFlag":1,"resultUrls":["{url}"]}}}}"#);
        veo_api::read_record(&answer(200, body)).expect("a record").videos.len()
    };
    assert_eq!(record(format!("https://a/{}", "a".repeat(8182))), 1);
    assert_eq!(record(format!("https://a/{}", "a".repeat(8183))), 0);
    for refused in
        ["https://a/ b", "https:", ":a", "1http://a", "ht tp://a", "https://a/\\u0000", "https://a/\\nb"]
    {
        assert_eq!(record(refused.to_owned()), 0, "{refused}");
    }
}

#[test]
fn what_json_cannot_hold_is_null() {
    assert_eq!(json::to_text(&std::collections::BTreeMap::from([((1, 2), 3)])), "null");
    assert_eq!(json::to_text(&f64::NAN), "null");
    assert_eq!(json::to_text(&(1u8, "a")), r#"[1,"a"]"#);
}
