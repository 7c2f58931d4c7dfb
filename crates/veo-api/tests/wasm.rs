//! The browser's JSON reads and writes what the native one does: the native snapshots are the measure.
//! Run with `cargo test -p veo-api --target wasm32-unknown-unknown`; needs Node.js.
#![cfg(target_arch = "wasm32")]

use veo_api::json::{self, Value};
use veo_api::{Extend, Generate, Reply, Upgrade4k};
use wasm_bindgen_test::wasm_bindgen_test;

const SUCCESS: &str = include_str!("../../../tests/fixtures/success.json");
const BYTE_ORDER_MARK: &str = include_str!("../../../tests/fixtures/byte-order-mark.json");

const RECORD: &str = include_str!("wire/snapshots/wire__fixtures__a_success_is_read_whole.snap");
const REQUEST: &str =
    include_str!("wire/snapshots/wire__requests__generate_says_everything_it_was_given.snap");
const GENERATE: &str = include_str!("wire/snapshots/wire__requests__stored_generate.snap");
const EXTEND: &str = include_str!("wire/snapshots/wire__requests__stored_extend.snap");
const UPGRADE: &str = include_str!("wire/snapshots/wire__requests__stored_upgrade.snap");

/// A snapshot file without its header.
fn snapshot(file: &str) -> &str {
    file.splitn(3, "---\n").last().expect("a body").trim()
}

fn record(body: &str) -> veo_api::Record {
    veo_api::read_record(&Reply { status: 200, body: body.to_owned(), ..Reply::default() }).expect("a record")
}

#[wasm_bindgen_test]
fn a_record_is_read_as_natively() {
    assert_eq!(format!("{:#?}", record(SUCCESS)), snapshot(RECORD));
    assert!(record(BYTE_ORDER_MARK).videos.is_empty());
}

#[wasm_bindgen_test]
fn stored_forms_and_requests_are_written_as_natively() {
    let generate: Generate = json::read(snapshot(GENERATE)).expect("a stored form");
    assert_eq!(json::to_text(&generate), snapshot(GENERATE));
    assert_eq!(format!("{:#?}", generate.request()), snapshot(REQUEST));
    let extend: Extend = json::read(snapshot(EXTEND)).expect("a stored form");
    assert_eq!(json::to_text(&extend), snapshot(EXTEND));
    let upgrade: Upgrade4k = json::read(snapshot(UPGRADE)).expect("a stored form");
    assert_eq!(json::to_text(&upgrade), snapshot(UPGRADE));
}

#[wasm_bindgen_test]
fn any_value_is_read_as_natively() {
    let text = r#"{"n":null,"t":true,"i":-7,"big":9007199254740994,"f":5916.25,"s":"ä\u0000","l":[1,[]],"m":{"__proto__":1},"d":1,"d":2}"#;
    let Some(Value::Map(members)) = json::parse(text) else { panic!("an object") };
    let value = Value::Map(members);
    assert!(value.get("n").is_some_and(Value::is_null));
    assert_eq!(value.get("t"), Some(&Value::Bool(true)));
    assert_eq!(value.get("i").and_then(Value::as_i64), Some(-7));
    assert_eq!(value.get("big").and_then(Value::as_i64), None);
    assert_eq!(value.get("f").and_then(Value::as_f64), Some(5916.25));
    assert_eq!(value.get("s").and_then(Value::as_str), Some("ä\0"));
    assert_eq!(value.get("l"), Some(&Value::List(vec![Value::Number(1.0), Value::List(vec![])])));
    assert_eq!(value.get("m"), Some(&Value::Map(vec![("__proto__".to_owned(), Value::Number(1.0))])));
    assert_eq!(value.get("d").and_then(Value::as_i64), Some(2));
    assert_eq!(Value::Text("5916.25".to_owned()).as_f64(), Some(5916.25));
}

#[wasm_bindgen_test]
fn hostile_text_is_refused_not_crashed_on() {
    assert_eq!(json::parse(&"[".repeat(1 << 20)), None);
    assert_eq!(json::parse(&["[".repeat(65), "]".repeat(65)].concat()), None);
    assert!(json::parse(&["[".repeat(64), "]".repeat(64)].concat()).is_some());
    assert_eq!(json::parse(&format!("\"{}\"", "a".repeat(1 << 20))), None);
    for not_json in ["", " ", "{", "NaN", "undefined", "{a:1}", "<html>", "[1,]", "1 2"] {
        assert_eq!(json::parse(not_json), None, "{not_json:?}");
    }
    assert_eq!(json::parse("1e999"), Some(Value::Null));
    assert_eq!(json::to_text(&f64::NAN), "null");
    assert_eq!(json::to_text(&u64::MAX), "null");
}
