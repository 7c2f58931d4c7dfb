//! What the provider repeats of our callback address must not reach a browser or a log: it opens an intent.

use serde_json::Value;

const CALLBACK: &str = "/relay/callback/";

/// A body without callback addresses of relays. Unchanged, to the byte, where there is none.
pub fn scrub(body: String) -> String {
    // A slash may be escaped, so only the last word is looked for.
    if !body.contains("callback") {
        return body;
    }
    match serde_json::from_str::<Value>(&body) {
        Ok(mut value) => {
            if clean(&mut value) {
                value.to_string()
            } else {
                body
            }
        }
        Err(_) => without_tokens(&body).unwrap_or(body),
    }
}

/// Cleans a value in place; true if anything was found.
fn clean(value: &mut Value) -> bool {
    match value {
        Value::Array(list) => list.iter_mut().fold(false, |found, item| clean(item) | found),
        Value::Object(members) => {
            let before = members.len();
            members.retain(|_, member| !member.as_str().is_some_and(is_callback));
            let mut found = members.len() != before;
            for (_, member) in members.iter_mut() {
                found |= clean(member);
            }
            found
        }
        Value::String(text) => {
            // `paramJson` and `promptJson` are JSON in a string.
            let cleaned = match serde_json::from_str::<Value>(text) {
                Ok(mut inner @ (Value::Object(_) | Value::Array(_))) => {
                    clean(&mut inner).then(|| inner.to_string())
                }
                _ => without_tokens(text),
            };
            let found = cleaned.is_some();
            if let Some(cleaned) = cleaned {
                *text = cleaned;
            }
            found
        }
        _ => false,
    }
}

fn is_callback(text: &str) -> bool {
    text.starts_with("http") && text.contains(CALLBACK)
}

/// The text with everything after `/relay/callback/`, up to the end of the address, left out; `None` if there is none.
pub fn without_tokens(text: &str) -> Option<String> {
    let mut pieces = text.split(CALLBACK);
    let mut cleaned = pieces.next()?.to_owned();
    let mut found = false;
    for piece in pieces {
        found = true;
        let end = piece.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\\' | '\'' | '<' | '>'));
        cleaned.push_str(CALLBACK);
        cleaned.push('…');
        cleaned.push_str(end.map_or("", |end| &piece[end..]));
    }
    found.then_some(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    const TOKEN: &str = "abcdefghijklmnopqrstuv";

    #[rstest]
    #[case(r#"{"data":{"paramJson":"{\"callBackUrl\":\"https://r.example/relay/callback/i/abcdefghijklmnopqrstuv\",\"prompt\":\"boat\"}"}}"#)]
    #[case(r#"{"data":{"paramJson":"{\"callBackUrl\":\"https:\\/\\/r.example\\/relay\\/callback\\/i\\/abcdefghijklmnopqrstuv\",\"prompt\":\"boat\"}"}}"#)]
    #[case(r#"{"msg":"boat: https://r.example/relay/callback/i/abcdefghijklmnopqrstuv is not reachable"}"#)]
    #[case(
        r#"{"data":{"callBackUrl":"https://r.example/relay/callback/i/abcdefghijklmnopqrstuv"},"x":"boat"}"#
    )]
    #[case(r#"{"data":"[{\"u\":\"http://r.example/relay/callback/i/abcdefghijklmnopqrstuv\"}]","x":"boat"}"#)]
    #[case("boat https://r.example/relay/callback/i/abcdefghijklmnopqrstuv no JSON")]
    fn no_token_is_left(#[case] body: &str) {
        let scrubbed = scrub(body.to_owned());
        assert!(!scrubbed.contains(TOKEN), "{scrubbed}");
        assert!(scrubbed.contains("boat"), "{scrubbed}");
    }

    #[rstest]
    #[case(r#"{"b":1, "a":"{\"callBackUrl\":\"https://own.example/callback\"}"}"#)]
    #[case("callback, but not ours")]
    fn the_rest_stays_to_the_byte(#[case] body: &str) {
        assert_eq!(scrub(body.to_owned()), body);
    }

    /// JSON that holds the address somewhere, in plain sight or in JSON within JSON.
    fn echo() -> impl Strategy<Value = Value> {
        let address = format!("https://r.example/relay/callback/intent/{TOKEN}");
        let words = ["", "see ", "[", "{\"a\":"];
        let leaf = (prop::sample::select(words.to_vec()), Just(address))
            .prop_map(|(before, address)| Value::String(format!("{before}{address}")));
        leaf.prop_recursive(6, 24, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|value| Value::String(value.to_string())),
                inner.clone().prop_map(|value| json!({ "paramJson": value, "code": 200 })),
                prop::collection::vec(inner, 1..3).prop_map(Value::Array),
            ]
        })
    }

    proptest! {
        #[test]
        fn however_deep_it_hides_the_token_is_found(value in echo()) {
            let scrubbed = scrub(value.to_string());
            prop_assert!(!scrubbed.contains(TOKEN), "{}", scrubbed);
            prop_assert!(serde_json::from_str::<Value>(&scrubbed).is_ok());
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            scrub(format!("{text}/relay/callback/{text}"));
        }
    }
}
