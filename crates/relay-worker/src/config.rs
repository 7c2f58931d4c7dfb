//! What the Worker is deployed with: variables of `wrangler.toml`, and secrets.

use crate::digest::{hmac, sha256};
use veo_api::Host;
use worker::Env;

/// The variables and secrets, read anew for every request: bindings cost nothing.
pub(crate) struct Config {
    /// The provider's key; it leaves in `Authorization` to the two upstreams and nowhere else.
    pub(crate) key: String,
    pub(crate) tokens: Vec<AccessToken>,
    upstream: String,
    upload_upstream: String,
    pub(crate) media_origins: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) webhook_hmac_keys: Vec<String>,
}

/// One access token. Tokens of one name are one caller, so that one can replace another without a break.
pub(crate) struct AccessToken {
    pub(crate) name: String,
    pub(crate) token: String,
}

impl Config {
    pub(crate) fn read(env: &Env) -> Config {
        let text = |name: &str| env.var(name).map(|value| value.to_string()).unwrap_or_default();
        let list = |name| -> Vec<String> {
            text(name).split([',', ' ', '\n']).filter(|item| !item.is_empty()).map(base).collect()
        };
        let or = |value: String, default: &str| if value.is_empty() { default.to_owned() } else { value };
        Config {
            key: text("KIE_API_KEY").trim().to_owned(),
            tokens: list("ACCESS_TOKENS").iter().map(|text| AccessToken::read(text)).collect(),
            upstream: base(&or(text("UPSTREAM"), "https://api.kie.ai")),
            upload_upstream: base(&or(text("UPLOAD_UPSTREAM"), "https://kieai.redpandaai.co")),
            media_origins: list("ALLOW_MEDIA_ORIGINS"),
            origins: list("ALLOW_ORIGINS"),
            public_url: Some(base(&text("PUBLIC_URL"))).filter(|url| !url.is_empty()),
            webhook_hmac_keys: list("WEBHOOK_HMAC_KEYS"),
        }
    }

    /// Why nobody can be served; `None` if all is there. Without access tokens the relay would be open to the world.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        match (self.key.is_empty(), self.tokens.is_empty()) {
            (true, _) => Some("The relay has no KIE_API_KEY: `wrangler secret put KIE_API_KEY`."),
            (_, true) => Some("The relay has no ACCESS_TOKENS: `wrangler secret put ACCESS_TOKENS`."),
            _ => None,
        }
    }

    pub(crate) fn base(&self, host: Host) -> &str {
        match host {
            Host::Api => &self.upstream,
            Host::Upload => &self.upload_upstream,
        }
    }

    /// A secret of the relay's own for one use, which nobody has to configure. A new provider key makes new ones: it ends
    /// sessions and the callback addresses of running tasks, which are then found by looking.
    pub(crate) fn secret(&self, purpose: &str) -> Vec<u8> {
        hmac(self.key.as_bytes(), purpose)
    }
}

impl AccessToken {
    /// Reads `name=token` or `token`.
    fn read(text: &str) -> AccessToken {
        let is_name = |name: &str| {
            (1..=64).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        match text.split_once('=') {
            // What follows is not only the padding of a base64 token.
            Some((name, token)) if is_name(name) && !token.trim_matches('=').is_empty() => {
                AccessToken { name: name.to_owned(), token: token.to_owned() }
            }
            _ => AccessToken { name: format!("t-{}", &sha256(text)[..11]), token: text.to_owned() },
        }
    }
}

/// An address without slashes at its end; tokens have none.
fn base(text: &str) -> String {
    text.trim().trim_end_matches('/').to_owned()
}
