//! The lost answer, on a real connection and in the same process.

use super::Sim;
use super::sim::with_json;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use vireo_simulator::serve;

#[tokio::test]
async fn the_connection_closes_without_a_byte_and_the_task_is_charged() {
    let sim = Sim::new();
    let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let media = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = api.local_addr().unwrap();
    let server = tokio::spawn(serve(api, media, sim.world.clone(), std::future::pending()));

    let answer = exchange(address, "a boat [sim:drop-answer]").await;
    assert_eq!(String::from_utf8_lossy(&answer), "");
    let answer = exchange(address, "a boat").await;
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "the control does answer");

    server.abort();
    let ledger = sim.world.ledger();
    assert_eq!((ledger.by_prompt["a boat [sim:drop-answer]"], ledger.by_prompt["a boat"]), (1, 1));
}

/// A browser repeats by itself what it sent on a connection that it had used before.
#[tokio::test]
async fn no_connection_is_used_twice() {
    let sim = Sim::new();
    let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let media = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = api.local_addr().unwrap();
    let server = tokio::spawn(serve(api, media, sim.world, std::future::pending()));
    for (method, path) in
        [("OPTIONS", "/api/v1/veo/generate"), ("GET", "/api/v1/chat/credit"), ("GET", "/sim/health")]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(std::time::Duration::from_secs(5), stream.read_to_end(&mut answer))
            .await
            .expect("the server ends the connection")
            .unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{method} {path}");
    }
    server.abort();
}

/// Sends one creation and reads until the other side closes.
async fn exchange(address: std::net::SocketAddr, prompt: &str) -> Vec<u8> {
    let body = json!({ "prompt": prompt }).to_string();
    let head = format!(
        "POST /api/v1/veo/generate HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer test-key\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn in_the_same_process_the_body_breaks_off() {
    let sim = Sim::new();
    let request = with_json("/api/v1/veo/generate", json!({ "prompt": "a [sim:drop-answer]" }));
    let response = sim.api.clone().oneshot(request).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
    assert_eq!(sim.world.ledger().charges, 1);
}
