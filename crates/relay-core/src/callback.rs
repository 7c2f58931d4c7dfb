//! The provider's callbacks: who may call, and what a call means. A call is a hint and nothing more; the record of its
//! task is read again before anybody is told.

use crate::digest::{same, short_hmac};
use crate::intent::IntentId;
use crate::secret::Secret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;
use veo_api::TaskId;

/// How far the provider's clock may be from ours, in seconds. Its signature carries no other limit.
const SKEW_S: u64 = 300;

/// The addresses that are given to the provider, and how a call is known to be its.
#[derive(Debug)]
pub struct Addresses {
    secret: [u8; 32],
    public_url: Option<Url>,
    hmac_keys: Vec<Secret>,
    callers: Vec<String>,
}

/// Why a call is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forged {
    /// No intent has this address.
    Address,
    /// The signature is missing, wrong or old.
    Signature,
}

impl Addresses {
    /// Of a relay with this secret and public address, for these callers.
    pub fn new(
        secret: [u8; 32],
        public_url: Option<Url>,
        hmac_keys: Vec<Secret>,
        callers: Vec<String>,
    ) -> Self {
        Addresses { secret, public_url, hmac_keys, callers }
    }

    /// Where the provider is to report the end of an intent; `None` if it cannot reach this relay.
    pub fn callback(&self, id: &IntentId) -> Option<String> {
        let base = self.public_url.as_ref()?.as_str().trim_end_matches('/').to_owned();
        let intent = utf8_percent_encode(&id.key, NON_ALPHANUMERIC).to_string().replace("%2D", "-");
        Some(format!("{base}/relay/callback/{intent}/{}", self.token(id)))
    }

    fn token(&self, id: &IntentId) -> String {
        short_hmac(&self.secret, &format!("callback\u{1f}{}\u{1f}{}", id.caller, id.key))
    }

    /// The intent of an address. Every caller's is compared, so that the time tells nothing.
    ///
    /// # Errors
    /// There is none.
    pub fn intent(&self, key: &str, token: &str) -> Result<IntentId, Forged> {
        let ids = self.callers.iter().map(|caller| IntentId { caller: caller.clone(), key: key.to_owned() });
        let found = ids.fold(None, |found, id| if same(&self.token(&id), token) { Some(id) } else { found });
        found.ok_or(Forged::Address)
    }

    /// Checks the provider's own signature, which covers task and time but not the body, where a key for it is known.
    ///
    /// # Errors
    /// It is missing, wrong or old.
    pub fn check_signature(
        &self,
        task: &TaskId,
        timestamp: Option<&str>,
        signature: Option<&str>,
        now_s: u64,
    ) -> Result<(), Forged> {
        if self.hmac_keys.is_empty() {
            return Ok(());
        }
        let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
            return Err(Forged::Signature);
        };
        let seconds: u64 = timestamp.parse().map_err(|_| Forged::Signature)?;
        let message = format!("{task}.{timestamp}");
        let signed = self.hmac_keys.iter().fold(false, |found, key| {
            let expected = BASE64_STANDARD.encode(crate::digest::hmac(key.expose().as_bytes(), &message));
            same(&expected, signature) | found
        });
        if signed && seconds.abs_diff(now_s) <= SKEW_S { Ok(()) } else { Err(Forged::Signature) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const TASK: &str = "9b0c4f6f2d3a4e7b8c1d0e2f3a4b5c6d";
    const SIGNATURE: &str = "4yxQdLWTtogcXR7e4YXa2e0eQqTvgQ18LnzK4sKZejU=";

    fn addresses(keys: &[&str]) -> Addresses {
        let keys = keys.iter().filter_map(|key| Secret::new(key)).collect();
        let url = Url::parse("https://relay.example/base/").ok();
        Addresses::new([7; 32], url, keys, vec!["ann".to_owned(), "bob".to_owned()])
    }

    fn id(caller: &str, key: &str) -> IntentId {
        IntentId { caller: caller.to_owned(), key: key.to_owned() }
    }

    #[rstest]
    #[case(&["demo-key"], Some("1776800080"), Some(SIGNATURE), 1_776_800_080, true)]
    #[case(&["new", "demo-key"], Some("1776800080"), Some(SIGNATURE), 1_776_800_380, true)]
    #[case(&["demo-key"], Some("1776800080"), Some(SIGNATURE), 1_776_800_381, false)]
    #[case(&["demo-key"], Some("1776800080"), Some(SIGNATURE), 1_776_799_779, false)]
    #[case(&["demo-key"], Some("1776800081"), Some(SIGNATURE), 1_776_800_080, false)]
    #[case(&["demo-key"], Some("-1"), Some(SIGNATURE), 1_776_800_080, false)]
    #[case(&["demo-key"], Some("1776800080"), Some(""), 1_776_800_080, false)]
    #[case(&["demo-key"], Some("1776800080"), None, 1_776_800_080, false)]
    #[case(&["demo-key"], None, Some(SIGNATURE), 1_776_800_080, false)]
    #[case(&["other-key"], Some("1776800080"), Some(SIGNATURE), 1_776_800_080, false)]
    #[case(&[], None, None, 0, true)]
    fn the_documented_signature_is_checked(
        #[case] keys: &[&str],
        #[case] timestamp: Option<&str>,
        #[case] signature: Option<&str>,
        #[case] now_s: u64,
        #[case] good: bool,
    ) {
        let task = TaskId::parse(TASK).unwrap();
        let checked = addresses(keys).check_signature(&task, timestamp, signature, now_s);
        assert_eq!(checked.is_ok(), good);
    }

    #[test]
    fn an_address_opens_its_own_intent_only() {
        let addresses = addresses(&[]);
        let url = addresses.callback(&id("bob", "a b/ü")).unwrap();
        let rest = url.strip_prefix("https://relay.example/base/relay/callback/a%20b%2F%C3%BC/").unwrap();
        assert_eq!(rest.len(), 22);
        assert_eq!(addresses.intent("a b/ü", rest), Ok(id("bob", "a b/ü")));
        assert_eq!(addresses.intent("other", rest), Err(Forged::Address));
        assert_eq!(addresses.intent("a b/ü", &rest[1..]), Err(Forged::Address));
        assert_ne!(addresses.token(&id("ann", "k")), addresses.token(&id("bob", "k")));
    }
}
