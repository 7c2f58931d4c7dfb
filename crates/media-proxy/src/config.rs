//! What an operator may set.

use crate::resolver::{Lookup, SystemLookup};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How media is fetched. The default suits the open internet.
#[derive(Clone, Debug)]
pub struct Config {
    /// Origins such as `http://127.0.0.1:9102` that may be opened though they are not public or not `https:`.
    pub allow_media_origins: Vec<String>,
    /// If not empty: the only public hosts that may be opened, each with its subdomains.
    pub allow_hosts: Vec<String>,
    /// Longest file in bytes.
    pub max_bytes: u64,
    /// Most files that are read from origins at the same time; more are refused with 503.
    pub max_streams: usize,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long an origin may be silent before and within an answer.
    pub idle_timeout: Duration,
    /// How long a reader may take nothing before it loses its stream; browsers come back for the rest by themselves.
    pub reader_timeout: Duration,
    /// Where what was read is kept; `None`: nowhere.
    pub archive: Option<ArchiveConfig>,
    /// How names become addresses.
    pub lookup: Arc<dyn Lookup>,
}

/// A directory of videos that outlive the provider's links.
#[derive(Clone, Debug)]
pub struct ArchiveConfig {
    /// The directory; it is made if it is not there.
    pub dir: PathBuf,
    /// The most bytes it may hold; the oldest files make room for new ones.
    pub max_bytes: u64,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            allow_media_origins: Vec::new(),
            allow_hosts: Vec::new(),
            max_bytes: 2 << 30,
            max_streams: 64,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(15),
            reader_timeout: Duration::from_secs(60),
            archive: None,
            lookup: Arc::new(SystemLookup),
        }
    }
}
