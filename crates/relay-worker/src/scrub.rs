//! What the provider repeats of our callback address must not reach a browser: it opens an intent.

const CALLBACK: &str = "/relay/callback/";

/// A body in which nothing follows `/relay/callback/` up to the end of each address. `paramJson` is JSON in a string,
/// where a slash may be escaped once or twice.
pub(crate) fn scrub(body: String) -> String {
    if !body.contains("callback") {
        return body;
    }
    let plain = [CALLBACK.to_owned(), CALLBACK.replace('/', "\\/"), CALLBACK.replace('/', "\\\\\\/")];
    plain.iter().fold(body, |body, word| without_tokens(&body, word))
}

fn without_tokens(text: &str, word: &str) -> String {
    let mut pieces = text.split(word);
    let mut clean = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        clean.push_str(word);
        clean.push('…');
        let is_end = |(at, c): &(usize, char)| {
            let escapes_a_slash = *c == '\\' && piece[*at..].trim_start_matches('\\').starts_with('/');
            c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>') || (*c == '\\' && !escapes_a_slash)
        };
        clean.push_str(piece.char_indices().find(is_end).map_or("", |(end, _)| &piece[end..]));
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "abcdefghijklmnopqrstuv";

    #[test]
    fn no_token_is_left_and_json_stays_json() {
        for body in [
            r#"{"data":{"paramJson":"{\"callBackUrl\":\"https://r.example/relay/callback/i/abcdefghijklmnopqrstuv\",\"prompt\":\"boat\"}"}}"#,
            r#"{"data":{"callBackUrl":"https:\/\/r.example\/relay\/callback\/i\/abcdefghijklmnopqrstuv","prompt":"boat"}}"#,
            r#"{"data":{"paramJson":"{\"callBackUrl\":\"https:\\\/\\\/r.example\\\/relay\\\/callback\\\/i\\\/abcdefghijklmnopqrstuv\",\"prompt\":\"boat\"}"}}"#,
            r#"{"msg":"boat: https://r.example/relay/callback/i/abcdefghijklmnopqrstuv is not reachable"}"#,
        ] {
            let clean = scrub(body.to_owned());
            assert!(!clean.contains(TOKEN) && clean.contains("boat"), "{clean}");
            assert!(serde_json::from_str::<serde_json::Value>(&clean).is_ok(), "{clean}");
        }
    }

    #[test]
    fn the_rest_stays_to_the_byte() {
        let body = r#"{"b":1, "a":"{\"callBackUrl\":\"https://own.example/callback\"}"}"#;
        assert_eq!(scrub(body.to_owned()), body);
    }
}
