//! Cuts the page's wasm at the functions marked `lazy!` into a main part, which every visit loads, and parts that load
//! when they are first needed; then names everything by its content.

mod form;
mod names;
mod order;
mod streams;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use sha2::{Digest, Sha256};
use wasm_split_cli_support::{Options, transform};

use crate::dist::files;
use crate::embed::integrity;
use crate::process::{command, run, say, target_dir};
use crate::tools::Shrinkers;

/// The script with the loaders of the parts, under the name by which the wasm imports it.
const LOADERS: &str = "parts.js";

/// What Rust uses of WebAssembly beyond its first version; wasm-opt refuses what it was not told of.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Cuts what Cargo built and puts it into `dist` instead of Trunk's glue and wasm, which are of the uncut program.
pub fn split(dist: &Path, shrinkers: Shrinkers) -> Result<()> {
    say("Cutting the wasm into the part that every visit loads and those that load when needed");
    let work = target_dir().join("split");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let parts = work.join("parts");
    let built = fs::read(target_dir().join("wasm32-unknown-unknown/web/vireo.wasm")).context("vireo.wasm")?;
    let main = work.join("main.wasm");
    let link = format!("./{LOADERS}");
    let mut options = Options::new(&built);
    options.output_dir = &parts;
    options.main_out_path = &main;
    options.link_name = &link;
    transform(options).map_err(|error| anyhow!("cutting the wasm: {error:#}"))?;
    run(command("wasm-bindgen")
        .args(["--target=web", "--no-typescript", "--keep-lld-exports", "--no-demangle"])
        .args(["--remove-name-section", "--remove-producers-section", "--out-name=vireo", "--out-dir"])
        .arg(&work)
        .arg(&main))?;

    let bound = work.join("vireo_bg.wasm");
    let glue = fs::read_to_string(work.join("vireo.js"))?;
    let (wasm, glue) = streams::leave_out(&fs::read(&bound)?, &glue)?;
    fs::write(&bound, wasm)?;

    let mut loaders = forgiving(&fs::read_to_string(parts.join(LOADERS))?)?;
    let names: Vec<_> = files(&parts)?.into_iter().filter(|name| name.ends_with(".wasm")).collect();
    let mut paths: Vec<_> = names.iter().map(|name| parts.join(name)).collect();
    paths.push(bound);
    let mut optimised = optimised(&paths, shrinkers)?;
    let wasm = optimised.pop().context("no wasm")?;
    for (name, bytes) in names.into_iter().zip(optimised) {
        let stem = name.trim_end_matches(".wasm").trim_start_matches("split_");
        let named = format!("vireo-{}-{}.wasm", stem.replace('_', "-"), hash(&[&bytes]));
        let fetched = format!("fetch(new URL(\"./{name}\", import.meta.url))");
        ensure!(loaders.contains(&fetched), "{LOADERS} does not load {name}");
        let checked = format!(
            "fetch(new URL(\"./{named}\", import.meta.url), {{ integrity: \"{}\" }})",
            integrity(&bytes)
        );
        loaders = loaders.replace(&fetched, &checked);
        fs::write(dist.join(named), bytes)?;
    }
    let (wasm, glue) = names::shorten(&wasm, &glue, "./vireo_bg.js")?;
    put(dist, with_loaders(&glue, &loaders)?.as_bytes(), &wasm)
}

/// All that wasm-opt has for size; the first two undo what the compiler did for speed.
const SMALLER: [&str; 7] =
    ["--flatten", "--rereloop", "-Oz", "-Oz", "--converge", "--strip-debug", "--strip-producers"];
/// Sorts, and tidies what was read and written once more.
const SORTED: [&str; 12] = [
    "--debuginfo",
    "--optimize-instructions",
    "--simplify-locals",
    "--coalesce-locals",
    "--reorder-locals",
    "--remove-unused-brs",
    "--remove-unused-names",
    "--merge-blocks",
    "--vacuum",
    "--reorder-functions-by-name",
    "--generate-stack-ir",
    "--optimize-stack-ir",
];

/// The bytes of wasm files, made smaller where that is possible.
fn optimised(paths: &[PathBuf], shrinkers: Shrinkers) -> Result<Vec<Vec<u8>>> {
    if shrinkers.wasm_opt {
        wasm_opt(paths, &SMALLER)?;
        for path in paths {
            fs::write(path, order::named(&fs::read(path)?)?)?;
        }
        wasm_opt(paths, &SORTED)?;
    }
    let read = |path: &PathBuf| form::without_customs(&fs::read(path)?);
    paths.iter().map(|path| read(path).with_context(|| path.display().to_string())).collect()
}

