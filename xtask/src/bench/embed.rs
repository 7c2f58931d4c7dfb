//! `embed`: what a host page pays for the element.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::dist::{brotli, gzip};
use crate::{page, table};

/// Bytes after brotli that a host page may pay before the element is near the viewport.
const ENTRY_BUDGET: usize = 3 * 1024;

/// The files a host page loads at once, and those it loads when the element comes near.
pub fn embed() -> Result<()> {
    let folder = page::build()?.join("embed");
    let mut rows = Vec::new();
    let entry = weigh(&folder, "at once", &["vireo-studio.js"], &mut rows)?;
    weigh(
        &folder,
        "near the viewport",
        &["vireo-studio-app.js", "vireo-studio_bg.wasm", "vireo-studio.css"],
        &mut rows,
    )?;
    table::print(&["what a host page loads, bytes", "when", "raw", "gzip", "brotli"], &rows);
    println!("goal for what it loads at once: {ENTRY_BUDGET} brotli");
    ensure!(entry <= ENTRY_BUDGET, "the entry weighs {entry} bytes after brotli, more than {ENTRY_BUDGET}");
    Ok(())
}

fn weigh(folder: &Path, when: &str, names: &[&str], rows: &mut Vec<Vec<String>>) -> Result<usize> {
    let mut sum = 0;
    for name in names {
        let content = fs::read(folder.join(name)).with_context(|| (*name).to_owned())?;
        let small = brotli(&content)?.len();
        sum += small;
        let sizes = [content.len(), gzip(&content)?.len(), small].map(|bytes| bytes.to_string());
        rows.push([vec![(*name).to_owned(), when.to_owned()], sizes.to_vec()].concat());
    }
    Ok(sum)
}
