//! What the relay is told at its start, and what it tells the page.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// What the relay is told at its start.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The folder with the page; without it only the API routes answer.
    pub static_dir: Option<PathBuf>,
    /// What the page is told, where it differs from its own `config.json`.
    pub page: PageConfig,
}

/// Fields of the page's `config.json` that this relay decides.
#[derive(Clone, Debug, Default)]
pub struct PageConfig {
    /// Base of the API.
    pub api_base: Option<String>,
    /// Base of the upload host.
    pub upload_base: Option<String>,
    /// Origins whose result links the page accepts.
    pub media_origins: Vec<String>,
    /// Prior medians of the generation time in seconds: `veo3`, `veo3_fast`, `veo3_lite`.
    pub typical_s: Option<[f64; 3]>,
}

impl PageConfig {
    /// The `config.json` to serve: the folder's own, with this relay's decisions laid over it.
    pub fn over(&self, static_dir: &Path) -> Result<Value> {
        let path = static_dir.join("config.json");
        let mut fields: Map<String, Value> = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{} is not a JSON object", path.display()))?,
            Err(_) => Map::from_iter([("version".to_owned(), json!(1))]),
        };
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        if let Some(base) = &self.api_base {
            set("connection", json!("direct"));
            set("apiBase", json!(base));
        }
        if let Some(base) = &self.upload_base {
            set("uploadBase", json!(base));
        }
        if !self.media_origins.is_empty() {
            set("mediaOrigins", json!(self.media_origins));
        }
        if let Some([quality, fast, lite]) = self.typical_s {
            set(
                "typicalSeconds",
                json!({"veo3": quality, "veo3_fast": fast, "veo3_lite": lite}),
            );
        }
        Ok(Value::Object(fields))
    }
}
