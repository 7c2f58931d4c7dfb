//! Starting other programs: in the project's folder, with the project's own tools first on the PATH.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, iter};

use anyhow::{Context, Result, ensure};

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// Where tools go that are not on this machine yet. Deleting it is always safe.
pub fn tools_dir() -> PathBuf {
    root().join(".tools")
}

/// Where Cargo builds.
pub fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into)
}

/// A command that runs in the root and finds the project's tools before the machine's.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let program = program.as_ref();
    let program = find(program).map_or_else(|| program.to_owned(), PathBuf::into_os_string);
    let mut command = Command::new(program);
    command.current_dir(root()).env("PATH", search_path());
    command
}

/// Cargo, with arguments.
pub fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

/// Runs a command with its output shown, and fails where it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let name = name(command);
    let status = command.status().with_context(|| format!("`{name}` could not be started"))?;
    ensure!(status.success(), "`{name}` failed ({status})");
    Ok(())
}

/// What a command prints, or nothing where it is missing or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where a program lies.
pub fn find(program: impl AsRef<Path>) -> Option<PathBuf> {
    let program = program.as_ref();
    env::split_paths(&search_path())
        .flat_map(|folder| {
            let path = folder.join(program);
            // Node's tools are `.cmd` files on Windows.
            ["exe", "cmd"]
                .into_iter()
                .filter(|_| cfg!(windows))
                .map(|extension| path.with_extension(extension))
                .chain(iter::once(path.clone()))
                .collect::<Vec<_>>()
        })
        .find(|path| path.is_file())
}

/// Says what comes next.
pub fn say(text: &str) {
    println!("▸ {text}");
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn search_path() -> OsString {
    let tools = tools_dir();
    let own = [tools.join("bin"), tools.join("node_modules/.bin")];
    let machine = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.into_iter().chain(env::split_paths(&machine))).unwrap_or(machine)
}
