//! What comes from npm to check the element with, in the versions that `xtask/npm` locks: the package's own checkers, and
//! the frameworks of two host pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

use crate::process::{command, find, root, run, say, tools_dir};

/// Host pages that are bundled, and what each begins with.
const BUNDLED: [(&str, &str); 2] = [("react-19", "page.jsx"), ("vue-3", "page.js")];

/// Why these checks cannot run here, if they cannot.
pub fn missing() -> Option<&'static str> {
    let is_here = find("npm").is_some() && find("node").is_some();
    (!is_here).then_some("it needs Node.js")
}

/// Makes sure that the packages are here. The answer is their folder.
pub fn ensure_packages() -> Result<PathBuf> {
    let folder = tools_dir().join("checks");
    let wanted = root().join("xtask/npm");
    let lock = |folder: &PathBuf| fs::read_to_string(folder.join("package-lock.json")).unwrap_or_default();
    if lock(&folder) != lock(&wanted) || !folder.join("node_modules/.package-lock.json").exists() {
        say("Installing what checks the package, React and Vue into .tools/ (about 20 seconds)");
        fs::create_dir_all(&folder)?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(wanted.join(name), folder.join(name))?;
        }
        run(command("npm").current_dir(&folder).args([
            "ci",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ]))?;
    }
    Ok(folder.join("node_modules"))
}

/// The package as npm would publish it: its entry points, its types under every resolution, the types themselves.
pub fn package() -> Result<()> {
    let packages = ensure_packages()?;
    let embed = root().join("dist/embed");
    ensure!(embed.join("package.json").exists(), "there is no package in dist/embed");
    let tool = |name: &str| {
        let mut tool = command(packages.join(".bin").join(name));
        tool.current_dir(&embed);
        tool
    };
    run(tool("publint").args(["run", "--strict", "."]))?;
    run(tool("attw")
        .args(["--pack", ".", "--profile", "esm-only", "--exclude-entrypoints"])
        .args(["custom-elements.json", "sri.json"]))?;
    let types = ["vireo-studio.d.ts", "vireo-frame.d.ts", "../../xtask/npm/use.ts"];
    run(tool("tsc").args(["--noEmit", "--strict", "--lib", "es2022,dom", "--module", "nodenext"]).args(types))
}

/// Bundles the host pages that are written for a framework, into `target/host-pages/`.
pub fn host_pages() -> Result<()> {
    let packages = ensure_packages()?;
    for (page, entry) in BUNDLED {
        let bundle = root().join("target/host-pages").join(page).join("bundle.js");
        self::bundle(&packages, &root().join("tests/host-pages").join(page).join(entry), &bundle)?;
    }
    Ok(())
}

/// Bundles a module with the packages it imports, as a page takes it that allows no evaluation and no policies of Vue.
pub fn bundle(packages: &Path, entry: &Path, bundle: &Path) -> Result<()> {
    if find("esbuild").is_none() {
        bail!("esbuild is not here, which npm should have brought");
    }
    run(command("esbuild")
        .env("NODE_PATH", packages)
        .arg(entry)
        .arg(format!("--outfile={}", bundle.display()))
        .args(["--bundle", "--format=esm", "--jsx=automatic", "--loader:.vue=js", "--log-level=error"])
        .args(["--define:process.env.NODE_ENV=\"production\"", "--define:__VUE_OPTIONS_API__=true"])
        .args(["--define:__VUE_PROD_DEVTOOLS__=false", "--define:window.trustedTypes=undefined"])
        .arg("--define:__VUE_PROD_HYDRATION_MISMATCH_DETAILS__=false"))
}
