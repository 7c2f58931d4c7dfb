//! Who may use the relay: access tokens, the session cookie that stands for one, the origins whose pages
//! may ask, and the names under which the relay is asked.

use crate::config::{AccessToken, Config};
use std::net::IpAddr;
use vireo_relay_core::digest::{hmac, same, short_hmac};
use vireo_relay_core::guesses::network;
use worker::{Headers, Request};

/// How long a session lasts, in seconds.
const SESSION_S: u64 = 7 * 24 * 60 * 60;
/// Browsers take it from this host alone, over TLS, and send it to no other.
const COOKIE: &str = "__Host-vireo";

/// Why somebody may not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// The relay is not known under this name.
    Host,
    /// A page of another origin.
    Origin,
    /// No token, or none that is known.
    Token,
    /// Too many wrong tokens from there; for so many seconds more.
    Guessing(u64),
}

/// Whether the relay is asked under a name of its own. Where it was told none, it has those that lead here.
pub(crate) fn check_host(config: &Config, request: &Request) -> Result<(), Denied> {
    let url = request.url().map_err(|_| Denied::Host)?;
    let host = url.host_str().ok_or(Denied::Host)?;
    let public = config.public_url.as_ref().and_then(|url| url.host_str());
    let mut own = config.hosts.iter().map(String::as_str).chain(public).peekable();
    let is_known = own.peek().is_none() || is_here(host) || own.any(|own| own.eq_ignore_ascii_case(host));
    if is_known { Ok(()) } else { Err(Denied::Host) }
}

/// Whether a name is this machine's own, as it is under workerd alone.
fn is_here(host: &str) -> bool {
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    ip.map_or_else(|_| host.rsplit('.').next() == Some("localhost"), |ip| ip.is_loopback())
}

/// The address whose wrong tokens are counted. Cloudflare writes that header, whatever the client sends.
pub(crate) fn counted(headers: &Headers) -> Option<String> {
    let ip: IpAddr = header(headers, "cf-connecting-ip")?.trim().parse().ok()?;
    (!ip.to_canonical().is_loopback()).then(|| network(ip).to_string())
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
    let public = config.public_url.as_ref().map(|url| url.origin().ascii_serialization());
    origin != "null" && config.origins.iter().chain(&public).any(|allowed| allowed == origin)
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

/// The cookie that makes a browser forget a session; a copy of it is good until its week is over, or its token off the
/// list.
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
