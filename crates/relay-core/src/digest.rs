//! Hashes, signatures and their comparison.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
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

/// What a secret text is compared by, word by word.
#[derive(Clone)]
pub struct Fingerprint([u64; 4]);

impl Fingerprint {
    /// That of a text.
    pub fn of(text: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(text).into();
        let (words, _) = digest.as_chunks::<8>();
        Fingerprint(std::array::from_fn(|index| u64::from_ne_bytes(words[index])))
    }

    /// Whether it is of the same text, in a time that depends on neither.
    pub fn is(&self, other: &Fingerprint) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Whether two texts are the same, in a time that depends on neither.
pub fn same(a: &str, b: &str) -> bool {
    Fingerprint::of(a).is(&Fingerprint::of(b))
}
