//! Who may use the relay: access tokens and the session cookie that stands for one, the origins whose pages may ask,
//! and the names under which the relay is asked.

use crate::digest::{Fingerprint, hmac, same, sha256_hex, short_hmac};
use crate::guesses::{Guesses, Peer};
use crate::secret::Secret;
use axum::http::{HeaderMap, Uri, header};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use tracing::warn;
use url::Url;

/// The name of everybody where no token is asked for.
const NOBODY_IN_PARTICULAR: &str = "local";
/// What proxies add to a request.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
/// How long a session lasts, in seconds.
const SESSION_S: u64 = 7 * 24 * 60 * 60;
/// Over TLS. Browsers take it from this host alone, and send it to no other.
const COOKIE: &str = "__Host-vireo";
/// The same for http on loopback, where some browsers store no `Secure` cookie.
const LOCAL_COOKIE: &str = "vireo";

/// One access token, written `name=token` or `token`. Tokens of one name are one caller, so that one can replace
/// another without a break.
#[derive(Clone, Debug)]
pub struct AccessToken {
    name: String,
    token: Secret,
    fingerprint: Fingerprint,
}

impl FromStr for AccessToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = |name: &str| {
            (1..=64).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let (name, token) = match text.split_once('=') {
            // What follows is not only the padding of a base64 token.
            Some((name, token)) if is_name(name) && !token.trim_matches('=').is_empty() => {
                (Some(name), token)
            }
            _ => (None, text),
        };
        let token = Secret::new(token).ok_or("an access token must not be empty")?;
        let name =
            name.map_or_else(|| format!("t-{}", &sha256_hex(token.expose().as_bytes())[..8]), str::to_owned);
        let fingerprint = Fingerprint::of(token.expose());
        Ok(AccessToken { name, token, fingerprint })
    }
}

/// What the rules are made from.
#[derive(Clone, Debug, Default)]
pub struct AccessSettings {
    /// Without any, everybody on this machine may use the relay.
    pub tokens: Vec<AccessToken>,
    /// Origins whose pages may use it besides its own.
    pub allow_origins: Vec<Url>,
    /// The address under which the world knows it.
    pub public_url: Option<Url>,
    /// More names under which it is asked.
    pub allow_hosts: Vec<String>,
}

/// The rules.
#[derive(Debug)]
pub(crate) struct Access {
    settings: AccessSettings,
    listen: SocketAddr,
    secret: [u8; 32],
    guesses: Mutex<Guesses>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller(pub(crate) String);

/// Why somebody may not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// The relay is not known under this name: a page that points a name of its own at this address.
    Host,
    /// A page of another origin.
    Origin,
    /// No token, or none that is known.
    Token,
    /// Too many wrong tokens from there; for so many seconds more.
    Guessing(u64),
}

impl Access {
    pub(crate) fn new(settings: AccessSettings, listen: SocketAddr, secret: [u8; 32]) -> Self {
        Access { settings, listen, secret, guesses: Mutex::default() }
    }

