//! `size`: what a first visitor downloads.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::serve::{TWIN, twin_folder};
use crate::dist::{brotli, files, gzip};
use crate::{page, table};

/// Bytes after brotli; past this the benchmark fails.
const BUDGET: usize = 120_000;
const GOAL: usize = 90_000;

#[derive(Clone, Copy, Default)]
struct Bytes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// The page's files and its twin's, and how they compare.
pub fn size() -> Result<()> {
    let folder = page::build()?;
    let mut rows = Vec::new();
    let page = weigh(&folder, &first_load(&folder)?, &mut rows)?;
    rows.push(row("Vireo", page, None));
    let twin = weigh(&twin_folder(), &TWIN.map(str::to_owned), &mut Vec::new())?;
    rows.push(row("twin in plain HTML and JavaScript", twin, Some(page)));
    table::print(&["size of a first load, bytes", "raw", "gzip", "brotli", "Vireo ÷ this"], &rows);
    println!(
        "budget {BUDGET} brotli: {:.0} % used; goal {GOAL}: {:.0} %",
        100.0 * page.brotli as f64 / BUDGET as f64,
        100.0 * page.brotli as f64 / GOAL as f64
    );
    ensure!(
        page.brotli <= BUDGET,
        "the first load weighs {} bytes after brotli, more than {BUDGET}",
        page.brotli
    );
    Ok(())
}

/// The files that index.html names, itself, and the configuration that boot.js reads.
fn first_load(folder: &Path) -> Result<Vec<String>> {
    let index = fs::read_to_string(folder.join("index.html")).context("index.html")?;
    let mut names = files(folder)?;
    names
        .retain(|name| name == "index.html" || name == "config.json" || index.contains(&format!("./{name}")));
    Ok(names)
}

fn weigh(folder: &Path, names: &[String], rows: &mut Vec<Vec<String>>) -> Result<Bytes> {
    let mut total = Bytes::default();
    for name in names {
        let content = fs::read(folder.join(name)).with_context(|| name.clone())?;
        let bytes =
            Bytes { raw: content.len(), gzip: gzip(&content)?.len(), brotli: brotli(&content)?.len() };
        total.raw += bytes.raw;
        total.gzip += bytes.gzip;
        total.brotli += bytes.brotli;
        rows.push(row(name, bytes, None));
    }
    Ok(total)
}

fn row(name: &str, bytes: Bytes, page: Option<Bytes>) -> Vec<String> {
    vec![
        name.to_owned(),
        bytes.raw.to_string(),
        bytes.gzip.to_string(),
        bytes.brotli.to_string(),
        page.map_or(String::new(), |page| format!("{:.1}", page.brotli as f64 / bytes.brotli as f64)),
    ]
}
