//! The tools that build the page: found, or brought into `.tools/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::process::{cargo, command, find, output, root, run, say, tools_dir};

const TARGET: &str = "wasm32-unknown-unknown";
const TRUNK: &str = "0.21.14";
const GECKODRIVER: &str = "0.37.1";
const BINARYEN: &str = "132";
const ESBUILD: &str = "0.28.2";
const AXE: &str = "4.14.1";
const LIGHTHOUSE: &str = "12.8.2";

/// Makes sure that Rust can compile for the browser and that wasm-bindgen fits the library.
pub fn ensure_wasm() -> Result<()> {
    // Without rustup the target comes with the system's Rust, and rustc says so where it does not.
    if let Some(targets) = output(command("rustup").args(["target", "list", "--installed"]))
        && !targets.lines().any(|line| line == TARGET)
    {
        say("Adding Rust's WebAssembly target (seconds)");
        run(command("rustup").args(["target", "add", TARGET]))?;
    }
    // The command-line tool and the library must be the same version to the patch.
    let version = locked_version("wasm-bindgen")?;
    let fits = |program: &str| is_version(program, &version);
    if !fits("wasm-bindgen") || !fits("wasm-bindgen-test-runner") {
        install("wasm-bindgen-cli", &version, "about 1 minute on two cores")?;
    }
    Ok(())
}

/// What makes the page's download smaller; the page works without.
#[derive(Clone, Copy)]
pub struct Shrinkers {
    /// wasm-opt is here.
    pub wasm_opt: bool,
    /// esbuild is here.
    pub esbuild: bool,
}

/// Makes sure that the page can be built. The answer tells what makes it smaller.
pub fn ensure_page() -> Result<Shrinkers> {
    ensure_wasm()?;
    if !is_version("trunk", TRUNK) {
        install("trunk", TRUNK, "about 3 minutes on two cores")?;
    }
    Ok(ensure_shrinkers())
}

fn ensure_shrinkers() -> Shrinkers {
    let found =
        || Shrinkers { wasm_opt: is_version("wasm-opt", BINARYEN), esbuild: is_version("esbuild", ESBUILD) };
    let here = found();
    if here.wasm_opt && here.esbuild {
        return here;
    }
    let why = if find("npm").is_some() && find("node").is_some() {
        say(&format!("Installing wasm-opt {BINARYEN} and esbuild {ESBUILD} into .tools/ (about 20 seconds)"));
        // In one go: npm removes what an earlier unsaved install brought.
        let installed = run(command("npm")
            .args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .arg("--prefix")
            .arg(tools_dir())
            .args([format!("binaryen@{BINARYEN}"), format!("esbuild@{ESBUILD}")]));
        let now = found();
        if installed.is_ok() && now.wasm_opt && now.esbuild {
            return now;
        }
        "npm could not install wasm-opt and esbuild"
    } else {
        "Node.js is not here, so wasm-opt and esbuild are not either"
    };
    say(&format!("{why}: the page works the same, its download is about a quarter larger"));
    found()
}

/// The source of axe, which finds what is in people's way.
pub fn axe() -> Result<String> {
    let file = npm("axe-core", AXE)?.join("axe.min.js");
    fs::read_to_string(&file).with_context(|| file.display().to_string())
}

/// The program of Lighthouse.
pub fn lighthouse() -> Result<PathBuf> {
    Ok(npm("lighthouse", LIGHTHOUSE)?.join("cli/index.js"))
}

/// A package from npm in a folder of its own, so that none removes another. The answer is where it lies.
fn npm(name: &str, version: &str) -> Result<PathBuf> {
    let folder = tools_dir().join(name);
    let package = folder.join("node_modules").join(name);
    let is_here = fs::read_to_string(package.join("package.json"))
        .is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")));
    if !is_here {
        ensure!(
            find("npm").is_some() && find("node").is_some(),
            "{name} needs Node.js and npm, which are not here"
        );
        say(&format!("Installing {name} {version} into .tools/, once (seconds)"));
        fs::create_dir_all(&folder)?;
        run(command("npm")
            .args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .arg("--prefix")
            .arg(&folder)
            .arg(format!("{name}@{version}")))?;
    }
    Ok(package)
}

/// Makes sure that Firefox can be steered.
pub fn ensure_geckodriver() -> Result<()> {
    if !is_version("geckodriver", GECKODRIVER) {
        install("geckodriver", GECKODRIVER, "about 2 minutes on two cores")?;
    }
    Ok(())
}

fn install(name: &str, version: &str, time: &str) -> Result<()> {
    say(&format!("Installing {name} {version} into .tools/, once ({time})"));
    // Away from the workspace's target folder, so that neither waits for the other's lock.
    run(cargo([
        "install",
        "--locked",
        "--quiet",
        "--no-default-features",
        name,
        "--version",
        version,
        "--root",
    ])
    .arg(tools_dir())
    .env_remove("CARGO_TARGET_DIR")
    // These tools run for seconds, so they are built to be there soon: it takes less than half of the time. What
    // they leave out by default is TLS, for downloads of their own.
    .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
    .env("CARGO_PROFILE_RELEASE_LTO", "off")
    .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"))
}

/// Whether `program --version` names this version as a word of its own.
fn is_version(program: &str, version: &str) -> bool {
    output(command(program).arg("--version"))
        .is_some_and(|text| text.split_whitespace().any(|word| word == version))
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock")?;
    version_in(&lock, package).map(str::to_owned).with_context(|| format!("Cargo.lock names no {package}"))
}

fn version_in<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let start = format!("name = \"{package}\"\nversion = \"");
    lock.split_once(&start)?.1.split_once('"').map(|(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn finds_the_version_of_the_package_and_not_of_its_relatives() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.79\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen"), Some("0.2.129"));
        assert_eq!(version_in(lock, "bindgen"), None);
    }
}
