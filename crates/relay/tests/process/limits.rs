//! Starting, stopping, and those who mean no good.

use crate::process::{KEY, Process, command, generate, get, raw};
use crate::provider::{Provider, serve};
use axum::Router;
use axum::http::{StatusCode, header};
use rstest::rstest;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[rstest]
#[case(&["--listen", "0.0.0.0:0"], "--access-token")]
#[case(&["--listen", "[::]:0"], "--access-token")]
#[case(&["--upstream", "http://api.kie.example"], "--upstream must be an https: address")]
#[case(&["--upload-upstream", "http://10.0.0.1"], "--upload-upstream must be an https: address")]
#[case(&["--access-token", ""], "must not be empty")]
#[case(&["--allow-origin", "https://a.example/path"], "without a path: https://a.example")]
#[case(&["--allow-origin", "https://a.example,https://b.example/?x"], "without a path: https://b.example")]
#[case(&["--allow-media-origin", "http://127.0.0.1:9/v"], "without a path: http://127.0.0.1:9")]
#[tokio::test]
async fn it_does_not_start_open_or_careless(#[case] arguments: &[&str], #[case] words: &str) {
    let dir = TempDir::new().unwrap();
    // The last `--listen` would be refused as a repetition.
    let mut relay = tokio::process::Command::new(env!("CARGO_BIN_EXE_vireo-relay"));
    relay.args(arguments).env("KIE_API_KEY", KEY).env("VIREO_DATA_DIR", dir.path());
    let output = relay.kill_on_drop(true).output().await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains(words), "{error}");
    assert!(!error.contains(KEY));
}

#[rstest]
#[case("not-a-\nreal-key")]
#[case("not-a-real-key # from the wallet")]
#[case("not-a-réal-key")]
#[tokio::test]
async fn a_key_that_cannot_be_sent_is_told_at_once(#[case] key: &str) {
    let dir = TempDir::new().unwrap();
    let output = command(dir.path(), &[]).env("KIE_API_KEY", key).output().await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("KIE_API_KEY"), "{error}");
    assert!(!error.contains("real-key") && !error.contains("wallet"), "{error}");
}

#[tokio::test]
async fn two_relays_do_not_share_a_folder() {
    let dir = TempDir::new().unwrap();
    let _first = Process::start(dir.path(), &[]).await;
    let second = command(dir.path(), &[]).output().await.unwrap();
    let error = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && error.contains("in use by another relay"), "{error}");
}

