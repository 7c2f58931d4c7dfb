//! A provider that answers as fast as it can read: what it adds is the same for everybody before it.

use anyhow::Result;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How long the one video is.
pub const VIDEO_BYTES: usize = 64 << 20;
const CHUNK: usize = 64 << 10;

#[derive(Debug, Default)]
struct World {
    tasks: AtomicU64,
    /// Where to report each task's end, in order.
    callbacks: Mutex<Vec<(String, String)>>,
    /// Bought, and not ended yet.
    running: Mutex<HashSet<String>>,
}

/// It runs until the process ends.
#[derive(Clone, Debug)]
pub struct Provider {
    pub address: String,
    world: Arc<World>,
}

impl Provider {
    pub async fn start() -> Result<Provider> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let provider = Provider { address, world: Arc::default() };
        let serving = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let provider = serving.clone();
                // A client that leaves is no concern of the provider's.
                tokio::spawn(async move { provider.serve(stream).await.ok() });
            }
        });
        Ok(provider)
    }

    /// The tasks that were bought since the last call, each with where to report its end.
    pub fn take_callbacks(&self) -> Vec<(String, String)> {
        std::mem::take(&mut lock(&self.world.callbacks))
    }

    /// Ends a task that was bought.
    pub fn finish(&self, task: &str) {
        lock(&self.world.running).remove(task);
    }

    async fn serve(&self, stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        loop {
            let (mut line, mut length) = (String::new(), 0);
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            loop {
                let mut field = String::new();
                stream.read_line(&mut field).await?;
                let Some((name, value)) = field.trim_end().split_once(':') else { break };
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse()?;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await?;
            let path = line.split(' ').nth(1).unwrap_or_default();
            if path.ends_with(".mp4") {
                video(&mut stream).await?;
                continue;
            }
            let text = self.answer(path, &body);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                text.len()
            );
            stream.write_all((head + &text).as_bytes()).await?;
        }
    }

    fn answer(&self, path: &str, body: &[u8]) -> String {
        if let Some((_, task)) = path.split_once("record-info?taskId=") {
            if lock(&self.world.running).contains(task) {
                return format!(
                    r#"{{"code":200,"msg":"success","data":{{"taskId":"{task}","successFlag":0}}}}"#
                );
            }
            return format!(
                r#"{{"code":200,"msg":"success","data":{{"taskId":"{task}","paramJson":"{{\"prompt\":\"a boat on a lake at dawn, slow pan\",\"model\":\"veo3_fast\"}}","completeTime":1756540740000,"response":{{"taskId":"{task}","resultUrls":["http://{}/v/{task}.mp4"],"originUrls":[],"resolution":"720p","seeds":[12345],"hasAudioList":[true]}},"successFlag":1,"errorCode":null,"errorMessage":"","createTime":1756540680000,"fallbackFlag":false}}}}"#,
                self.address
            );
        }
        let task = format!("task-{}", self.world.tasks.fetch_add(1, Ordering::Relaxed));
        let callback = serde_json::from_slice::<serde_json::Value>(body)
            .ok()
            .and_then(|body| body["callBackUrl"].as_str().map(str::to_owned));
        if let Some(callback) = callback {
            lock(&self.world.callbacks).push((task.clone(), callback));
        }
        lock(&self.world.running).insert(task.clone());
        format!(r#"{{"code":200,"msg":"success","data":{{"taskId":"{task}"}}}}"#)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn video(stream: &mut BufReader<TcpStream>) -> Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {VIDEO_BYTES}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    // What a file in this format begins with.
    let mut chunk = vec![0; CHUNK];
    chunk[..12].copy_from_slice(b"\0\0\0\x18ftypisom");
    for _ in 0..VIDEO_BYTES / CHUNK {
        stream.write_all(&chunk).await?;
        chunk[..12].fill(0);
    }
    Ok(())
}
