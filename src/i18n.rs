//! Texts. The catalogue is generated from `locales/`; dates, numbers and spans of time go through `Intl`.

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// One language of the catalogue.
#[derive(Debug)]
pub struct Language {
    /// The BCP 47 tag, also the name of the folder.
    pub tag: &'static str,
    texts: &'static [&'static str; COUNT],
}

/// The texts of the language that is shown. A view reads it once: when the language changes, the views are made anew.
#[derive(Clone, Copy, Debug)]
pub struct Text(&'static Language);

impl Text {
    /// The text under a key.
    pub fn of(self, key: T) -> &'static str {
        self.0.texts[key as usize]
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

/// The texts of a language.
pub fn texts_of(language: &'static Language) -> Text {
    Text(language)
}
