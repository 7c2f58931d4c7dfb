//! JSON as text: the one place where the native build and the browser build differ.
//!
//! Natively `serde_json` does the work; in a browser its own `JSON` object does, which costs no bytes of download.

use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Foreign text longer than this is refused; the largest real answer is a few kilobytes.
const MAX_BYTES: usize = 1 << 20;

/// Text nested deeper than this is refused: both parsers recurse, and a browser's stack is small.
const MAX_DEPTH: u32 = 64;

/// 2⁵³: up to here every whole number has its own `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Any JSON value, for answers whose shape cannot be trusted.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; whole numbers beyond 2⁵³ lose their last digits, as in a browser.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object, in the order of the text.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The member `key` of an object. Of a repeated key the last one counts, as in a browser.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(members) => members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The same, taken out and owned; `Null` if there is none.
    pub(crate) fn take(&mut self, key: &str) -> Value {
        let Value::Map(members) = self else {
            return Value::Null;
        };
        let found = members.iter_mut().rev().find(|(name, _)| name == key);
        found.map_or(Value::Null, |(_, value)| std::mem::replace(value, Value::Null))
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A finite number, also one that was sent as a string.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            // Through the parser, because the standard library's reading of floats is large in a browser build.
            Value::Text(text) => match parse(text)? {
                Value::Number(number) => Some(number),
                _ => None,
            },
            _ => None,
        }
    }

    /// A whole number, also one that was sent as a string.
    pub fn as_i64(&self) -> Option<i64> {
        if let Value::Text(text) = self
            && let Ok(whole) = text.trim().parse()
        {
            return Some(whole);
        }
        let number = self.as_f64()?;
        (number.abs() <= EXACT && number % 1.0 == 0.0).then_some(number as i64)
    }

    /// The elements of an array.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// True for `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// Reads foreign text. `None` if it is not JSON, longer than 1 MiB, or nested deeper than 64 levels.
/// A byte order mark in front is ignored.
pub fn parse(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}');
    if text.len() <= MAX_BYTES && is_shallow(text) { platform::parse(text) } else { None }
}

/// An object of the members that are there, in their order.
pub fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    Value::Map(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// Writes a value as JSON. Without serde: what the page loads first must do without its code.
pub fn write(value: &Value) -> String {
    let mut text = String::new();
    write_into(&mut text, value);
    text
}

fn write_into(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) if number.abs() <= EXACT && number % 1.0 == 0.0 => {
            out.push_str(&(*number as i64).to_string());
        }
        Value::Number(number) => out.push_str(&platform::number(*number)),
        Value::Text(text) => write_text(out, text),
        Value::List(list) => {
            out.push('[');
            for (place, value) in list.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write_into(out, value);
            }
            out.push(']');
        }
        Value::Map(members) => {
            out.push('{');
            for (place, (name, value)) in members.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write_text(out, name);
                out.push(':');
                write_into(out, value);
            }
            out.push('}');
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => {
                out.push_str("\\u00");
                out.push(char::from(HEX[(control as usize) >> 4]));
                out.push(char::from(HEX[(control as usize) & 15]));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Number(f64::from(number))
    }
}

/// Reads our own stored text, of any length, into a type of ours. `None` if it does not fit.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let text = text.trim_start_matches('\u{feff}');
    if is_shallow(text) { platform::read(text) } else { None }
}

/// Writes a value as JSON, members in the order of their declaration.
///
/// What JSON cannot hold (a map whose keys are not text; in a browser also whole numbers beyond 2⁵³) is `null`.
pub fn to_text<T: Serialize>(value: &T) -> String {
    platform::to_text(value).unwrap_or_else(|| "null".to_owned())
}

/// Counts brackets outside strings, so that no parser is handed text that would exhaust its stack.
fn is_shallow(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0u32, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return false;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    pub(super) fn parse(text: &str) -> Option<super::Value> {
        read(text)
    }

    pub(super) fn number(number: f64) -> String {
        serde_json::to_string(&number).unwrap_or_else(|_| "null".to_owned())
    }

    pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn to_text<T: serde::Serialize>(value: &T) -> Option<String> {
        serde_json::to_string(value).ok()
    }
}

#[cfg(target_arch = "wasm32")]
mod platform {
    use super::Value;
    use js_sys::{Array, JSON, Object};
    use wasm_bindgen::{JsCast, JsValue};

    pub(super) fn parse(text: &str) -> Option<Value> {
        // Every call that throws takes a place in wasm-bindgen's table for ever: empty bodies and pages are not tried.
        // By bytes: the tables that a search in text brings along weigh more than this whole file.
        let first = text.bytes().find(|byte| !byte.is_ascii_whitespace());
        if !matches!(first, Some(b'{' | b'[' | b'"' | b'-' | b't' | b'f' | b'n' | b'0'..=b'9')) {
            return None;
        }
        Some(value(&JSON::parse(text).ok()?))
    }

    /// What `JSON.parse` makes, by hand: a tenth of the code that serde takes for it.
    fn value(from: &JsValue) -> Value {
        if let Some(text) = from.as_string() {
            return Value::Text(text);
        }
        if let Some(number) = from.as_f64() {
            return if number.is_finite() { Value::Number(number) } else { Value::Null };
        }
        if let Some(truth) = from.as_bool() {
            return Value::Bool(truth);
        }
        if let Some(list) = from.dyn_ref::<Array>() {
            return Value::List(list.iter().map(|element| value(&element)).collect());
        }
        let Some(object) = from.dyn_ref::<Object>() else {
            return Value::Null;
        };
        let member = |entry: JsValue| {
            let entry: Array = entry.unchecked_into();
            (entry.get(0).as_string().unwrap_or_default(), value(&entry.get(1)))
        };
        Value::Map(Object::entries(object).iter().map(member).collect())
    }

    pub(super) fn number(number: f64) -> String {
        JSON::stringify(&number.into())
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_else(|| "null".to_owned())
    }

    pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
        serde_wasm_bindgen::from_value(JSON::parse(text).ok()?).ok()
    }

    pub(super) fn to_text<T: serde::Serialize>(value: &T) -> Option<String> {
        let value = value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).ok()?;
        JSON::stringify(&value).ok()?.as_string()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(if value.is_finite() { Value::Number(value) } else { Value::Null })
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = access.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Value::Map(members))
    }
}
