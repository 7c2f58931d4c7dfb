//! Texts. The catalogue is generated from `locales/`; dates, numbers and spans of time go through `Intl`.

use crate::lazy::Missing;
use std::pin::Pin;
use std::sync::OnceLock;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

type Texts = [&'static str; COUNT];
type Loading = Pin<Box<dyn Future<Output = Result<&'static Texts, Missing>>>>;

/// One language of the catalogue. English is always here, the texts of the others are fetched when they are shown.
#[derive(Debug)]
pub struct Language {
    /// The BCP 47 tag, also the name of the folder.
    pub tag: &'static str,
    /// What the language calls itself.
    pub name: &'static str,
    fetch: Option<fn() -> Loading>,
    here: OnceLock<&'static Texts>,
}

impl Language {
    const fn new(tag: &'static str, name: &'static str, fetch: Option<fn() -> Loading>) -> Self {
        Language { tag, name, fetch, here: OnceLock::new() }
    }

    /// True where the texts need not be fetched.
    pub fn is_here(&self) -> bool {
        self.fetch.is_none() || self.here.get().is_some()
    }

    /// Fetches the texts.
    pub async fn load(&self) -> Result<(), Missing> {
        if let (Some(fetch), None) = (self.fetch, self.here.get()) {
            let texts = fetch().await?;
            self.here.get_or_init(|| texts);
        }
        Ok(())
    }
}

/// The texts of the language that is shown. A view reads it once: when the language changes, the views are made anew.
#[derive(Clone, Copy, Debug)]
pub struct Text(&'static Language);

impl Text {
    /// The text under a key.
    pub fn of(self, key: T) -> &'static str {
        self.0.here.get().unwrap_or(&&ENGLISH)[key as usize]
    }

    /// The text under a key with its holes filled.
    pub fn with(self, key: T, values: &[(&str, &str)]) -> String {
        let mut text = self.of(key).to_owned();
        for (name, value) in values {
            text = text.replace(&["{", name, "}"].concat(), value);
        }
        text
    }

    /// The tag of the language.
    pub fn tag(self) -> &'static str {
        self.0.tag
    }
}

/// The language that fits a list of wishes best, English otherwise.
pub fn choose(wishes: &[String]) -> &'static Language {
    let base = |tag: &str| tag.split('-').next().map(str::to_ascii_lowercase);
    let fits = |wish: &String| LANGUAGES.iter().find(|language| base(language.tag) == base(wish));
    wishes.iter().find_map(fits).unwrap_or(&LANGUAGES[0])
}

/// The texts of a language; English where they are not here.
pub fn texts_of(language: &'static Language) -> Text {
    Text(language)
}
