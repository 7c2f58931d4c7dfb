//! Words that no log, answer or panic may show.

use std::fmt;

/// A key or token. It prints `[redacted]`; only [`Secret::expose`] gives it away.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a word; `None` if it is empty.
    pub fn new(word: &str) -> Option<Self> {
        let word = word.trim();
        (!word.is_empty()).then(|| Secret(word.to_owned()))
    }

    /// The word itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
