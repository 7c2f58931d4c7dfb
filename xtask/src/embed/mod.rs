//! `dist/embed/`: the element as an npm package and as files to host, made from the page's own glue, wasm and style.

mod face;
mod package;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha384};

use crate::dist::files;
use crate::page;
use crate::process::root;

/// The package's version, which is the workspace's.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Files of `www/embed/` that are copied after their placeholders are filled.
const OWN: [&str; 8] = [
    "package.json",
    "vireo-studio.js",
    "vireo-studio.d.ts",
    "vireo-frame.js",
    "vireo-frame.d.ts",
    "frame.html",
    "frame.js",
    "frame.json",
];

/// What the app asks for when it joins films, beside itself.
const FILM: [&str; 3] = ["film.js", "mediabunny.js", "mediabunny.LICENSE"];

/// Writes the package beside the page in `dist`, and once more under its version for hosts that keep it for ever. `minify` makes its own
/// scripts smaller; the app's glue comes small from the page.
pub fn write(dist: &Path, minify: bool) -> Result<()> {
    let folder = dist.join("embed");
    fs::create_dir_all(&folder)?;
    let built = |suffix: &str| -> Result<Vec<u8>> {
        let is_it = |name: &String| {
            name.ends_with(suffix) && (name.starts_with("vireo-") || name.starts_with("style-"))
        };
        let name = files(dist)?.into_iter().find(is_it).with_context(|| format!("no *{suffix} in dist"))?;
        Ok(fs::read(dist.join(name))?)
    };
    let app = built(".js")?;
    let wasm = built("_bg.wasm")?;
    let css = built(".css")?;
    fs::write(folder.join("vireo-studio-app.js"), &app)?;
    fs::write(folder.join("vireo-studio_bg.wasm"), &wasm)?;
    fs::write(folder.join("vireo-studio.css"), &css)?;
    // The glue fetches these by their names.
    for name in files(dist)?.iter().filter(|name| is_part(name)) {
        fs::copy(dist.join(name), folder.join(name))?;
    }
    for name in OWN {
        let text =
            fs::read_to_string(root().join("www/embed").join(name)).with_context(|| name.to_owned())?;
        let text = text
            .replace("__VERSION__", VERSION)
            .replace("__APP_SRI__", &integrity(&app))
            .replace("__WASM_SRI__", &integrity(&wasm))
            .replace("__CSS_SRI__", &integrity(&css));
        fs::write(folder.join(name), text)?;
    }
    for name in FILM {
        fs::copy(dist.join(name), folder.join(name)).with_context(|| name.to_owned())?;
    }
    if minify {
        page::minify(&folder, &["vireo-studio.js", "vireo-frame.js", "frame.js"])?;
    }
    fs::write(folder.join("custom-elements.json"), face::manifest(VERSION))?;
    for name in ["LICENSE", "LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(root().join(name), folder.join(name))?;
    }
    fs::write(folder.join("README.md"), package::readme())?;
    write_integrities(&folder)?;
    copy_under_version(&folder)
}

/// Whether a file is a part of the wasm that is loaded when needed.
pub fn is_part(name: &str) -> bool {
    name.starts_with("vireo-") && name.ends_with(".wasm") && !name.ends_with("_bg.wasm")
}

/// The hash a page may demand of a file.
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

fn write_integrities(folder: &Path) -> Result<()> {
    let mut lines = Vec::new();
    for name in files(folder)? {
        lines.push(format!("  {name:?}: {:?}", integrity(&fs::read(folder.join(&name))?)));
    }
    Ok(fs::write(folder.join("sri.json"), format!("{{\n{}\n}}\n", lines.join(",\n")))?)
}

fn copy_under_version(folder: &Path) -> Result<()> {
    let versioned = folder.join(format!("v{VERSION}"));
    fs::create_dir_all(&versioned)?;
    for name in files(folder)? {
        fs::copy(folder.join(&name), versioned.join(&name))?;
    }
    Ok(())
}
