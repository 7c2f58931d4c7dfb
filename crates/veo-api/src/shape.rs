//! One tolerant reader per kind of value: addresses, times, seeds, truth. Each takes every spelling seen in the wild
//! and gives nothing, rather than an error, for what it cannot read.

use crate::json::{self, Value};

/// An address longer than this is no address of a video.
const MAX_URL_BYTES: usize = 8192;

/// The first of `names` that holds something.
pub(crate) fn member<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| value.get(name).filter(|found| !found.is_null()))
}

/// Addresses from an array, a JSON string of an array, a bracketed list without quotes (`[http://a,http://b]`, docs),
/// or a bare address. Drops what has no scheme; whether an address is safe to open is not judged here.
pub(crate) fn urls(value: &Value) -> Vec<String> {
    match value {
        Value::List(list) => list.iter().filter_map(Value::as_str).filter_map(absolute).collect(),
        Value::Text(text) => match text.trim().strip_prefix('[') {
            None => absolute(text).into_iter().collect(),
            Some(rest) => match json::parse(text) {
                Some(list) => urls(&list),
                None => rest
                    .trim_end_matches(']')
                    .split(',')
                    .map(|piece| piece.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')))
                    .filter_map(absolute)
                    .collect(),
            },
        },
        _ => Vec::new(),
    }
}

/// `scheme:something` without blanks or control characters.
fn absolute(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once(':')?;
    let fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && text.len() <= MAX_URL_BYTES
        && !rest.contains(|c: char| c.is_whitespace() || c.is_control());
    fits.then(|| text.to_owned())
}

/// The elements of a list, or a lone value as its only one.
pub(crate) fn each(value: &Value) -> &[Value] {
    value.as_list().unwrap_or(std::slice::from_ref(value))
}

/// A seed, alone or as the first of a list (wire: `[61668]`).
pub(crate) fn seed(value: &Value) -> Option<u32> {
    u32::try_from(each(value).first()?.as_i64()?).ok()
}

/// A truth value, also as text.
pub(crate) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A time in milliseconds since 1970, from milliseconds (wire), seconds, either as text, or `2025-06-06 10:30:00`
/// taken as UTC (docs). What lies outside 1970 to 9999 is no time.
pub(crate) fn time_ms(value: &Value) -> Option<u64> {
    /// Below this a number counts seconds: 1973 in milliseconds, the year 5138 in seconds.
    const FIRST_MS: i64 = 100_000_000_000;
    /// The last millisecond of the year 9999.
    const LAST_MS: i64 = 253_402_300_799_999;
    match value.as_i64() {
        Some(seconds) if (1..FIRST_MS).contains(&seconds) => Some(seconds as u64 * 1000),
        Some(ms) if (FIRST_MS..=LAST_MS).contains(&ms) => Some(ms as u64),
        Some(_) => None,
        None => date_ms(value.as_str()?),
    }
}

/// `YYYY-MM-DD hh:mm:ss`, with `T` for the blank, a fraction (dropped) or `Z` if need be.
fn date_ms(text: &str) -> Option<u64> {
    let text = text.trim().trim_end_matches('Z');
    let text = text.split_once('.').map_or(text, |(whole, _)| whole);
    let (date, time) = text.split_once([' ', 'T'])?;
    let mut date = date.split('-');
    let mut time = time.split(':');
    let year = number(date.next()?, 1970..=9999)?;
    let month = number(date.next()?, 1..=12)?;
    let day = number(date.next()?, 1..=31)?;
    let hour = number(time.next()?, 0..=23)?;
    let minute = number(time.next()?, 0..=59)?;
    let second = number(time.next()?, 0..=60)?;
    if date.next().is_some() || time.next().is_some() {
        return None;
    }
    // Days since 1970 in the Gregorian calendar, with years that begin in March so that leap days come last.
    let shifted = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
}

fn number(text: &str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// Foreign words as one harmless line: no control characters, no tricks with writing direction, at most 500 characters.
pub(crate) fn one_line(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .take(500)
        .collect()
}
