//! What makes the page an app that can be installed: the service worker, told which files the page is made of.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::dist::tree;
use crate::process::root;

/// Kinds of files that the page is made of. Configuration is not: a deployment edits it.
const KINDS: [&str; 5] = ["js", "css", "wasm", "svg", "webmanifest"];
/// Folders of others: the element for foreign pages, and pages that show it.
const OTHERS: [&str; 2] = ["embed/", "examples/"];

/// Writes `sw.js` for the page as it lies in `dist`. Call it last: it holds the list of all files and their hash.
pub fn write(dist: &Path) -> Result<()> {
    let template = fs::read_to_string(root().join("www/sw.js")).context("www/sw.js")?;
    let names: Vec<String> = tree(dist, "")?.into_iter().filter(|name| is_shell(name)).collect();
    let mut hash = Sha256::new();
    hash.update(&template);
    for name in names.iter().map(String::as_str).chain(["index.html"]) {
        hash.update(name);
        hash.update(fs::read(dist.join(name)).with_context(|| name.to_owned())?);
    }
    let version: String = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(dist.join("sw.js"), worker(&template, &names, &version)?)?;
    Ok(())
}

/// The worker's source with the list and the version in it. The page itself goes by its folder's address.
fn worker(template: &str, names: &[String], version: &str) -> Result<String> {
    let list: Vec<String> = names.iter().map(|name| format!("'./{name}'")).collect();
    let (empty_list, no_version) = ("const SHELL = [];", "const VERSION = '';");
    ensure!(
        template.contains(empty_list) && template.contains(no_version),
        "www/sw.js has no place for the list"
    );
    let told = template.replace(empty_list, &format!("const SHELL = ['./', {}];", list.join(", ")));
    Ok(told.replace(no_version, &format!("const VERSION = '{version}';")))
}

/// Puts the sentences of `locales/*/boot.txt` into `boot.js`, before it is made smaller.
pub fn write_words(dist: &Path) -> Result<()> {
    let mut words = serde_json::Map::new();
    for entry in fs::read_dir(root().join("locales"))? {
        let folder = entry?.path();
        let text =
            fs::read_to_string(folder.join("boot.txt")).with_context(|| folder.display().to_string())?;
        let pairs =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        let texts: serde_json::Map<_, _> =
            pairs.map(|(key, text)| (key.trim().to_owned(), text.trim().into())).collect();
        let language = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        words.insert(language, texts.into());
    }
    let (file, place) = (dist.join("boot.js"), "const WORDS = {};");
    let script = fs::read_to_string(&file)?;
    ensure!(script.contains(place), "www/boot.js has no place for its words");
    Ok(fs::write(
        file,
        script.replace(place, &format!("const WORDS = {};", serde_json::Value::Object(words))),
    )?)
}

fn is_shell(name: &str) -> bool {
    let kind = Path::new(name).extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    KINDS.contains(&kind) && name != "sw.js" && !OTHERS.iter().any(|folder| name.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_shell_is_the_page_and_nothing_a_deployment_edits() {
        for name in [
            "boot.js",
            "vireo-1f1cdcacec70385b_bg.wasm",
            "chunks/board-1f1cdcacec70385b.wasm",
            "icons/icon.svg",
        ] {
            assert!(is_shell(name), "{name}");
        }
        for name in [
            "config.json",
            "sw.js",
            "embed/vireo-studio.js",
            "examples/demo.js",
            "boot.js.gz",
            "_headers",
            "icons/social.png",
        ] {
            assert!(!is_shell(name), "{name}");
        }
    }

    /// The keys of a language.
    fn keys(language: &Path) -> BTreeSet<String> {
        let files = fs::read_dir(language).unwrap().map(|entry| entry.unwrap().path());
        let keys = files.flat_map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let lines =
                text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
            lines.map(|(key, _)| key.trim().to_owned()).collect::<Vec<_>>()
        });
        keys.collect()
    }

    #[test]
    fn every_language_has_every_text() {
        let locales = root().join("locales");
        let english = keys(&locales.join("en"));
        assert!(english.contains("boot-failed") && english.contains("prompt"));
        for folder in fs::read_dir(&locales).unwrap().map(|entry| entry.unwrap().path()) {
            let its = keys(&folder);
            let missing: Vec<_> = english.symmetric_difference(&its).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", folder.display());
        }
    }

    #[test]
    fn the_worker_is_told_its_files_and_version() {
        let template = fs::read_to_string(root().join("www/sw.js")).unwrap();
        let text = worker(&template, &["boot.js".to_owned()], "12ab").unwrap();
        assert!(text.contains("const SHELL = ['./', './boot.js'];\nconst VERSION = '12ab';"));
        assert!(worker("", &[], "12ab").is_err());
    }
}
