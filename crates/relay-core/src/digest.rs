//! Hashes, signatures and their comparison.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use subtle::ConstantTimeEq;

/// HMAC-SHA256 of `message`.
///
/// # Panics
/// Never: HMAC takes keys of any length.
pub fn hmac(key: &[u8], message: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

/// 22 characters of base64url, 132 bits, of an HMAC: short enough for an address, long enough not to be guessed.
pub fn short_hmac(key: &[u8], message: &str) -> String {
    let mut text = BASE64_URL_SAFE_NO_PAD.encode(hmac(key, message));
    text.truncate(22);
    text
}

/// SHA-256 in hexadecimal.
pub fn sha256_hex(message: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(message) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether two texts are the same, in a time that depends on neither.
pub fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a).ct_eq(&Sha256::digest(b)).into()
}
