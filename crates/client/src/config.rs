//! `config.json`: what a deployment decides without a rebuild. Reading it is forgiving about what is missing or
//! unknown and strict about what is wrong: an error names the field.

use crate::expect::Typical;
use veo_api::json::{self, Value};

/// Who the page speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The provider, with the person's own key.
    Direct,
    /// A relay, which holds the key.
    Relay,
}

/// The configuration. Addresses may be relative to the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Who the page speaks to unless the person chose otherwise.
    pub connection: Connection,
    /// Base of the provider's API.
    pub api_base: String,
    /// Base of the provider's upload host.
    pub upload_base: String,
    /// Base of the relay.
    pub relay_base: String,
    /// Origins whose result links are accepted besides public `https:` ones.
    pub media_origins: Vec<String>,
    /// Prior medians of the generation time.
    pub typical: Typical,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            connection: Connection::Direct,
            api_base: "https://api.kie.ai".into(),
            upload_base: "https://kieai.redpandaai.co".into(),
            relay_base: "./".into(),
            media_origins: Vec::new(),
            typical: Typical::default(),
        }
    }
}

/// What is wrong with a configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("config.json: {field}: {expected}")]
pub struct ConfigError {
    /// The field, with dots for nesting; empty for the file as a whole.
    pub field: String,
    /// What should stand there.
    pub expected: &'static str,
}

/// Longest prior median that makes sense, in seconds.
const LONGEST_TYPICAL_S: f64 = 7200.0;

/// Reads configurations, each laid over the ones before it, the first over the defaults; an empty text changes nothing.
/// Also returns the names of fields that mean nothing.
pub fn read_config(texts: &[&str]) -> Result<(Config, Vec<String>), ConfigError> {
    let mut config = Config::default();
    let mut unknown = Vec::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        lay_over(&mut config, text, &mut unknown)?;
    }
    Ok((config, unknown))
}

fn lay_over(config: &mut Config, text: &str, unknown: &mut Vec<String>) -> Result<(), ConfigError> {
    let Some(Value::Map(fields)) = json::parse(text) else {
        return wrong("", "a JSON object");
    };
    for (name, value) in &fields {
        match name.as_str() {
            "version" => {
                if value.as_i64() != Some(1) {
                    return wrong(name, "1");
                }
            }
            "connection" => {
                config.connection = match value.as_str() {
                    Some("direct") => Connection::Direct,
                    Some("relay") => Connection::Relay,
                    _ => return wrong(name, "\"direct\" or \"relay\""),
                }
            }
            "apiBase" => config.api_base = base(name, value)?,
            "uploadBase" => config.upload_base = base(name, value)?,
            "relayBase" => config.relay_base = base(name, value)?,
            "mediaOrigins" => config.media_origins = origins(name, value)?,
            "typicalSeconds" => read_typical(name, value, &mut config.typical, unknown)?,
            _ => unknown.push(name.clone()),
        }
    }
    Ok(())
}

fn wrong<T>(field: &str, expected: &'static str) -> Result<T, ConfigError> {
    Err(ConfigError { field: field.to_owned(), expected })
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['@', ' ', '\\']))
}

/// `//host` and `/\host` are addresses of other hosts, not paths.
fn is_absolute_path(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']))
}

fn base(field: &str, value: &Value) -> Result<String, ConfigError> {
    match value.as_str() {
        Some(text) if is_web_address(text) || text.starts_with("./") || is_absolute_path(text) => {
            Ok(text.to_owned())
        }
        _ => wrong(field, "an http(s) address, or one relative to the page that begins with ./ or /"),
    }
}

fn origins(field: &str, value: &Value) -> Result<Vec<String>, ConfigError> {
    let expected = "a list of origins such as \"https://media.example.org\"";
    let Some(list) = value.as_list() else {
        return wrong(field, expected);
    };
    let mut origins = Vec::new();
    for item in list {
        let origin = item.as_str().map(|text| text.trim_end_matches('/'));
        match origin {
            Some(text) if is_web_address(text) && text.matches('/').count() == 2 => {
                origins.push(text.to_owned())
            }
            _ => return wrong(field, expected),
        }
    }
    Ok(origins)
}

