//! Strict reading of a JSON request: unknown fields are ignored as the provider does, wrong types are refused.

use crate::reply::Refusal;
use serde_json::{Map, Value};

/// The object in a request's body.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn parse(body: &[u8]) -> Result<Fields, Refusal> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Fields(map)),
            _ => Err(Refusal::new(400, "The request body is not a JSON object.")),
        }
    }

    /// The field under the first of its spellings that is there and not null.
    fn get(&self, names: &[&'static str]) -> Option<(&'static str, &Value)> {
        names.iter().find_map(|name| match self.0.get(*name) {
            None | Some(Value::Null) => None,
            Some(value) => Some((*name, value)),
        })
    }

    fn typed<'a, T>(
        &'a self,
        names: &[&'static str],
        kind: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        match self.get(names) {
            None => Ok(None),
            Some((name, value)) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(Refusal::invalid(format!("{name} must be {kind}"))),
            },
        }
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        self.typed(&[name], "a string", Value::as_str)
    }

    /// A text that must be there and say something.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        self.text(name)?
            .filter(|text| !text.trim().is_empty())
            .ok_or_else(|| Refusal::invalid(format!("{name} cannot be empty")))
    }

    pub(crate) fn truth(&self, name: &'static str) -> Result<Option<bool>, Refusal> {
        self.typed(&[name], "a boolean", Value::as_bool)
    }

    pub(crate) fn integer(&self, name: &'static str) -> Result<Option<u64>, Refusal> {
        self.typed(&[name], "an integer", Value::as_u64)
    }

    pub(crate) fn texts(&self, name: &'static str) -> Result<Vec<String>, Refusal> {
        let texts = self.typed(&[name], "an array of strings", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        })?;
        Ok(texts.unwrap_or_default())
    }

    /// One of a few words; `names` are the field's spellings.
    pub(crate) fn choice<T: Copy>(
        &self,
        names: &[&'static str],
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, Refusal> {
        let all = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        self.typed(names, &format!("one of {all}"), |value| {
            let text = value.as_str()?;
            words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning)
        })
    }
}
