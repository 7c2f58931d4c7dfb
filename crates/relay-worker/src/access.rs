//! Who may use the relay: access tokens, the session cookie that stands for one, and the origins whose pages may ask.

use crate::config::{AccessToken, Config};
use crate::digest::{hmac, same, short_hmac};
use worker::{Headers, Request};

/// How long a session lasts, in seconds.
const SESSION_S: u64 = 7 * 24 * 60 * 60;
/// Browsers take it from this host alone, over TLS, and send it to no other.
const COOKIE: &str = "__Host-vireo";

/// Why somebody may not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// A page of another origin.
    Origin,
    /// No token, or none that is known.
    Token,
}

/// A header's text.
pub(crate) fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// Whether the page that asks, if it is a page, may.
pub(crate) fn check_origin(config: &Config, request: &Request) -> Result<(), Denied> {
    let own = request.url().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    match (header(request.headers(), "origin"), header(request.headers(), "sec-fetch-site").as_deref()) {
        (Some(origin), _) if is_allowed(config, &origin) || origin == own => Ok(()),
        (Some(_), _) => Err(Denied::Origin),
        // A request without an origin that a foreign page has made all the same: an image, a frame.
        (None, Some("cross-site" | "same-site")) => Err(Denied::Origin),
        (None, _) => Ok(()),
    }
}

/// Whether an origin is on the list, to the letter.
pub(crate) fn is_allowed(config: &Config, origin: &str) -> bool {
    origin != "null" && config.origins.iter().chain(&config.public_url).any(|allowed| allowed == origin)
}

/// Who asks: the name of the token, shown as bearer or by a session's cookie.
pub(crate) fn caller(config: &Config, headers: &Headers, now_s: u64) -> Result<String, Denied> {
    let known = match bearer(headers) {
        Some(words) => known_token(config, &words),
        None => session(config, headers, now_s),
    };
    known.map(|token| token.name.clone()).ok_or(Denied::Token)
}

/// The token in `Authorization`; empty if it is of another kind.
pub(crate) fn bearer(headers: &Headers) -> Option<String> {
    let line = header(headers, "authorization")?;
    let (scheme, token) = line.split_once(' ').unwrap_or((&line, ""));
    Some(if scheme.eq_ignore_ascii_case("bearer") { token.trim().to_owned() } else { String::new() })
}

/// The cookie that lets a browser in for a week.
pub(crate) fn open_session(config: &Config, words: &str, now_s: u64) -> Result<String, Denied> {
    let token = known_token(config, words.trim()).ok_or(Denied::Token)?;
    let until = now_s + SESSION_S;
    let value = format!("{until}.{}", signature(config, token, until));
    Ok(format!("{COOKIE}={value}; Secure; Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_S}"))
}

/// The cookie that ends a session.
pub(crate) fn close_session() -> String {
    format!("{COOKIE}=; Secure; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
}

/// All tokens are compared, so that the time tells nothing.
fn known_token<'a>(config: &'a Config, words: &str) -> Option<&'a AccessToken> {
    config
        .tokens
        .iter()
        .fold(None, |found, token| if same(&token.token, words) { Some(token) } else { found })
}

fn session<'a>(config: &'a Config, headers: &Headers, now_s: u64) -> Option<&'a AccessToken> {
    let line = header(headers, "cookie")?;
    let mut pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    let (until, signed) = value.split_once('.')?;
    let until: u64 = until.parse().ok()?;
    let found = config.tokens.iter().fold(None, |found, token| {
        if same(&signature(config, token, until), signed) { Some(token) } else { found }
    });
    found.filter(|_| now_s < until)
}

/// Good for one token: who takes it off the list ends its sessions.
fn signature(config: &Config, token: &AccessToken, until: u64) -> String {
    let own = hmac(&config.secret("session"), &token.token);
    short_hmac(&own, &until.to_string())
}
