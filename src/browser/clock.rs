//! Wall clock, randomness and dates in the person's language.

use js_sys::{Date, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    Date::now() as u64
}

/// Random bytes from the browser's generator; `Math.random` where there is none.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let filled = web_sys::window()
        .and_then(|window| window.crypto().ok())
        .is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if !filled {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    bytes
}

/// A short random name.
pub fn random_name() -> String {
    random_bytes::<8>().iter().map(|byte| (b'a' + byte % 26) as char).collect()
}

/// Today's date where the person is, as `2026-11-22`.
pub fn iso_date(ms: u64) -> String {
    let date = Date::new(&JsValue::from_f64(ms as f64));
    let two = |n: u32| if n < 10 { format!("0{n}") } else { n.to_string() };
    [date.get_full_year().to_string(), two(date.get_month() + 1), two(date.get_date())].join("-")
}

/// A moment in words.
pub fn date_and_time(ms: u64, lang: &str) -> String {
    let options = Object::new();
    for (name, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        Reflect::set(&options, &name.into(), &value.into()).ok();
    }
    let format = Intl::DateTimeFormat::new(&js_sys::Array::of1(&lang.into()), &options);
    let date = Date::new(&JsValue::from_f64(ms as f64));
    format.format().call1(&JsValue::NULL, &date).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// A number as the language writes it.
pub fn number(value: f64, lang: &str) -> String {
    // Small whole numbers are the same in all of our languages. The browser's tables for the others take a slow phone a
    // tenth of a second to open, and the price on the first screen is such a number.
    if (0.0..1_000.0).contains(&value) && value % 1.0 == 0.0 {
        return (value as u16).to_string();
    }
    // The sum of nothing is -0 in Rust.
    js_sys::Number::from(value + 0.0).to_locale_string(lang).into()
}

/// Minutes and seconds: `1:05`.
pub fn minutes(seconds: u64) -> String {
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    [minutes.to_string(), if seconds < 10 { format!("0{seconds}") } else { seconds.to_string() }].join(":")
}

/// A span from now, such as `in 13 days`.
pub fn in_time(count: u32, unit: &str, lang: &str) -> String {
    let format = Intl::RelativeTimeFormat::new(&js_sys::Array::of1(&lang.into()), &Object::new());
    format.format(f64::from(count), unit).into()
}
