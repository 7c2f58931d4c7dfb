//! What the relay is started with.

use std::path::PathBuf;
use url::Url;

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
    },
    /// The API, or what stands in for it elsewhere.
    Api(Upstream),
}

/// Where the API is. What is left out is as the page's own `config.json` says.
#[derive(Clone, Debug, Default)]
pub struct Upstream {
    /// Base of the API.
    pub api: Option<Url>,
    /// Base of the upload host.
    pub upload: Option<Url>,
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
