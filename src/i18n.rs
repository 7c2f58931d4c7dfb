//! Texts. The catalogue is generated from `locales/`; dates, numbers and spans of time go through `Intl`.

use crate::lazy::Missing;
use std::pin::Pin;
use std::sync::OnceLock;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Names a text of the catalogue. The English text goes with its name, so that it lies where it is used: a part of the
/// program that is fetched when needed brings its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct T(&'static Entry);

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// In the tables of the other languages.
    place: usize,
    english: &'static str,
}

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
        self.0.here.get().map_or(key.0.english, |texts| texts[key.0.place])
    }

    /// The text under a key with its holes filled.
    pub fn with(self, key: T, values: &[(&str, &str)]) -> String {
        // By hand: searching for a text in a text is 3 kB of the first load, and nothing else there does it.
        let mut filled = String::new();
        let mut rest = self.of(key);
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else { break };
            let value = values.iter().find(|(known, _)| *known == name);
            filled.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        filled.push_str(rest);
        filled
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