/// All at once, since it takes a while.
fn wasm_opt(paths: &[PathBuf], wishes: &[&str]) -> Result<()> {
    let start = |path: &PathBuf| {
        let mut command = command("wasm-opt");
        command.args(wishes).args(FEATURES).arg("--quiet").arg(path).arg("-o").arg(path);
        command.spawn().context("`wasm-opt` could not be started")
    };
    let running = paths.iter().map(start).collect::<Result<Vec<_>>>()?;
    for mut one in running {
        let status = one.wait()?;
        ensure!(status.success(), "`wasm-opt` failed ({status})");
    }
    Ok(())
}

/// Hosts that do not know what wasm is call it something else, and a browser streams nothing else.
fn forgiving(loaders: &str) -> Result<String> {
    const STREAM: &str = "WebAssembly.instantiateStreaming(src, imports)";
    const LOAD: &str = "instantiated(src, imports)";
    const INSTANTIATED: &str = "const instantiated = async (src, imports) => {
    const response = await src;
    return response.headers.get(\"content-type\") === \"application/wasm\"
        ? WebAssembly.instantiateStreaming(response, imports)
        : WebAssembly.instantiate(await response.arrayBuffer(), imports);
};
";
    ensure!(loaders.contains(STREAM), "{LOADERS} loads its parts in another way");
    let (imports, rest) = loaders.split_once("\n\n").context("no imports in the loaders")?;
    Ok([imports, "\n\n", INSTANTIATED, &rest.replace(STREAM, LOAD)].concat())
}

/// One script of the glue and the loaders, which import each other: one request less, and one file to check.
fn with_loaders(glue: &str, loaders: &str) -> Result<String> {
    let own = loaders.lines().filter(|line| !line.starts_with("import "));
    let own = own.collect::<Vec<_>>().join("\n").replace("export const ", "const ");
    let names = loaders.lines().filter_map(|line| line.strip_prefix("export const ")?.split_once(" = "));
    let names = names.map(|(name, _)| name).collect::<Vec<_>>().join(", ");
    let mut found = 0;
    let glue = glue.lines().map(|line| match line.split_once(&format!(" from \"./{LOADERS}\"")) {
        Some((start, _)) => {
            found += 1;
            let import = start.trim_start_matches("import * as ");
            format!("const {import} = {{ {names} }};")
        }
        None => line.to_owned(),
    });
    let glue = glue.collect::<Vec<_>>().join("\n");
    ensure!(found > 0, "the glue does not import {LOADERS}");
    // First: the glue makes its objects of loaders while it is evaluated.
    Ok(format!("{own}\n{glue}\n"))
}

/// Replaces Trunk's glue and wasm by ours, in the folder and in the index.
fn put(dist: &Path, glue: &[u8], wasm: &[u8]) -> Result<()> {
    let index = dist.join("index.html");
    let mut text = fs::read_to_string(&index)?;
    let names = files(dist)?;
    let hash = hash(&[glue, wasm]);
    for (suffix, bytes) in [("_bg.wasm", wasm), (".js", glue)] {
        let is_it = |name: &&String| name.starts_with("vireo-") && name.ends_with(suffix);
        let old = names.iter().find(is_it).with_context(|| format!("no vireo-*{suffix} in dist"))?;
        let new = format!("vireo-{hash}{suffix}");
        let before = integrity(&fs::read(dist.join(old))?);
        ensure!(text.contains(&before), "index.html does not name the hash of {old}");
        text = text.replace(&before, &integrity(bytes)).replace(old, &new);
        fs::remove_file(dist.join(old))?;
        fs::write(dist.join(new), bytes)?;
    }
    Ok(fs::write(index, text)?)
}

/// The start of a hash, as Trunk writes it into names.
fn hash(contents: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    contents.iter().for_each(|bytes| digest.update(bytes));
    digest.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::with_loaders;

    #[test]
    fn the_loaders_stand_before_the_glue_that_hands_them_to_the_wasm() {
        let glue = "import * as import1 from \"./parts.js\"\nlet wasm;\nexport { initSync };";
        let loaders = "import { initSync } from \"./main.js\";\nexport const __load_tools = wrap(x);";
        let one = with_loaders(glue, loaders).unwrap();
        assert_eq!(
            one,
            "const __load_tools = wrap(x);\nconst import1 = { __load_tools };\nlet wasm;\nexport { initSync };\n"
        );
        assert!(with_loaders("let wasm;", loaders).is_err());
    }
}
