//! The pages of `examples/`, which embed the studio that is served beside them. Those of React and Vue are bundled.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::checks;
use crate::process::{command, output, root, say, target_dir};

/// Examples that are bundled: their page, what the bundle begins with, and the source that the page shows.
const BUNDLED: [(&str, &str, &str); 2] =
    [("react", "react.jsx", "react.jsx"), ("vue", "vue.js", "Studio.vue")];

/// Stands in a page for its source.
const SOURCE: &str = "{source}";

/// What a page says whose bundle could not be made.
const NO_BUNDLE: &str = "document.getElementById('app').textContent = 'This example is bundled with npm, which \
                         was not there when “cargo xtask run” began. Install Node.js and run it again.';\n";

/// Puts the pages into the page's folder.
pub fn add(dist: &Path) -> Result<()> {
    let folder = dist.join("examples");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(sources())? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))?;
    }
    for (page, entry, source) in BUNDLED {
        let text = fs::read_to_string(sources().join(source)).with_context(|| source.to_owned())?;
        let html = folder.join(format!("{page}.html"));
        fs::write(&html, fs::read_to_string(&html)?.replace(SOURCE, &escaped(&text)))?;
        let bundle = folder.join(format!("{page}.bundle.js"));
        if let Err(why) = bundled(entry, &bundle) {
            say(&format!("The example of {page} is left out: {why:#}"));
            fs::write(bundle, NO_BUNDLE)?;
        }
    }
    Ok(())
}

fn sources() -> PathBuf {
    root().join("examples")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Bundles an example with what it imports.
fn bundled(entry: &str, bundle: &Path) -> Result<()> {
    if let Some(why) = checks::missing() {
        anyhow::bail!(why);
    }
    let packages = checks::ensure_packages()?;
    // Beside its compiled components, in place of those in the language of Vue.
    let work = target_dir().join("vireo-examples");
    fs::create_dir_all(&work)?;
    fs::copy(sources().join(entry), work.join(entry))?;
    for entry in fs::read_dir(sources())? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "vue") {
            let mut compile = command("node");
            compile.env("NODE_PATH", &packages).arg("xtask/npm/vue.cjs").arg(&path);
            let module = output(&mut compile).with_context(|| format!("{} is wrong", path.display()))?;
            fs::write(work.join(path.file_name().unwrap_or_default()), module)?;
        }
    }
    checks::bundle(&packages, &work.join(entry), bundle)
}
