//! The relay on ports of loopback.

// The helpers are tests too, though clippy does not see it.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use vireo_relay::{Bases, Config, Provider, StartError, open, web_url};

const DEMO: Provider = Provider::Simulator { speed: 60.0, allow_origins: Vec::new() };

fn config(provider: Provider, folder: Option<&TempDir>) -> Config {
    Config { static_dir: folder.map(|folder| folder.path().into()), provider, media_origins: vec![] }
}

/// The body of an answer.
async fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

async fn told(address: &str) -> Value {
    serde_json::from_str(&get(address, "/config.json").await).unwrap()
}

fn host(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches('/')
}

#[tokio::test]
async fn the_demo_answers_on_both_origins_until_it_is_told_to_end() {
    let folder = TempDir::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = open(listener, &config(DEMO, Some(&folder))).await.unwrap();
    let (url, (stop, stopped)) = (relay.url(), oneshot::channel::<()>());
    let serving = tokio::spawn(relay.serve(async { drop(stopped.await) }));

    let told = told(host(&url)).await;
    assert_eq!(told["apiBase"], url.trim_end_matches('/'));
    let media = told["mediaOrigins"][0].as_str().unwrap();
    assert_ne!(media, told["apiBase"]);
    assert!(get(host(&url), "/sim/health").await.contains(media));
    assert!(!get(host(media), "/v/no-video.mp4").await.contains("simulator"));

    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(TcpStream::connect(host(&url)).await.is_err());
}

#[tokio::test]
async fn two_demos_never_give_the_same_task_id() {
    let mut healths = Vec::new();
    for _ in 0..2 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = open(listener, &config(DEMO, None)).await.unwrap();
        let url = relay.url();
        let serving = tokio::spawn(relay.serve(std::future::pending()));
        healths.push(get(host(&url), "/sim/health").await);
        serving.abort();
    }
    let seed = |text: &str| serde_json::from_str::<Value>(text).unwrap()["seed"].clone();
    assert_ne!(seed(&healths[0]), seed(&healths[1]));
}

#[tokio::test]
async fn the_demo_takes_another_port_where_the_next_is_not_free() {
    let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = first.local_addr().unwrap().port();
    // Whether this succeeds or somebody else has it: the next port is taken.
    let _taken = TcpListener::bind(("127.0.0.1", port + 1)).await;
    assert!(open(first, &config(DEMO, None)).await.is_ok());
}

#[tokio::test]
async fn the_demo_is_not_for_the_world() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = open(listener, &config(DEMO, None)).await.unwrap_err();
    assert!(matches!(refused, StartError::DemoIsLocal(_)), "{refused}");
}

#[tokio::test]
async fn a_page_that_is_not_there_is_missed_at_the_start() {
    let folder = TempDir::new().unwrap();
    let missing = Config { static_dir: Some(folder.path().join("dist")), ..config(DEMO, None) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = open(listener, &missing).await.unwrap_err();
    assert!(matches!(refused, StartError::NoPage(_)), "{refused}");
}

#[tokio::test]
async fn another_provider_is_laid_over_the_page_s_own_configuration() {
    let folder = TempDir::new().unwrap();
    let own = json!({ "version": 1, "connection": "relay", "mediaOrigins": ["https://a.example"], "typicalSeconds": { "veo3": 2 } });
    std::fs::write(folder.path().join("config.json"), own.to_string()).unwrap();
    let upstream = Bases {
        api: Some(web_url("http://127.0.0.1:9101/").unwrap()),
        upload: Some(web_url("http://127.0.0.1:9102").unwrap()),
    };
    let config = Config {
        media_origins: vec![web_url("http://127.0.0.1:9102/").unwrap()],
        ..config(Provider::Api(upstream), Some(&folder))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = open(listener, &config).await.unwrap();
    let url = relay.url();
    tokio::spawn(relay.serve(std::future::pending()));

    let told = told(host(&url)).await;
    assert_eq!(told["connection"], "direct");
    assert_eq!(told["apiBase"], "http://127.0.0.1:9101");
    assert_eq!(told["uploadBase"], "http://127.0.0.1:9102");
    assert_eq!(told["mediaOrigins"], json!(["https://a.example", "http://127.0.0.1:9102"]));
    assert_eq!(told["typicalSeconds"]["veo3"], 2.0);
    assert!(get(host(&url), "/relay/health").await.contains(r#""mode":"direct""#));
}

#[test]
fn an_upstream_is_a_web_address_without_credentials() {
    for text in ["", "api.kie.ai", "ftp://a.example", "javascript:alert(1)", "https://user:word@a.example"] {
        assert!(web_url(text).is_err(), "{text}");
    }
}

/// The status and the origin that an answer is meant for.
async fn asked_from(address: &str, origin: &str) -> (String, Option<String>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /api/v1/chat/credit HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let allowed = answer.lines().find_map(|line| line.strip_prefix("access-control-allow-origin: "));
    (answer[9..12].to_owned(), allowed.map(str::to_owned))
}

#[tokio::test]
async fn the_demo_serves_a_studio_in_a_page_of_an_allowed_origin() {
    let site = "http://site.example";
    let demo = Provider::Simulator { speed: 60.0, allow_origins: vec![web_url(site).unwrap()] };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = open(listener, &config(demo, None)).await.unwrap();
    let url = relay.url();
    tokio::spawn(relay.serve(std::future::pending()));
    assert_eq!(asked_from(host(&url), site).await, ("200".into(), Some(site.into())));
    assert_ne!(asked_from(host(&url), "http://other.example").await.0, "200");
}