#[tokio::test]
async fn the_page_is_told_to_use_the_relay_and_nothing_of_the_key() {
    let (dir, page) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    std::fs::write(page.path().join("index.html"), "<!DOCTYPE html>").unwrap();
    let relay = Process::start(dir.path(), &["--static", page.path().to_str().unwrap()]).await;
    let config = get(&relay.address, "/config.json").await;
    assert!(config.contains(r#""connection": "relay""#), "{config}");
    let policy = config.lines().find(|line| line.starts_with("content-security-policy")).unwrap();
    assert!(!policy.contains("api.kie.ai"), "{policy}");
    for path in ["/", "/config.json", "/relay/health"] {
        assert!(!get(&relay.address, path).await.contains(KEY));
    }
}

#[tokio::test]
async fn a_stop_says_goodbye_to_streams_and_ends() {
    let dir = TempDir::new().unwrap();
    let mut relay = Process::start(dir.path(), &[]).await;
    let mut stream = TcpStream::connect(&relay.address).await.unwrap();
    let request = format!("GET /relay/events HTTP/1.1\r\nHost: {}\r\n\r\n", relay.address);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = vec![0; 1024];
    let read = stream.read(&mut text).await.unwrap();
    assert!(String::from_utf8_lossy(&text[..read]).contains("200 OK"));
    relay.ask_to_end().await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("event: bye"), "{rest}");
    assert!(relay.ended().await);
}

#[tokio::test]
async fn a_stop_waits_for_the_answer_to_a_paid_request() {
    let provider = Provider::start(Duration::from_millis(1500)).await;
    let dir = TempDir::new().unwrap();
    let upstream = ["--upstream", &provider.url];
    let mut relay = Process::start(dir.path(), &upstream).await;
    let address = relay.address.clone();
    let client = tokio::spawn(async move { generate(&address, "k1", "a boat").await });
    while provider.world.ledger().charges == 0 {
        tokio::task::yield_now().await;
    }
    client.abort();
    relay.ask_to_end().await;
    assert!(relay.ended().await);
    let relay = Process::start(dir.path(), &upstream).await;
    let found = generate(&relay.address, "k1", "a boat").await;
    assert!(found.contains("idempotency-replayed: true"), "{found}");
    assert_eq!(provider.world.ledger().charges, 1);
}

#[tokio::test]
async fn a_redirect_of_the_provider_is_not_followed() {
    let (elsewhere, visits) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&elsewhere);
    let trap = serve(Router::new().fallback(move || {
        count.fetch_add(1, Ordering::SeqCst);
        std::future::ready("trapped")
    }))
    .await;
    let count = Arc::clone(&visits);
    let provider = serve(Router::new().fallback(move || {
        count.fetch_add(1, Ordering::SeqCst);
        std::future::ready((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, trap.clone())]))
    }))
    .await;
    let dir = TempDir::new().unwrap();
    let relay = Process::start(dir.path(), &["--upstream", &provider]).await;
    for _ in 0..2 {
        let answer = generate(&relay.address, "k1", "a boat").await;
        assert!(answer.contains(r#""state":"unknown""#), "{answer}");
    }
    assert!(get(&relay.address, "/api/v1/chat/credit").await.starts_with("HTTP/1.1 502"));
    assert_eq!((visits.load(Ordering::SeqCst), elsewhere.load(Ordering::SeqCst)), (2, 0));
}

#[tokio::test]
async fn a_provider_that_is_not_there_costs_nothing_and_can_come_back() {
    let dir = TempDir::new().unwrap();
    let relay = Process::start(dir.path(), &["--upstream", "http://127.0.0.1:9"]).await;
    let answer = generate(&relay.address, "k1", "a boat").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("nothing was sent"), "{answer}");
    assert!(get(&relay.address, "/relay/intents/k1").await.contains(r#""state":"reserved""#));
    drop(relay);
    let provider = Provider::start(Duration::ZERO).await;
    let relay = Process::start(dir.path(), &["--upstream", &provider.url]).await;
    assert!(generate(&relay.address, "k1", "a boat").await.contains(r#""code":200"#));
    assert_eq!(provider.world.ledger().charges, 1);
}

#[rstest]
#[case("GET /relay/health HTTP/1.1\r\nHost: localhost\r\nX: ", "408")]
#[case("GET /relay/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "403")]
#[case(
    "GET /relay/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "403"
)]
#[case(
    "GET http://evil.example/relay/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "403"
)]
#[case("GET http://localhost/relay/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "200")]
#[case("GET /relay/health HTTP/1.1\r\nHost: localhost\r\nX_Y: 1\r\nConnection: close\r\n\r\n", "400")]
#[case(
    "GET /relay/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "400"
)]
#[case(
    "GET /relay/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "400"
)]
#[case(
    "GET /relay/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
    "200"
)]
#[case("BREW / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405")]
#[tokio::test]
async fn odd_requests_are_turned_away(#[case] request: &str, #[case] status: &str) {
    let (dir, page) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let relay = Process::start(dir.path(), &["--static", page.path().to_str().unwrap()]).await;
    let answer = raw(&relay.address, request).await;
    // A head that never ends is answered with a closed connection, or with a word before it.
    let closed = status == "408" && answer.is_empty();
    assert!(closed || answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
}

#[rstest]
#[case("Content-Length: 48\r\nTransfer-Encoding: chunked")]
#[case("Transfer-Encoding: chunked\r\nContent-Length: 48")]
#[tokio::test]
async fn a_body_of_two_lengths_smuggles_nothing(#[case] lengths: &str) {
    let dir = TempDir::new().unwrap();
    let relay = Process::start(dir.path(), &[]).await;
    let smuggled = "GET /relay/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let request =
        format!("GET /relay/health HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n\r\n0\r\n\r\n{smuggled}");
    let answers = raw(&relay.address, &request).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 1, "{answers}");
    assert!(answers.contains("connection: close"), "{answers}");
}

#[tokio::test]
async fn a_head_of_megabytes_is_not_read() {
    let dir = TempDir::new().unwrap();
    let relay = Process::start(dir.path(), &[]).await;
    let answer = raw(&relay.address, &format!("GET / HTTP/1.1\r\nHost: {}\r\n", "x".repeat(1 << 20))).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(get(&relay.address, "/relay/health").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_guesses_tokens_is_not_listened_to() {
    let dir = TempDir::new().unwrap();
    let relay = Process::start(dir.path(), &["--access-token", "the-right-one"]).await;
    let ask = async |token: &str, from: &str| {
        let request = format!(
            "GET /relay/intents/k HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             X-Forwarded-For: 192.0.2.66, {from}\r\nConnection: close\r\n\r\n"
        );
        raw(&relay.address, &request).await
    };
    for _ in 0..20 {
        assert!(ask("wrong", "198.51.100.1").await.starts_with("HTTP/1.1 401"));
    }
    let held = ask("the-right-one", "198.51.100.1").await;
    assert!(held.starts_with("HTTP/1.1 429") && held.contains("retry-after"), "{held}");
    assert!(ask("the-right-one", "198.51.100.2").await.starts_with("HTTP/1.1 404"));
}
