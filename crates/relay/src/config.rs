//! What the relay is started with.

use crate::access::AccessSettings;
use crate::budget::Limits;
use crate::secret::Secret;
use std::path::PathBuf;
use url::{Host, Url};

/// What the relay is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the built page; without it only the API routes answer.
    pub static_dir: Option<PathBuf>,
    /// Who makes the videos.
    pub provider: Provider,
    /// Origins whose result links the page accepts besides public `https:` ones.
    pub media_origins: Vec<Url>,
}

/// Who makes the videos.
#[derive(Clone, Debug)]
pub enum Provider {
    /// The simulator, in this process, this many times faster than reality.
    Simulator {
        /// Above 0.
        speed: f64,
        /// Origins whose pages may use it besides its own.
        allow_origins: Vec<Url>,
    },
    /// The API, or what stands in for it elsewhere; the page speaks to it itself, with the person's own key.
    Api(Bases),
    /// The API through this relay, which holds the key.
    Relayed(Box<Relayed>),
}

/// Where the API is. What is left out is as the page's own `config.json` says.
#[derive(Clone, Debug, Default)]
pub struct Bases {
    /// Base of the API.
    pub api: Option<Url>,
    /// Base of the upload host.
    pub upload: Option<Url>,
}

/// A relay that holds the key.
#[derive(Clone, Debug)]
pub struct Relayed {
    /// The provider's key.
    pub key: Secret,
    /// Base of the API.
    pub api: Url,
    /// Base of the upload host.
    pub upload: Url,
    /// Where intents are kept; see [`crate::default_data_dir`] for what is taken without it.
    pub data_dir: Option<PathBuf>,
    /// Where videos are kept that were read once; `None`: nowhere.
    pub archive_dir: Option<PathBuf>,
    /// Who may use it.
    pub access: AccessSettings,
    /// What each caller may spend.
    pub limits: Limits,
    /// Keys the provider signs its callbacks with.
    pub webhook_hmac_keys: Vec<Secret>,
    /// Whether `/relay/metrics` is there.
    pub metrics: bool,
}

/// Reads an `http:` or `https:` address without credentials.
///
/// # Errors
/// A sentence for the person who wrote it.
pub fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let is_web = matches!(url.scheme(), "http" | "https");
    if is_web && url.username().is_empty() && url.password().is_none() {
        Ok(url)
    } else {
        Err("must be an http: or https: address without user name and password".to_owned())
    }
}

/// Reads an origin: an `http:` or `https:` address of nothing but host and port, as browsers name it.
///
/// # Errors
/// A sentence for the person who wrote it.
pub fn origin_url(text: &str) -> Result<Url, String> {
    let url = web_url(text)?;
    let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let origin = url.origin().ascii_serialization();
    is_origin.then_some(url).ok_or_else(|| format!("must be an origin, without a path: {origin}"))
}

/// Reads an address that a key may be sent to: `https:`, or `http:` on this machine.
///
/// # Errors
/// A sentence for the person who wrote it.
pub fn key_url(text: &str) -> Result<Url, String> {
    let url = web_url(text)?;
    match url.scheme() {
        "https" => Ok(url),
        _ if is_loopback(&url) => Ok(url),
        _ => Err("must be an https: address, or http: on this machine: the key would travel in the clear"
            .to_owned()),
    }
}

/// Whether an address is one of this machine's own.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
