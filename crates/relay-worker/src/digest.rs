//! Hashes, signatures and their comparison.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// HMAC-SHA256 of `message`.
pub(crate) fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    // A key of any length is taken.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(message.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    )
}

/// 22 characters of base64url, 132 bits, of an HMAC: short enough for an address, long enough not to be guessed.
pub(crate) fn short_hmac(key: &[u8], message: &str) -> String {
    let mut text = BASE64_URL_SAFE_NO_PAD.encode(hmac(key, message));
    text.truncate(22);
    text
}

/// SHA-256 in base64url.
pub(crate) fn sha256(message: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(message))
}

/// Whether two texts are the same, in a time that depends on neither.
pub(crate) fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a).ct_eq(&Sha256::digest(b)).into()
}
