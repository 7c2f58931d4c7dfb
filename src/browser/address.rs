//! Form values in the page's own address.

/// The value under a name in the page's query, if there is one.
pub fn query(name: &str) -> Option<String> {
    let query = web_sys::window()?.location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

/// Whether this visit began with a reload.
pub fn is_reload() -> bool {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.is_some_and(|performance| {
        performance.navigation().type_() == web_sys::PerformanceNavigation::TYPE_RELOAD
    })
}

/// The page's own address, without query and fragment.
pub fn page() -> String {
    let location = web_sys::window().map(|window| window.location());
    let part = |part: Option<String>| part.unwrap_or_default();
    let origin = part(location.as_ref().and_then(|location| location.origin().ok()));
    [origin, part(location.and_then(|location| location.pathname().ok()))].concat()
}
