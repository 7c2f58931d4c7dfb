//! JSON: what comes out is as shallow as promised, its numbers are finite, its members can be found.

#![no_main]

use libfuzzer_sys::fuzz_target;
use veo_api::json::{self, Value};

fuzz_target!(|text: &str| {
    let Some(value) = json::parse(text) else {
        return;
    };
    check(&value, 0);
});

fn check(value: &Value, depth: usize) {
    assert!(depth <= 64);
    _ = (value.as_i64(), value.as_str());
    assert!(value.as_f64().is_none_or(f64::is_finite));
    match value {
        Value::List(list) => list.iter().for_each(|value| check(value, depth + 1)),
        Value::Map(members) => {
            for (name, member) in members {
                assert!(value.get(name).is_some());
                check(member, depth + 1);
            }
        }
        _ => {}
    }
}
