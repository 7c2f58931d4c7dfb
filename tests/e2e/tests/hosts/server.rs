//! Servers of others with `dist/` behind them, as the documentation says.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server is there within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server's process, which ends with this, and its files.
pub struct Server {
    child: Child,
    port: u16,
    path: &'static str,
    _folder: TempDir,
}

impl Server {
    /// Starts a server with a copy of `dist/` that is told `config`. `None` where the machine has no such server.
    pub async fn start(kind: &str, config: &Value) -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let dist = folder.path().join("dist");
        copy(&root().join("dist"), &dist)?;
        deploy(&dist, config)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let recipe = Recipe { folder: folder.path(), port };
        let (command, path) = match kind {
            "nginx" => (recipe.nginx()?, "vireo/"),
            "caddy" => (recipe.caddy()?, "vireo/"),
            "workerd" => (recipe.workerd(), ""),
            _ => (recipe.pages(), "repository/"),
        };
        let Some(mut command) = command else { return Ok(None) };
        let child = command
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{kind} does not start"))?;
        let mut server = Server { child, port, path, _folder: folder };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(server.child.try_wait()?.is_none(), "{kind} ended at once");
            ensure!(start.elapsed() < PATIENCE, "{kind} does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Some(server))
    }

    /// The page's address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, self.path)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A friendly word first: nginx and workerd have processes of their own to end.
        Command::new("kill").arg(self.child.id().to_string()).status().ok();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// What a deployment edits: `config.json`, and with it the hosts that the policy names.
fn deploy(dist: &Path, config: &Value) -> Result<()> {
    fs::write(dist.join("config.json"), config.to_string())?;
    let headers = dist.join("_headers");
    let text = fs::read_to_string(&headers)
        .context("there is no production page in dist/: `cargo xtask dist` writes it")?;
    let told = |name: &str| config[name].as_str().unwrap_or_default().to_owned();
    let text =
        ["img-src 'self'", "media-src 'self'", "connect-src 'self'"].iter().fold(text, |text, list| {
            text.replace(list, &format!("{list} {} {}", told("apiBase"), told("uploadBase")))
        });
    Ok(fs::write(headers, text)?)
}

/// The code blocks of one language in one section of the documentation.
fn blocks(section: &str, language: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(root().join("docs/deploying.md"))?;
    let section = text.split("\n## ").find(|part| part.starts_with(section)).context("no such section")?;
    let fence = format!("```{language}\n");
    let blocks = section.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
    Ok(blocks.map(str::to_owned).collect())
}

/// The recipes of the documentation, for another folder and port than they name.
struct Recipe<'a> {
    folder: &'a Path,
    port: u16,
}

impl Recipe<'_> {
    fn here(&self, text: &str) -> String {
        let folder = self.folder.display().to_string();
        let places = ["/srv/vireo/", "/etc/nginx/", "/etc/caddy/"];
        places.iter().fold(text.to_owned(), |text, place| text.replace(place, &format!("{folder}/")))
    }

    /// Runs the commands of a section as they stand there.
    fn shell(&self, section: &str) -> Result<()> {
        for block in blocks(section, "sh")? {
            ensure!(Command::new("sh").arg("-ec").arg(self.here(&block)).status()?.success(), "{block}");
        }
        Ok(())
    }

    fn nginx(&self) -> Result<Option<Command>> {
        let Some(program) = find("nginx") else { return Ok(None) };
        self.shell("nginx")?;
        let blocks = blocks("nginx", "nginx")?;
        let [maps, places] = &blocks[..] else { anyhow::bail!("two blocks were there") };
        let (folder, port) = (self.folder.display(), self.port);
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
            .concat();
        let text = format!(
            "daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;\nevents {{}}\nhttp {{\n\
             access_log off;\n{temporary}{maps}server {{ listen 127.0.0.1:{port};\n{places}}}\n}}\n",
            maps = self.here(maps),
            places = self.here(places),
        );
        // Its worker is another user where root starts it.
        let text = if is_root() { format!("user root;\n{text}") } else { text };
        let file = self.folder.join("nginx.conf");
        fs::write(&file, text)?;
        let mut command = Command::new(program);
        command.arg("-e").arg("stderr").arg("-c").arg(file);
        Ok(Some(command))
    }

    fn caddy(&self) -> Result<Option<Command>> {
        let Some(program) = find("caddy") else { return Ok(None) };
        self.shell("Caddy")?;
        let site = self.here(&blocks("Caddy", "caddy")?.concat());
        let text =
            format!("{{\nadmin off\nauto_https off\n}}\nhttp://127.0.0.1:{} {{\n{site}}}\n", self.port);
        let file = self.folder.join("Caddyfile");
        fs::write(&file, text)?;
        let mut command = Command::new(program);
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
        Ok(Some(command))
    }

    /// The assets of a Worker, which are what Cloudflare Pages serves too, on workerd.
    fn workerd(&self) -> Option<Command> {
        let tools = root().join("crates/relay-worker");
        if !tools.join("node_modules/workerd").exists() {
            return None;
        }
        let mut command = Command::new("node");
        command.arg(tools.join("assets.mjs")).arg(self.folder.join("dist")).arg(self.port.to_string());
        Some(command)
    }

    /// As GitHub Pages: below a path, and without a header of ours.
    fn pages(&self) -> Option<Command> {
        let program = find("python3")?;
        fs::rename(self.folder.join("dist"), self.folder.join("repository")).ok()?;
        let mut command = Command::new(program);
        command.args(["-m", "http.server", "--bind", "127.0.0.1", &self.port.to_string()]);
        Some(command)
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    places.map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.starts_with(b"0\n"))
}
