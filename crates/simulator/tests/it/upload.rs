//! Pictures in: as base64, as a form, by address; and what becomes of them.

use super::Sim;
use super::sim::{AGES_MS, Answer, DAY_MS, only, request, send, task_id, with_json};
use axum::body::Body;
use axum::http::{StatusCode, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

const CORS: [(&str, &str); 3] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-headers", "Content-Type, Authorization"),
    ("access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS"),
];

/// The head of a PNG of that size: enough to be known as one.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    bytes
}

async fn base64(sim: &Sim, body: Value) -> Answer {
    send(&sim.media, with_json("/api/file-base64-upload", body)).await
}

/// Uploads a picture and returns its address.
async fn uploaded(sim: &Sim, name: &str, bytes: &[u8]) -> String {
    let body = json!({ "base64Data": BASE64_STANDARD.encode(bytes), "uploadPath": "veo", "fileName": name });
    let answer = base64(sim, body).await.json();
    assert_eq!(answer["code"], 200, "{answer}");
    answer["data"]["downloadUrl"].as_str().unwrap().to_owned()
}

async fn form(sim: &Sim, parts: &[(&str, &str)]) -> Answer {
    let mut body = String::new();
    for (head, text) in parts {
        body += &format!("--limit\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n");
    }
    body += "--limit--\r\n";
    let (mut head, _) = request("POST", "/api/file-stream-upload").into_parts();
    head.headers.insert(header::CONTENT_TYPE, "multipart/form-data; boundary=limit".parse().unwrap());
    send(&sim.media, axum::http::Request::from_parts(head, Body::from(body))).await
}

#[tokio::test]
async fn a_base64_upload_is_served_back() {
    let sim = Sim::new();
    let data = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png(1, 1)));
    let answer =
        base64(&sim, json!({ "base64Data": data, "uploadPath": "veo", "fileName": "first.png" })).await;
    let expected = json!({
        "success": true,
        "code": 200,
        "msg": "File uploaded successfully",
        "data": {
            "success": true,
            "fileName": "first.png",
            "filePath": "kieai/4711/veo/first.png",
            "downloadUrl": "http://media.test/kieai/4711/veo/first.png",
            "fileSize": 29,
            "mimeType": "image/png",
            "uploadedAt": "2026-04-21T19:33:31.250Z",
        },
    });
    assert_eq!(answer.json(), expected);
    let file = sim.fetch("http://media.test/kieai/4711/veo/first.png", &[]).await;
    assert_eq!((file.header("content-type"), &file.bytes[..]), ("image/png", &png(1, 1)[..]));
    assert_eq!(sim.world.ledger().charges, 0);
}

#[tokio::test]
async fn a_form_upload_is_served_back() {
    let sim = Sim::new();
    let file = "name=\"file\"; filename=\"ein Bild.jpg\"\r\nContent-Type: image/jpeg";
    let answer = form(&sim, &[("name=\"uploadPath\"", "a/b"), (file, "bytes")]).await.json();
    assert_eq!(answer["data"]["mimeType"], "image/jpeg");
    let url = answer["data"]["downloadUrl"].as_str().unwrap();
    assert_eq!(url, "http://media.test/kieai/4711/a/b/ein%20Bild.jpg");
    assert_eq!(&sim.fetch(url, &[]).await.bytes[..], b"bytes");
}

#[tokio::test]
async fn an_upload_by_address_needs_no_network() {
    let sim = Sim::new();
    let own = uploaded(&sim, "own.png", &png(2, 3)).await;
    let by_address = |url: String| {
        let body = json!({ "fileUrl": url, "uploadPath": "veo", "fileName": "copy" });
        with_json("/api/file-url-upload", body)
    };
    let copy = send(&sim.media, by_address(own)).await.json();
    let copy = sim.fetch(copy["data"]["downloadUrl"].as_str().unwrap(), &[]).await;
    assert_eq!(&copy.bytes[..], &png(2, 3)[..]);
    let foreign = send(&sim.media, by_address("https://example.org/a.jpg".to_owned())).await.json();
    assert_eq!(foreign["data"]["mimeType"], "image/jpeg");
    for bad in ["https://example.org/missing.jpg", "http://media.test/nowhere.png", "ftp://example.org/a"] {
        assert_eq!(send(&sim.media, by_address(bad.to_owned())).await.json()["code"], 400, "{bad}");
    }
}

#[tokio::test]
async fn without_a_name_the_server_gives_one() {
    let sim = Sim::new();
    let body = json!({ "base64Data": BASE64_STANDARD.encode(png(1, 1)), "uploadPath": "veo" });
    let (first, second) = (base64(&sim, body.clone()).await.json(), base64(&sim, body).await.json());
    let name = first["data"]["fileName"].as_str().unwrap();
    assert!(name.starts_with("1776800011250-") && name.ends_with(".png"), "{name}");
    assert_ne!(first["data"]["fileName"], second["data"]["fileName"]);
}