    /// The names of all who may ask.
    pub(crate) fn callers(&self) -> Vec<String> {
        if self.settings.tokens.is_empty() {
            return vec![NOBODY_IN_PARTICULAR.to_owned()];
        }
        let mut names: Vec<String> = self.settings.tokens.iter().map(|token| token.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the relay is asked under a name of its own. An address is one: no page can make it mean another.
    pub(crate) fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Denied> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Denied::Host) };
        // A whole address in the first line says it too.
        let is_own = host.to_str().is_ok_and(|host| self.is_own(host))
            && uri.authority().is_none_or(|authority| self.is_own(authority.as_str()));
        if is_own { Ok(()) } else { Err(Denied::Host) }
    }

    fn is_own(&self, host: &str) -> bool {
        let listen = self.listen.ip();
        match Asked::of(host) {
            Some(Asked::Ip(own)) => {
                own.is_loopback()
                    || own == listen
                    || listen.is_unspecified()
                    || self.names().any(|name| name.trim_matches(['[', ']']).parse() == Ok(own))
            }
            Some(Asked::Name(own)) => {
                is_localhost(own) || self.names().any(|name| name.eq_ignore_ascii_case(own))
            }
            None => false,
        }
    }

    /// The names that an operator gave it.
    fn names(&self) -> impl Iterator<Item = &str> {
        let public = self.settings.public_url.as_ref().and_then(Url::host_str);
        public.into_iter().chain(self.settings.allow_hosts.iter().map(String::as_str))
    }

    /// Whether the page that asks, if it is a page, may.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Denied> {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        match (text("origin"), text("sec-fetch-site")) {
            (Some(origin), _) if self.is_allowed(origin) || is_same(origin, text("host")) => Ok(()),
            (Some(_), _) => Err(Denied::Origin),
            // A request without an origin that a foreign page has made all the same: an image, a frame.
            (None, Some("cross-site" | "same-site")) => Err(Denied::Origin),
            (None, _) => Ok(()),
        }
    }

    /// The origins whose pages may use the relay besides its own.
    pub(crate) fn origins(&self) -> Vec<String> {
        self.settings.allow_origins.iter().map(|url| url.origin().ascii_serialization()).collect()
    }

    /// Whether an origin is on the list, or the relay's own public one.
    pub(crate) fn is_allowed(&self, origin: &str) -> bool {
        let urls = self.settings.allow_origins.iter().chain(&self.settings.public_url);
        urls.into_iter().any(|url| url.origin().ascii_serialization() == origin && origin != "null")
    }

    /// The same, for somebody at an address: who guesses too often is not listened to.
    pub(crate) fn caller_at(
        &self,
        peer: Option<Peer>,
        headers: &HeaderMap,
        now_s: u64,
    ) -> Result<Caller, Denied> {
        let shown = headers.contains_key(header::AUTHORIZATION);
        self.at(peer.filter(|_| shown), headers, now_s, || self.caller(headers, now_s))
    }

    /// Counts a token that is shown from an address and is wrong.
    pub(crate) fn at<T>(
        &self,
        peer: Option<Peer>,
        headers: &HeaderMap,
        now_s: u64,
        check: impl FnOnce() -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        let Some(address) = peer.and_then(|peer| peer.counted(headers)) else { return check() };
        let guesses = || self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wait) = guesses().wait_s(address, now_s) {
            return Err(Denied::Guessing(wait));
        }
        let checked = check();
        if matches!(checked, Err(Denied::Token)) && guesses().wrong(address, now_s) {
            warn!(audit = "guessing", %address, "too many wrong access tokens");
        }
        checked
    }

    /// Who asks: by token, by cookie, or nobody in particular where no token is needed.
    pub(crate) fn caller(&self, headers: &HeaderMap, now_s: u64) -> Result<Caller, Denied> {
        if self.settings.tokens.is_empty() {
            // On this machine, that is: whoever comes through a proxy may come from anywhere.
            let is_here = is_local(headers) && !FORWARDED.iter().any(|name| headers.contains_key(*name));
            return is_here.then(|| Caller(NOBODY_IN_PARTICULAR.to_owned())).ok_or(Denied::Token);
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        match bearer {
            Some(bearer) => {
                let (scheme, token) = bearer.split_once(' ').ok_or(Denied::Token)?;
                let token = scheme.eq_ignore_ascii_case("bearer").then_some(token).ok_or(Denied::Token)?;
                self.token(token.trim()).map(|token| Caller(token.name.clone())).ok_or(Denied::Token)
            }
            None => self.session(headers, now_s).ok_or(Denied::Token),
        }
    }

    /// The known token of these words. All are compared, so that the time tells nothing.
    fn token(&self, words: &str) -> Option<&AccessToken> {
        let shown = Fingerprint::of(words);
        let tokens = self.settings.tokens.iter();
        tokens.fold(None, |found, token| if token.fingerprint.is(&shown) { Some(token) } else { found })
    }

    /// The cookies that let a browser in for a week; none where nobody needs one.
    pub(crate) fn open_session(
        &self,
        headers: &HeaderMap,
        words: &str,
        now_s: u64,
    ) -> Result<Vec<String>, Denied> {
        if self.settings.tokens.is_empty() {
            return Ok(Vec::new());
        }
        let token = self.token(words.trim()).ok_or(Denied::Token)?;
        let until = now_s + SESSION_S;
        let value = format!("{until}.{}", self.signature(token, until));
        let rest = format!("Path=/; HttpOnly; SameSite=Strict; Max-Age={SESSION_S}");
        let mut cookies = vec![format!("{COOKIE}={value}; Secure; {rest}")];
        if is_local(headers) {
            cookies.push(format!("{LOCAL_COOKIE}={value}; {rest}"));
        }
        Ok(cookies)
    }

    /// The cookies that make a browser forget a session. Nothing ends it here: a copy is good until its week is over, or
    /// its token off the list.
    pub(crate) fn close_session() -> [String; 2] {
        let rest = "Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
        [format!("{COOKIE}=; Secure; {rest}"), format!("{LOCAL_COOKIE}=; {rest}")]
    }

    fn session(&self, headers: &HeaderMap, now_s: u64) -> Option<Caller> {
        let value = cookie(headers, COOKIE).or_else(|| cookie(headers, LOCAL_COOKIE))?;
        let (until, signature) = value.split_once('.')?;
        let until: u64 = until.parse().ok()?;
        let tokens = self.settings.tokens.iter();
        let signed = tokens.fold(None, |found, token| {
            if same(&self.signature(token, until), signature) { Some(token) } else { found }
        });
        signed.filter(|_| now_s < until).map(|token| Caller(token.name.clone()))
    }

    /// Good for one token: who takes it off the list ends its sessions.
    fn signature(&self, token: &AccessToken, until: u64) -> String {
        let own = hmac(&self.secret, &format!("session\u{1f}{}", token.token.expose()));
        short_hmac(&own, &until.to_string())
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Whether an origin is the one that was asked.
fn is_same(origin: &str, host: Option<&str>) -> bool {
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    matches!((rest, host), (Some(rest), Some(host)) if rest.eq_ignore_ascii_case(host))
}

fn is_local(headers: &HeaderMap) -> bool {
    match headers.get(header::HOST).and_then(|host| Asked::of(host.to_str().ok()?)) {
        Some(Asked::Ip(ip)) => ip.is_loopback(),
        Some(Asked::Name(name)) => is_localhost(name),
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.eq_ignore_ascii_case("localhost")
}

/// Under what name or address the relay is asked, without the port.
enum Asked<'a> {
    Ip(IpAddr),
    Name(&'a str),
}

impl Asked<'_> {
    /// Of a `Host` header. Nothing is decoded: who writes a name or an address in an odd way is not understood.
    fn of(host: &str) -> Option<Asked<'_>> {
        let end =
            if host.starts_with('[') { host.find(']')? + 1 } else { host.find(':').unwrap_or(host.len()) };
        let (name, port) = host.split_at(end);
        let is_port = port.is_empty()
            || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
        let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        let ip = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(name) => name.parse().map(IpAddr::V6),
            None => name.parse().map(IpAddr::V4),
        };
        match ip {
            _ if !is_port || name.is_empty() => None,
            Ok(ip) => Some(Asked::Ip(ip)),
            Err(_) => is_plain.then_some(Asked::Name(name)),
        }
    }
}
