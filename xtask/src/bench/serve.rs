//! A static server for the load benchmark: files held in memory, brotli made ahead, nothing else.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Result, anyhow};
use tiny_http::{Header, Response, Server};

use crate::dist::{brotli, files};
use crate::process::root;

/// The files of the page's twin: the same job in plain HTML and JavaScript.
pub const TWIN: [&str; 2] = ["index.html", "twin.js"];

/// Where the twin lies.
pub fn twin_folder() -> PathBuf {
    root().join("xtask/twin")
}

/// Serves a folder on a free loopback port until the process ends. The answer is the address of its index.
pub fn serve(folder: &Path) -> Result<String> {
    serve_with(folder, &[])
}

/// The same with the element's folder, and with more pages, by their names.
pub fn serve_with(folder: &Path, pages: &[(&str, &str)]) -> Result<String> {
    let mut held = HashMap::new();
    let mut names = files(folder)?;
    if !pages.is_empty() {
        names.extend(files(&folder.join("embed"))?.into_iter().map(|name| format!("embed/{name}")));
    }
    for name in names {
        held.insert(format!("/{name}"), (media_type(&name), brotli(&fs::read(folder.join(&name))?)?));
    }
    for (name, text) in pages {
        held.insert(format!("/{name}"), (media_type(name), brotli(text.as_bytes())?));
    }
    let server = Server::http("127.0.0.1:0").map_err(|error| anyhow!("no port: {error}"))?;
    let address = format!("http://{}/", server.server_addr());
    thread::spawn(move || {
        for request in server.incoming_requests() {
            let path = request.url().split('?').next().unwrap_or_default();
            let path = if path == "/" { "/index.html" } else { path };
            // A browser that went away is no concern of the server.
            let _ = match held.get(path) {
                Some((kind, bytes)) => request.respond(
                    Response::from_data(bytes.as_slice())
                        .with_header(header("content-type", kind))
                        .with_header(header("content-encoding", "br")),
                ),
                None => request.respond(Response::empty(404)),
            };
        }
    });
    Ok(address)
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("names and values here are ASCII")
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
