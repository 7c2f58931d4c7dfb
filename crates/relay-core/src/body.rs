//! A client's JSON body, and what is wrong with it in words for whoever wrote the client.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// The most bytes that are passed on in one upload.
pub const MAX_UPLOAD: u64 = 100 << 20;

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is no JSON, or JSON of another kind. A list is none, though it could be read as the fields in their order.
    #[error("The request body is not a JSON object. Nothing was sent.")]
    NoObject,
    /// One of its fields is missing, doubled or of another type: its name and what is wrong.
    #[error("{0}. Nothing was sent.")]
    Field(String),
}

/// Reads a body.
///
/// # Errors
/// It is no object, or one of its fields is not as it must be.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(BodyError::NoObject);
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let words = error.inner().to_string();
        // The place in the text helps nobody who sent a field.
        let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
        match (error.inner().classify(), path.as_str()) {
            (Category::Data, ".") => BodyError::Field(words.to_owned()),
            (Category::Data, field) => BodyError::Field(format!("{field}: {words}")),
            _ => BodyError::NoObject,
        }
    })?;
    reader.end().map_err(|_| BodyError::NoObject)?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Boat {
        name: String,
        sails: Option<Vec<u8>>,
    }

    #[rstest]
    #[case(r#" { "name": "a", "colour": 1 } "#, "")]
    #[case("", "The request body is not a JSON object")]
    #[case("[\"a\", null]", "The request body is not a JSON object")]
    #[case("\"a\"", "The request body is not a JSON object")]
    #[case(r#"{"name":"a""#, "The request body is not a JSON object")]
    #[case(r#"{"name":"a"} {}"#, "The request body is not a JSON object")]
    #[case("{}", "missing field `name`")]
    #[case(r#"{"name":"a","name":"b"}"#, "duplicate field `name`")]
    #[case(r#"{"name":7}"#, "name: invalid type: integer `7`, expected a string")]
    #[case(r#"{"name":"a","sails":[1,-1]}"#, "sails[1]: invalid value: integer `-1`, expected u8")]
    fn what_is_wrong_is_said_by_the_field(#[case] body: &str, #[case] words: &str) {
        let told = read::<Boat>(body.as_bytes()).map_or_else(|error| error.to_string(), |_| String::new());
        assert_eq!(told.strip_suffix(". Nothing was sent.").unwrap_or(&told), words);
    }
}
