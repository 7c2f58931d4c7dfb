//! The native relay: built if need be, and started as a child that ends with this process.

use crate::provider::Provider;
use crate::{PAGE, PROVIDER_KEY};
use std::io::{self, BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Ends the relay when this process's end of the pipe closes, however it ends.
const UNTIL_THE_PIPE_CLOSES: &str = r#""$0" "$@" & relay=$!; cat >/dev/null; kill $relay"#;

pub(crate) struct Native {
    pub(crate) base: String,
    _child: Child,
    _data: TempDir,
}

impl Native {
    /// Starts the relay, with more flags, and waits until it says that it is ready.
    pub(crate) fn start(provider: &Provider, tokens: &[String], more: &[String]) -> io::Result<Native> {
        let data = tempfile::tempdir()?;
        // Known beforehand, because the provider calls back to it.
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let base = format!("http://{listen}");
        let media = format!("http://{}", provider.media);
        let mut child = Command::new("sh");
        child.args(["-c", UNTIL_THE_PIPE_CLOSES]).arg(binary()?);
        child.args(["--listen", &listen.to_string(), "--public-url", &base]);
        child.args(["--upstream", &format!("http://{}", provider.api), "--upload-upstream", &media]);
        child
            .args(["--allow-media-origin", &media, "--allow-origin", PAGE])
            .arg("--data-dir")
            .arg(data.path());
        for token in tokens {
            child.args(["--access-token", token]);
        }
        child.args(more);
        let mut child =
            child.env("KIE_API_KEY", PROVIDER_KEY).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut lines = BufReader::new(out).lines();
        loop {
            match lines.next() {
                Some(line) if line.as_ref().is_ok_and(|line| line.contains("ready")) => break,
                Some(_) => {}
                None => {
                    return Err(io::Error::other("the relay ended before it was ready; its words are above"));
                }
            }
        }
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Native { base, _child: child, _data: data })
    }
}

/// The binary beside this test's own, built by the cargo that built the test.
fn binary() -> io::Result<PathBuf> {
    let built =
        Command::new(env!("CARGO")).args(["build", "--quiet", "--package", "vireo-relay"]).status()?;
    let folder = std::env::current_exe()?.ancestors().nth(2).map(Path::to_owned);
    let path = folder.ok_or(io::ErrorKind::NotFound)?.join("vireo-relay");
    if built.success() && path.exists() {
        Ok(path)
    } else {
        Err(io::Error::other("vireo-relay was not built"))
    }
}