#[tokio::test]
async fn the_same_name_overwrites() {
    let sim = Sim::new();
    let url = uploaded(&sim, "a.png", &png(1, 1)).await;
    assert_eq!(uploaded(&sim, "a.png", &png(9, 9)).await, url);
    assert_eq!(&sim.fetch(&url, &[]).await.bytes[..], &png(9, 9)[..]);
}

#[tokio::test]
async fn an_upload_lives_three_days_and_is_missed_by_later_tasks() {
    let sim = Sim::new();
    let url = uploaded(&sim, "a.png", &png(1, 1)).await;
    let body = json!({ "prompt": "p", "imageUrls": [url] });
    let early = task_id(&sim.generate(body.clone()).await);
    sim.clock.advance(3 * DAY_MS - 1);
    assert_eq!(sim.fetch(&url, &[]).await.status, StatusCode::OK);
    sim.clock.advance(1);
    assert_eq!(sim.fetch(&url, &[]).await.status, StatusCode::NOT_FOUND);
    let late = task_id(&sim.generate(body).await);
    sim.clock.advance(AGES_MS);
    assert_eq!(sim.record(&early).await["successFlag"], 1);
    assert_eq!(sim.record(&late).await["errorCode"], 400);
}

#[tokio::test]
async fn auto_follows_the_shape_of_the_first_picture() {
    let sim = Sim::new();
    let tall = uploaded(&sim, "tall.png", &png(90, 160)).await;
    let wide = uploaded(&sim, "wide.png", &png(160, 90)).await;
    let mut seen = Vec::new();
    for url in [&tall, &wide] {
        let body = json!({ "prompt": "p", "imageUrls": [url], "aspect_ratio": "Auto" });
        let id = task_id(&sim.generate(body).await);
        sim.clock.advance(AGES_MS);
        let url = only(&sim.record(&id).await["response"]["resultUrls"]).to_owned();
        let bytes = sim.fetch(&url, &[]).await.bytes;
        seen.push(
            ["dusk-tall", "aurora-tall"]
                .iter()
                .any(|name| std::fs::read(format!("clips/{name}-720p.mp4")).unwrap() == bytes),
        );
    }
    assert_eq!(seen, [true, false]);
}

#[tokio::test]
async fn refusals_have_the_host_s_own_form() {
    let sim = Sim::new();
    let cases = [
        (json!({ "base64Data": "AAAA" }), "Missing required parameter: uploadPath"),
        (json!({ "uploadPath": "veo" }), "Missing required parameter: base64Data"),
        (json!({ "base64Data": "%", "uploadPath": "veo" }), "Base64 decoding failed: Invalid Base64 format"),
        (
            json!({ "base64Data": "AAAA", "uploadPath": "/veo" }),
            "uploadPath must not begin or end with a slash",
        ),
        (json!({ "base64Data": 1, "uploadPath": "veo" }), "base64Data must be a string"),
    ];
    for (body, msg) in cases {
        let answer = base64(&sim, body).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json(), json!({ "success": false, "code": 400, "msg": msg }));
    }
    assert_eq!(form(&sim, &[("name=\"uploadPath\"", "a")]).await.json()["code"], 400);
    let mut request = with_json("/api/file-base64-upload", json!({}));
    request.headers_mut().remove(header::AUTHORIZATION);
    let answer = send(&sim.media, request).await.json();
    assert_eq!(
        answer,
        json!({ "success": false, "code": 401, "msg": "Authentication failed: Invalid API Key" })
    );
    assert_eq!(send(&sim.media, request_get()).await.json()["code"], 405);
}

fn request_get() -> axum::http::Request<Body> {
    request("GET", "/api/file-base64-upload")
}

#[tokio::test]
async fn files_over_25_mb_are_refused() {
    let sim = Sim::new();
    let large =
        |mb: usize| json!({ "base64Data": "A".repeat(mb * 1024 * 1024 / 3 * 4), "uploadPath": "veo" });
    assert_eq!(base64(&sim, large(12)).await.json()["code"], 200);
    for mb in [26, 36] {
        let answer = base64(&sim, large(mb)).await.json();
        assert_eq!(answer["msg"], "File size exceeds the limit", "{mb} MB");
    }
}

#[tokio::test]
async fn every_answer_carries_the_wire_s_cors_headers() {
    let sim = Sim::new();
    let answers = [
        base64(&sim, json!({ "base64Data": "AAAA", "uploadPath": "veo" })).await,
        base64(&sim, json!({})).await,
        send(&sim.media, request("OPTIONS", "/api/file-stream-upload")).await,
        send(&sim.media, request_get()).await,
    ];
    for answer in answers {
        for (name, value) in CORS {
            assert_eq!(answer.header(name), value);
        }
    }
}
