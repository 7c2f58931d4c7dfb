//! The relay and nginx as processes, each on its port, both gone with their values.

use crate::http::Connection;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// Stands for a key; the provider here wants none.
const KEY: &str = "not-a-real-key";
/// The callers, each with a token of that name.
pub const CALLERS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

#[derive(Debug)]
pub struct Relay {
    child: Child,
    pub address: String,
    /// From the start to the first answer.
    pub cold_start: Duration,
}

impl Relay {
    pub async fn start(program: &Path, address: &str, provider: &str, folder: &Path) -> Result<Relay> {
        let tokens = CALLERS.map(|name| format!("{name}={name}")).join(",");
        let started = Instant::now();
        let mut child = Command::new(program)
            .args(["--listen", address, "--upstream"])
            .arg(format!("http://{provider}"))
            .args(["--access-token", &tokens, "--public-url"])
            .arg(format!("http://{address}"))
            .arg("--allow-media-origin")
            .arg(format!("http://{provider}"))
            .arg("--data-dir")
            .arg(folder)
            .env("KIE_API_KEY", KEY)
            .env("VIREO_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the relay does not start")?;
        let output = child.stdout.take().context("the relay has no output")?;
        let mut lines = BufReader::new(output).lines();
        loop {
            let line = lines.next_line().await?.context("the relay ends")?;
            if line.starts_with("Vireo is ready") {
                break;
            }
        }
        let mut connection = Connection::open(address, "a").await?;
        connection.ask("GET", "/relay/health", "", "").await?;
        Ok(Relay { child, address: address.to_owned(), cold_start: started.elapsed() })
    }

    /// The process.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it holds in memory now, in bytes.
    pub fn memory(&self) -> Result<f64> {
        let id = self.child.id().context("the relay has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0)
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        let id = self.child.id().context("the relay has ended")?.to_string();
        ensure!(Command::new("kill").args(["-TERM", &id]).status().await?.success());
        tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await??;
        Ok(())
    }
}

/// The processor's seconds that a process and its children have used.
pub fn processor_s(id: u32) -> Result<f64> {
    /// What the kernel counts in, on every Linux.
    const TICKS: f64 = 100.0;
    let of = |id: &str| -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let (_, rest) = stat.rsplit_once(')').context("no name")?;
        let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
    };
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
    children.split_whitespace().map(of).chain([of(&id.to_string())]).sum()
}

/// An address of loopback that was free a moment ago.
pub async fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string())
}

/// A `proxy_pass` that keeps its connections to the provider, as many do.
#[derive(Debug)]
pub struct Nginx {
    child: Child,
    pub address: String,
}

impl Nginx {
    /// The process whose children do the work.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// `None` where this machine has no nginx.
    pub async fn start(provider: &str, folder: &Path) -> Result<Option<Nginx>> {
        let found =
            ["/usr/sbin/nginx", "/usr/bin/nginx"].map(PathBuf::from).into_iter().find(|path| path.exists());
        let Some(program) = found else { return Ok(None) };
        let address = free_address().await?;
        let place = folder.display();
        let config = format!(
            "daemon off; worker_processes auto; pid {place}/nginx.pid; error_log stderr crit;\n\
             events {{ worker_connections 4096; }}\n\
             http {{ access_log off; client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;\n\
             fastcgi_temp_path {place}/fastcgi; uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;\n\
             keepalive_requests 1000000; proxy_max_temp_file_size 0;\n\
             upstream provider {{ server {provider}; keepalive 128; keepalive_requests 1000000; }}\n\
             server {{ listen {address}; location / {{ proxy_pass http://provider; proxy_http_version 1.1;\n\
             proxy_set_header Connection \"\"; proxy_set_header Authorization \"Bearer {KEY}\"; }} }} }}\n"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config)?;
        let child = Command::new(program)
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("nginx does not start")?;
        let mut ready = false;
        for _ in 0..100 {
            ready = Connection::open(&address, "").await.is_ok();
            if ready {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        ensure!(ready, "nginx does not listen");
        Ok(Some(Nginx { child, address }))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers outlive a killed master.
        if let Some(id) = self.id() {
            let _ = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status();
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}
