//! What the Worker is deployed with: variables of `wrangler.toml`, and secrets.

use std::str::FromStr;
use veo_api::Host;
use vireo_relay_core::budget::Limits;
use vireo_relay_core::callback::Addresses;
use vireo_relay_core::digest::{hmac, sha256_hex};
use vireo_relay_core::secret::Secret;
use worker::{Env, Url};

/// The variables and secrets, read anew for every request: bindings cost nothing.
pub(crate) struct Config {
    /// The provider's key; it leaves in `Authorization` to the two upstreams and nowhere else.
    pub(crate) key: String,
    pub(crate) tokens: Vec<AccessToken>,
    upstream: String,
    upload_upstream: String,
    pub(crate) media_origins: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) public_url: Option<Url>,
    /// Names under which it is asked besides that of its public address.
    pub(crate) hosts: Vec<String>,
    /// What each caller may spend; `None` if that cannot be read.
    pub(crate) limits: Option<Limits>,
    webhook_hmac_keys: Vec<String>,
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
            public_url: Url::parse(&base(&text("PUBLIC_URL"))).ok(),
            hosts: list("ALLOW_HOSTS"),
            limits: limits(&text("DAILY_CREDITS"), &text("RATE"), &text("CONCURRENCY")),
            webhook_hmac_keys: list("WEBHOOK_HMAC_KEYS"),
        }
    }

    /// Why nobody can be served; `None` if all is there. Without access tokens the relay would be open to the world.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let is_origin =
            |text: &String| Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == *text);
        let has_paths = !self.origins.iter().all(is_origin);
        match (self.key.is_empty(), self.tokens.is_empty(), self.limits.is_none()) {
            (true, ..) => Some("The relay has no KIE_API_KEY: `wrangler secret put KIE_API_KEY`."),
            (_, true, _) => Some("The relay has no ACCESS_TOKENS: `wrangler secret put ACCESS_TOKENS`."),
            (.., true) => Some("DAILY_CREDITS, RATE and CONCURRENCY must be numbers."),
            _ if has_paths => {
                Some("ALLOW_ORIGINS must be origins without a path, such as https://page.example.")
            }
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
    pub(crate) fn secret(&self, purpose: &str) -> [u8; 32] {
        hmac(self.key.as_bytes(), purpose)
    }

    /// The addresses that are given to the provider.
    pub(crate) fn addresses(&self) -> Addresses {
        let mut callers: Vec<String> = self.tokens.iter().map(|token| token.name.clone()).collect();
        callers.sort_unstable();
        callers.dedup();
        let keys = self.webhook_hmac_keys.iter().filter_map(|key| Secret::new(key)).collect();
        Addresses::new(self.secret("callback"), self.public_url.clone(), keys, callers)
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
            _ => AccessToken {
                name: format!("t-{}", &sha256_hex(text.as_bytes())[..8]),
                token: text.to_owned(),
            },
        }
    }
}

/// A limit that cannot be read must not be none.
fn limits(daily_credits: &str, rate: &str, concurrency: &str) -> Option<Limits> {
    Some(Limits {
        daily_credits: number(daily_credits)?,
        rate: number(rate)?,
        concurrency: number(concurrency)?,
    })
}

fn number<T: FromStr>(text: &str) -> Option<Option<T>> {
    match text.trim() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    }
}

/// An address without slashes at its end; tokens have none.
fn base(text: &str) -> String {
    text.trim().trim_end_matches('/').to_owned()
}
