//! `cargo xtask dist`: the page as static files for any host, compressed ahead, with the headers it wants.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::process::say;
use crate::{page, table};

const NOT_FOUND: &str = include_str!("../site/404.html");
/// What the relay sends too; its tests compare the two.
const HEADERS: &str = include_str!("../site/headers.txt");

/// The element's files are for pages of other origins too.
const EMBED_HEADERS: &str =
    "/embed/*\n  Access-Control-Allow-Origin: *\n  Cross-Origin-Resource-Policy: cross-origin\n";

/// Builds the page and everything a static host can use beside it. The answer is the folder.
pub fn dist() -> Result<PathBuf> {
    let folder = page::build()?;
    fs::write(folder.join("404.html"), NOT_FOUND)?;
    fs::write(folder.join(".nojekyll"), "")?;
    let names = tree(&folder, "")?;
    fs::write(folder.join("_headers"), headers(&names))?;

    say("Compressing");
    let rows = thread::scope(|scope| -> Result<Vec<_>> {
        let files: Vec<_> = names.iter().map(|name| scope.spawn(|| compressed(&folder, name))).collect();
        files.into_iter().map(|file| file.join().unwrap_or_else(|_| bail!("compressing failed"))).collect()
    })?;
    table::print(&["file", "bytes", "gzip", "brotli", "sha256"], &rows);
    say(&format!("Ready to be served from any path: {}", folder.display()));
    Ok(folder)
}

/// Puts a file's compressed twins beside it. The answer is its row in the table.
fn compressed(folder: &Path, name: &str) -> Result<Vec<String>> {
    let bytes = fs::read(folder.join(name))?;
    let mut row = vec![name.to_owned(), bytes.len().to_string(), String::new(), String::new()];
    if is_compressed_ahead(name) {
        let (gz, br) = (gzip(&bytes)?, brotli(&bytes)?);
        row[2] = gz.len().to_string();
        row[3] = br.len().to_string();
        fs::write(folder.join(format!("{name}.gz")), gz)?;
        fs::write(folder.join(format!("{name}.br")), br)?;
    }
    row.push(Sha256::digest(&bytes)[..6].iter().map(|byte| format!("{byte:02x}")).collect());
    Ok(row)
}

/// The names of the files in a folder, sorted.
pub fn files(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The files in a folder and in the folders below, with their paths from there, sorted.
pub fn tree(folder: &Path, path: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join(path))? {
        let entry = entry?;
        let name = format!("{path}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            names.extend(tree(folder, &format!("{name}/"))?);
        } else {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Gzip at its best.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Brotli at its best.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)?;
    Ok(out)
}

/// Not what a deployment edits: a compressed twin would go on telling the old story.
fn is_compressed_ahead(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["js", "css", "wasm", "svg", "txt", "webmanifest"].contains(&extension))
}

/// Trunk puts the hash of the content into a name, without leading zeros: such a file never changes.
fn is_hashed(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    (12..=16).contains(&hash.len()) && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What lies under its own version never changes either, but for the one file a deployment edits.
fn is_versioned(name: &str) -> bool {
    name.strip_prefix("embed/v")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && !rest.ends_with("/frame.json"))
}

/// The `_headers` file: protection for everything, and for each file how long it may be kept.
fn headers(names: &[String]) -> String {
    // No caching rule for everything: hosts join the rules that match instead of taking the closest.
    let served = names.iter().filter(|name| !name.starts_with('.'));
    let rules = served.map(|name| {
        let kept = if is_hashed(name) || is_versioned(name) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        format!("/{name}\n  Cache-Control: {kept}\n")
    });
    format!("{HEADERS}{EMBED_HEADERS}/\n  Cache-Control: no-cache\n{}", rules.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_by_their_content_are_kept_for_ever() {
        let names = [
            "boot.js",
            "vireo-1f1cdcacec70385b_bg.wasm",
            "style-1f1cdcacec7038.css",
            "embed/vireo-studio.js",
            "embed/v0.1.0/vireo-studio.js",
        ]
        .map(str::to_owned);
        let text = headers(&names);
        let kept = "\n  Cache-Control: public, max-age=31536000, immutable\n";
        assert!(text.contains(&format!("/vireo-1f1cdcacec70385b_bg.wasm{kept}")));
        assert!(text.contains(&format!("/style-1f1cdcacec7038.css{kept}")));
        assert!(text.contains(&format!("/embed/v0.1.0/vireo-studio.js{kept}")));
        assert!(text.contains("/embed/vireo-studio.js\n  Cache-Control: no-cache\n"));
        assert!(text.contains("/boot.js\n  Cache-Control: no-cache\n"));
    }

    #[test]
    fn what_a_deployment_edits_has_no_compressed_twin() {
        assert!(is_compressed_ahead("vireo-1f1cdcacec70385b_bg.wasm"));
        assert!(!is_compressed_ahead("config.json") && !is_compressed_ahead("index.html"));
    }
}
