//! `config.json`: what the page is told, and what therefore stands in its security policy.

use crate::config::{Bases, is_loopback, web_url};
use crate::follow::Typical;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::{fs, io};
use url::Url;

/// The page's configuration. A field that is missing in the file has the page's own default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PageConfig {
    /// Always 1.
    pub version: u32,
    /// Who the page speaks to.
    pub connection: Connection,
    /// Base of the provider's API; may be relative to the page.
    pub api_base: String,
    /// Base of the provider's upload host; may be relative to the page.
    pub upload_base: String,
    /// Base of the relay; may be relative to the page.
    pub relay_base: String,
    /// Origins whose result links are accepted besides public `https:` ones.
    pub media_origins: Vec<String>,
    /// Prior medians of the generation time.
    pub typical_seconds: TypicalSeconds,
    /// What this build does not know is passed on.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Who the page speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    /// The provider, with the person's own key.
    Direct,
    /// A relay, which holds the key.
    Relay,
}

/// Prior medians of the generation time in seconds, by model.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct TypicalSeconds {
    /// For `veo3`.
    pub veo3: f64,
    /// For `veo3_fast`.
    pub veo3_fast: f64,
    /// For `veo3_lite`.
    pub veo3_lite: f64,
    /// What this build does not know is passed on.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for PageConfig {
    fn default() -> Self {
        PageConfig {
            version: 1,
            connection: Connection::Direct,
            api_base: "https://api.kie.ai".to_owned(),
            upload_base: "https://kieai.redpandaai.co".to_owned(),
            relay_base: "./".to_owned(),
            media_origins: Vec::new(),
            typical_seconds: TypicalSeconds::default(),
            unknown: Map::new(),
        }
    }
}

impl Default for TypicalSeconds {
    fn default() -> Self {
        TypicalSeconds { veo3: 150.0, veo3_fast: 75.0, veo3_lite: 60.0, unknown: Map::new() }
    }
}

impl TypicalSeconds {
    /// The same where everything goes `speed` times faster.
    pub(crate) fn at_speed(self, speed: f64) -> Self {
        TypicalSeconds {
            veo3: self.veo3 / speed,
            veo3_fast: self.veo3_fast / speed,
            veo3_lite: self.veo3_lite / speed,
            ..self
        }
    }
}

/// Why the page's `config.json` could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PageConfigError {
    /// It is there but cannot be read.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// It is not what it should be.
    #[error("{0}: {1}")]
    Json(PathBuf, #[source] serde_json::Error),
}

impl PageConfig {
    /// Reads `config.json` in the page's folder; the defaults if there is none.
    ///
    /// # Errors
    /// Those of the file system, and a file that is no valid configuration.
    pub fn read(static_dir: &Path) -> Result<Self, PageConfigError> {
        let path = static_dir.join("config.json");
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| PageConfigError::Json(path, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(PageConfig::default()),
            Err(error) => Err(PageConfigError::Io(path, error)),
        }
    }

    /// The same, with another provider where one is named.
    pub(crate) fn towards(mut self, upstream: &Bases) -> Self {
        if let Some(api) = &upstream.api {
            self.connection = Connection::Direct;
            self.api_base = without_slash(api);
        }
        if let Some(upload) = &upstream.upload {
            self.upload_base = without_slash(upload);
        }
        self
    }

    /// The same, through this relay: the page learns neither key nor provider.
    pub(crate) fn relayed(self) -> Self {
        PageConfig { connection: Connection::Relay, relay_base: "./".to_owned(), ..self }
    }

    /// How long videos usually take.
    pub(crate) fn typical(&self) -> Typical {
        let TypicalSeconds { veo3: quality, veo3_fast: fast, veo3_lite: lite, .. } = self.typical_seconds;
        Typical { quality, fast, lite }
    }

    /// The same, with more media origins.
    pub(crate) fn with_media(mut self, urls: &[Url]) -> Self {
        self.media_origins.extend(urls.iter().map(origin));
        self
    }

    /// The origins the page sends requests to besides its own and those of media.
    pub(crate) fn service_origins(&self) -> Vec<String> {
        let bases = match self.connection {
            Connection::Direct => vec![&self.api_base, &self.upload_base, &self.relay_base],
            // A page that has no key has no business with the provider.
            Connection::Relay => vec![&self.relay_base],
        };
        bases.into_iter().filter_map(|base| Some(origin(&web_url(base).ok()?))).collect()
    }

    /// The origins media come from.
    pub(crate) fn media_origins(&self) -> Vec<String> {
        let urls = self.media_origins.iter().filter_map(|text| web_url(text).ok());
        urls.map(|url| origin(&url)).collect()
    }

    /// Whether the API is far away, and so are its results.
    pub(crate) fn is_public(&self) -> bool {
        web_url(&self.api_base).is_ok_and(|url| !is_loopback(&url))
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn without_slash(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
