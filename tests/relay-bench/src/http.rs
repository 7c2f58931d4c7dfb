//! The plainest of HTTP clients: one connection, one request after the other.

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

#[derive(Debug)]
pub struct Connection {
    pub stream: BufReader<TcpStream>,
    host: String,
    token: String,
}

#[derive(Debug)]
pub struct Head {
    pub status: u16,
    pub length: Option<usize>,
}

impl Connection {
    /// `token` is sent as bearer with every request.
    pub async fn open(address: &str, token: &str) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // Ten thousand of these are open at once.
        let stream = BufReader::with_capacity(2048, stream);
        Ok(Connection { stream, host: address.to_owned(), token: token.to_owned() })
    }

    pub async fn send(&mut self, method: &str, path: &str, more: &str, body: &str) -> Result<()> {
        let (host, token, length) = (&self.host, &self.token, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{more}\
             Content-Length: {length}\r\n\r\n{body}"
        );
        Ok(self.stream.write_all(request.as_bytes()).await?)
    }

    pub async fn head(&mut self) -> Result<Head> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let status = line.split(' ').nth(1).context("the connection has ended")?.parse()?;
        let mut length = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse()?);
            }
        }
        Ok(Head { status, length })
    }

    /// One whole exchange that must end with 200.
    pub async fn ask(&mut self, method: &str, path: &str, more: &str, body: &str) -> Result<String> {
        self.send(method, path, more, body).await?;
        let head = self.head().await?;
        let mut body = vec![0; head.length.context("an answer without a length")?];
        self.stream.read_exact(&mut body).await?;
        let body = String::from_utf8(body)?;
        ensure!(head.status == 200, "{method} {path}: {} {body}", head.status);
        Ok(body)
    }
}
