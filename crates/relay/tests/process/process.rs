//! A running relay and the plainest of clients.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Nothing like it may be found anywhere but at the provider.
pub(crate) const KEY: &str = "not-a-real-key-CANARY";

pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
}

impl Process {
    pub(crate) async fn start(data_dir: &Path, arguments: &[&str]) -> Process {
        let mut child = command(data_dir, arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        loop {
            let line = lines.next_line().await.unwrap().expect("the relay starts");
            if let Some(url) = line.strip_prefix("Vireo is ready: http://") {
                return Process { child, address: url.trim_end_matches('/').to_owned() };
            }
        }
    }

    /// `SIGKILL`: nothing is finished, nothing is written.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// `SIGTERM`.
    pub(crate) async fn ask_to_end(&self) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    }

    pub(crate) async fn ended(&mut self) -> bool {
        let ended = tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await;
        ended.expect("the relay ends within ten seconds").unwrap().success()
    }

    /// What was logged; waits for the end of the process.
    pub(crate) async fn log(&mut self) -> String {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
        log
    }
}

pub(crate) fn command(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vireo-relay"));
    command
        .args(["--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data_dir)
        .args(arguments)
        .env("KIE_API_KEY", KEY)
        .env("VIREO_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Sends a request as it is and returns the whole answer; empty if the connection broke.
pub(crate) async fn raw(address: &str, request: &str) -> String {
    let mut answer = Vec::new();
    let talk = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        stream.read_to_end(&mut answer).await
    };
    let _ = tokio::time::timeout(Duration::from_secs(20), talk).await;
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) async fn generate(address: &str, key: &str, prompt: &str) -> String {
    let body = format!(r#"{{"prompt":"{prompt}"}}"#);
    let head = format!(
        "POST /api/v1/veo/generate HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    raw(address, &(head + &body)).await
}

pub(crate) async fn get(address: &str, path: &str) -> String {
    raw(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await
}
