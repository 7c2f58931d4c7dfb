//! Random bytes, and names made of them.

use vireo_relay_core::digest::sha256_hex;

/// 32 random bytes.
pub(crate) fn bytes() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A name that no other intent has: 32 hexadecimal digits.
pub(crate) fn name() -> Result<String, getrandom::Error> {
    Ok(sha256_hex(&bytes()?)[..32].to_owned())
}
