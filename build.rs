//! Turns `locales/<language>/*.txt` into one enum of text keys and a table per language, so that a missing or unknown
//! key does not compile and a text costs nothing but its bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=locales");
    let languages: Vec<(String, BTreeMap<String, String>)> = sorted(Path::new("locales"))
        .into_iter()
        .map(|folder| (name_of(&folder), read_language(&folder)))
        .collect();
    let english = &languages.iter().find(|(name, _)| name == "en").expect("locales/en exists").1;
    for (language, texts) in &languages {
        let missing: Vec<_> = english.keys().filter(|key| !texts.contains_key(*key)).collect();
        let unknown: Vec<_> = texts.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(missing.is_empty(), "locales/{language} lacks the texts {missing:?}");
        assert!(
            unknown.is_empty(),
            "locales/{language} has texts that locales/en does not know: {unknown:?}"
        );
        for (key, text) in texts {
            assert_eq!(
                holes(&english[key]),
                holes(text),
                "locales/{language}: {key} has other {{holes}} than English"
            );
        }
    }

    let mut code = String::new();
    // These are for boot.js, which has them from xtask.
    let is_ours = |key: &&String| !key.starts_with("boot-");
    let keys: Vec<String> = english.keys().filter(is_ours).map(|key| pascal(key)).collect();
    writeln!(code, "/// Names a text of the catalogue.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[allow(missing_docs)]")
        .expect("a string takes everything");
    writeln!(code, "#[repr(u16)]\npub enum T {{ {} }}", keys.join(", ")).expect("a string takes everything");
    writeln!(code, "const COUNT: usize = {};", keys.len()).expect("a string takes everything");
    let mut ordered: Vec<_> = languages.iter().collect();
    ordered.sort_by_key(|(name, _)| name != "en");
    let mut list = String::new();
    for (name, texts) in &ordered {
        let ours = texts.iter().filter(|(key, _)| is_ours(key)).map(|(_, text)| text);
        let table = format!("{:?}", ours.collect::<Vec<_>>());
        let own = &texts["language-name"];
        if name == "en" {
            writeln!(code, "static ENGLISH: Texts = {table};").expect("a string takes everything");
            writeln!(list, "Language::new({name:?}, {own:?}, None),").expect("a string takes everything");
            continue;
        }
        let chunk = name.to_lowercase().replace('-', "_");
        writeln!(
            code,
            "crate::lazy! {{ {chunk} => fn texts_{chunk}() -> &'static Texts {{ static TEXTS: Texts = {table}; &TEXTS }} }}"
        )
        .expect("a string takes everything");
        writeln!(list, "Language::new({name:?}, {own:?}, Some(|| Box::pin(texts_{chunk}()))),")
            .expect("a string takes everything");
    }
    writeln!(
        code,
        "/// All languages, English first.\npub static LANGUAGES: [Language; {}] = [{list}];",
        ordered.len()
    )
    .expect("a string takes everything");
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("texts.rs");
    fs::write(target, code).expect("OUT_DIR can be written");
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Lines of `key = text`; empty lines and lines that begin with `#` are passed over.
fn read_language(folder: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for file in sorted(folder) {
        let content = fs::read_to_string(&file).expect("a locale file is UTF-8");
        for line in content.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, text) =
                line.split_once('=').unwrap_or_else(|| panic!("{}: no `=` in {line:?}", file.display()));
            let (key, text) = (key.trim().to_owned(), text.trim().to_owned());
            assert!(!text.is_empty(), "{}: {key} is empty", file.display());
            assert!(texts.insert(key.clone(), text).is_none(), "{}: {key} stands twice", file.display());
        }
    }
    texts
}

/// The names in braces, sorted.
fn holes(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}

fn pascal(key: &str) -> String {
    key.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
