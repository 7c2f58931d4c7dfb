//! Form values in the page's own address.

/// The value under a name in the page's query, if there is one.
pub fn query(name: &str) -> Option<String> {
    let query = web_sys::window()?.location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

/// The page's own address, without query and fragment.
pub fn page() -> String {
    let location = web_sys::window().map(|window| window.location());
    let part = |part: Option<String>| part.unwrap_or_default();
    let origin = part(location.as_ref().and_then(|location| location.origin().ok()));
    [origin, part(location.and_then(|location| location.pathname().ok()))].concat()
}