fn read_typical(
    field: &str,
    value: &Value,
    typical: &mut Typical,
    unknown: &mut Vec<String>,
) -> Result<(), ConfigError> {
    let Value::Map(models) = value else {
        return wrong(field, "an object of seconds by model");
    };
    for (model, seconds) in models {
        let name = [field, model].join(".");
        let slot = match model.as_str() {
            "veo3" => &mut typical.quality,
            "veo3_fast" => &mut typical.fast,
            "veo3_lite" => &mut typical.lite,
            _ => {
                unknown.push(name);
                continue;
            }
        };
        match seconds.as_f64() {
            Some(seconds) if seconds > 0.0 && seconds <= LONGEST_TYPICAL_S => *slot = seconds,
            _ => return wrong(&name, "a number of seconds above 0 and up to 7200"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_of(text: &str) -> String {
        read_config(&[text]).expect_err("should be refused").field
    }

    #[test]
    fn nothing_and_an_empty_object_are_the_defaults() {
        assert_eq!(read_config(&[""]).unwrap().0, Config::default());
        assert_eq!(read_config(&[" {} "]).unwrap().0, Config::default());
    }

    #[test]
    fn the_documented_example_is_the_default() {
        let text = include_str!("../../../www/config.json");
        assert_eq!(read_config(&[text]).unwrap(), (Config::default(), vec![]));
    }

    #[test]
    fn an_error_names_the_field() {
        assert_eq!(field_of("[]"), "");
        assert_eq!(field_of("<!DOCTYPE html>"), "");
        assert_eq!(field_of(r#"{"version": 2}"#), "version");
        assert_eq!(field_of(r#"{"connection": "both"}"#), "connection");
        assert_eq!(field_of(r#"{"apiBase": "javascript:alert(1)"}"#), "apiBase");
        assert_eq!(field_of(r#"{"apiBase": "https://user@host"}"#), "apiBase");
        assert_eq!(field_of(r#"{"relayBase": 5}"#), "relayBase");
        assert_eq!(field_of(r#"{"relayBase": "//host.example"}"#), "relayBase");
        assert_eq!(field_of(r#"{"apiBase": "/\\host.example"}"#), "apiBase");
        assert_eq!(field_of(r#"{"mediaOrigins": "https://a.example"}"#), "mediaOrigins");
        assert_eq!(field_of(r#"{"mediaOrigins": ["https://a.example/path"]}"#), "mediaOrigins");
        assert_eq!(field_of(r#"{"typicalSeconds": {"veo3": 0}}"#), "typicalSeconds.veo3");
        assert_eq!(field_of(r#"{"typicalSeconds": {"veo3": "fast"}}"#), "typicalSeconds.veo3");
    }

    #[test]
    fn unknown_fields_are_named_and_passed_over() {
        let (config, unknown) =
            read_config(&[r#"{"colour": "red", "typicalSeconds": {"veo4": 1, "veo3_fast": 1.5}}"#]).unwrap();
        assert_eq!(unknown, ["colour", "typicalSeconds.veo4"]);
        assert_eq!(config.typical.fast, 1.5);
    }

    #[test]
    fn a_later_configuration_wins_field_by_field() {
        let file = r#"{"connection": "relay", "mediaOrigins": ["http://127.0.0.1:9102"]}"#;
        let page = r#"{"connection": "direct", "apiBase": "./api"}"#;
        let (config, _) = read_config(&[file, page]).unwrap();
        assert_eq!((config.connection, config.api_base.as_str()), (Connection::Direct, "./api"));
        assert_eq!(config.media_origins, ["http://127.0.0.1:9102"]);
    }
}
