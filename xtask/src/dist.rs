//! `cargo xtask dist`: the page as static files for any host, compressed ahead, with the headers it wants.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::process::say;
use crate::{page, table};

const NOT_FOUND: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Not found</title>\n\
    <h1>There is no page at this address</h1>\n<p><a href=\"./\">To Vireo</a></p>\n</html>\n";

/// Builds the page and everything a static host can use beside it.
pub fn dist() -> Result<()> {
    let folder = page::build()?;
    fs::write(folder.join("404.html"), NOT_FOUND)?;
    fs::write(folder.join(".nojekyll"), "")?;
    let names = files(&folder)?;
    let config = fs::read_to_string(folder.join("config.json")).context("config.json")?;
    fs::write(folder.join("_headers"), headers(&names, &config)?)?;

    say("Compressing");
    let mut rows = Vec::new();
    for name in &names {
        let bytes = fs::read(folder.join(name))?;
        let hash = Sha256::digest(&bytes);
        let mut row = vec![
            name.clone(),
            bytes.len().to_string(),
            String::new(),
            String::new(),
        ];
        if is_compressible(name) {
            let (gz, br) = (gzip(&bytes)?, brotli(&bytes)?);
            row[2] = gz.len().to_string();
            row[3] = br.len().to_string();
            fs::write(folder.join(format!("{name}.gz")), gz)?;
            fs::write(folder.join(format!("{name}.br")), br)?;
        }
        row.push(hash[..6].iter().map(|byte| format!("{byte:02x}")).collect());
        rows.push(row);
    }
    table::print(&["file", "bytes", "gzip", "brotli", "sha256"], &rows);
    say(&format!("Ready to be served from any path: {}", folder.display()));
    Ok(())
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

fn is_compressible(name: &str) -> bool {
    Path::new(name)
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| {
            ["html", "js", "css", "wasm", "json", "svg", "txt", "webmanifest"].contains(&extension)
        })
}

/// Trunk puts sixteen hexadecimal digits of the content into a name: such a file never changes.
fn is_hashed(name: &str) -> bool {
    name.split(['-', '_', '.'])
        .any(|part| part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The `_headers` file that Cloudflare Pages and Netlify read, and that says for other hosts what to send.
fn headers(names: &[String], config: &str) -> Result<String> {
    let mut text = format!(
        "/*\n  Content-Security-Policy: {}\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n  \
         Cross-Origin-Opener-Policy: same-origin\n  \
         Permissions-Policy: camera=(), microphone=(), geolocation=(), payment=(), usb=()\n/\n  Cache-Control: no-cache\n",
        policy(config)?
    );
    // No caching rule for everything: hosts join the rules that match instead of taking the closest.
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        let rule = if is_hashed(name) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        text.push_str(&format!("/{name}\n  Cache-Control: {rule}\n"));
    }
    Ok(text)
}

/// What the page may load: itself, the two hosts of its configuration, and results, which lie on hosts the provider
/// chooses. The page itself refuses results that are not public `https:`.
fn policy(config: &str) -> Result<String> {
    let config: serde_json::Value = serde_json::from_str(config).context("config.json")?;
    let base = |key: &str| {
        config[key]
            .as_str()
            .with_context(|| format!("config.json has no {key}"))
    };
    Ok(format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob: https:; \
         media-src 'self' blob: https:; connect-src 'self' {} {} https:; font-src 'self'; manifest-src 'self'; \
         worker-src 'self'; object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
        base("apiBase")?,
        base("uploadBase")?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_by_their_content_are_kept_for_ever() {
        let names = ["boot.js", "index.html", "vireo-1f1cdcacec70385b_bg.wasm"].map(str::to_owned);
        let config = r#"{ "apiBase": "https://api.example", "uploadBase": "https://upload.example" }"#;
        let text = headers(&names, config).unwrap();
        assert!(text.contains(
            "/vireo-1f1cdcacec70385b_bg.wasm\n  Cache-Control: public, max-age=31536000, immutable\n"
        ));
        assert!(text.contains("/boot.js\n  Cache-Control: no-cache\n"));
        assert!(text.contains("connect-src 'self' https://api.example https://upload.example"));
    }
}
