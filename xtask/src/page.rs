//! The one way the production page is built: by `run`, by `dist`, by the tests and by the benchmarks.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, ensure};

use crate::dist::files;
use crate::embed::integrity;
use crate::process::{cargo, command, output, root, run, say};
use crate::{embed, site, split, tools};

/// Builds the page into `dist/`, whose path is the answer. The same sources give the same bytes in any folder.
pub fn build() -> Result<PathBuf> {
    let shrinkers = tools::ensure_page()?;
    // Trunk builds offline: what it compiles must be on this machine already.
    run(&mut cargo(["fetch", "--quiet"]))?;
    say("Building the page (about 2 minutes the first time, seconds after)");
    let mut trunk = command("trunk");
    trunk
        .args(["build", "--release=true", "--features", "split"])
        .env("CARGO_ENCODED_RUSTFLAGS", remapped_paths()?)
        .env("CONST_RANDOM_SEED", "0")
        .env("SOURCE_DATE_EPOCH", "0")
        // Trunk takes the usual `NO_COLOR=1` for a wrong value and stops.
        .env_remove("NO_COLOR");
    run(&mut trunk)?;
    let dist = root().join("dist");
    split::split(&dist, shrinkers)?;
    add_policy(&dist.join("index.html"))?;
    site::write_words(&dist)?;
    if shrinkers.esbuild {
        minify(&dist, &["boot.js", "attention.js", "film.js", "installed.js"])?;
        minify_glue(&dist)?;
    }
    embed::write(&dist, shrinkers.esbuild)?;
    site::write(&dist)?;
    Ok(dist)
}

/// The policy for hosts that send no headers. Who the page speaks to stands in `config.json`, which a deployment may
/// change without a rebuild, so this part names no hosts; the headers do.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                      img-src 'self' data: blob: https: http:; media-src 'self' blob: https: http:; \
                      connect-src 'self' https: http:; font-src 'self'; worker-src 'self'; manifest-src 'self'; \
                      object-src 'none'; base-uri 'self'; form-action 'none'; \
                      require-trusted-types-for 'script'; trusted-types vireo";

/// Puts the policy into the page, before anything that it is about. Not in `index.html` itself: `trunk serve` adds an
/// inline script.
fn add_policy(index: &Path) -> Result<()> {
    let text = fs::read_to_string(index)?;
    let (head, rest) = text.split_once("<meta charset=utf-8>").context("index.html has no charset")?;
    let meta = format!("<meta charset=utf-8><meta http-equiv=Content-Security-Policy content=\"{POLICY}\">");
    Ok(fs::write(index, format!("{head}{meta}{rest}"))?)
}

/// Makes scripts of a folder smaller, in place.
pub fn minify(folder: &Path, names: &[&str]) -> Result<()> {
    run(command("esbuild").current_dir(folder).args(names).args([
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--log-level=error",
        "--allow-overwrite",
        "--outdir=.",
    ]))
}

/// The glue's hash stands in the index, for the browser to check.
fn minify_glue(dist: &Path) -> Result<()> {
    let is_glue = |name: &String| name.starts_with("vireo-") && name.ends_with(".js");
    let name = files(dist)?.into_iter().find(is_glue).context("no vireo-*.js in dist")?;
    let before = integrity(&fs::read(dist.join(&name))?);
    minify(dist, &[&name])?;
    let after = integrity(&fs::read(dist.join(&name))?);
    let index = dist.join("index.html");
    let text = fs::read_to_string(&index)?;
    ensure!(text.contains(&before), "index.html does not name the hash of {name}");
    Ok(fs::write(&index, text.replace(&before, &after))?)
}

/// Compiler flags that keep this machine's folders out of the output. Cargo's encoded form, because folders may have
/// spaces. With a target given they reach the wasm crates only: native builds stay as they are.
fn remapped_paths() -> Result<OsString> {
    let rustc = output(command("rustc").arg("-vV")).context("rustc does not run")?;
    let commit = rustc.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or("unknown");
    let sysroot = output(command("rustc").args(["--print", "sysroot"])).context("rustc does not run")?;
    let mut mapped = vec![
        (root().to_owned(), String::new()),
        (PathBuf::from(sysroot.trim()).join("lib/rustlib/src/rust"), format!("/rustc/{commit}")),
    ];
    // Each registry has a folder named after its address: a mirror must not change the bytes.
    let registries = cargo_home().join("registry/src");
    if let Ok(folders) = fs::read_dir(&registries) {
        mapped.extend(folders.flatten().map(|folder| (folder.path(), "deps".to_owned())));
    }
    let mut flags = OsString::from(split::COMPILER_FLAG);
    for (from, to) in mapped {
        flags.push("\u{1f}");
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    Ok(flags)
}

fn cargo_home() -> PathBuf {
    env::var_os("CARGO_HOME")
        .map_or_else(|| env::home_dir().unwrap_or_default().join(".cargo"), PathBuf::from)
}
