//! `generate` and `extend` at the door: what is let in, what is refused, what it costs.

use super::Sim;
use super::sim::{request, send, task_id, with_json};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use vireo_simulator::Settings;

fn with(field: &str, value: Value) -> Value {
    let mut body = json!({ "prompt": "a paper boat" });
    body[field] = value;
    body
}

fn images(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("https://example.org/{n}.png")).collect()
}

#[tokio::test]
async fn ids_are_32_lowercase_hex_characters() {
    let id = Sim::new().task("a paper boat").await;
    assert_eq!(id.len(), 32);
    assert!(id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)), "{id}");
}

#[tokio::test]
async fn refusals_come_under_http_200() {
    let sim = Sim::new();
    let answer = send(&sim.api, with_json("/api/v1/veo/generate", json!({}))).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["code"], 422);
    assert_eq!(answer.json()["data"], Value::Null);
}

#[tokio::test]
async fn bad_requests_are_refused_and_cost_nothing() {
    let sim = Sim::new();
    let bad = [
        json!({}),
        with("prompt", json!("  ")),
        with("prompt", json!(7)),
        with("prompt", json!("a [sim:misspelt] boat")),
        with("model", json!("veo4")),
        with("model", json!(3)),
        with("generationType", json!("TEXT")),
        with("aspect_ratio", json!("4:3")),
        with("aspectRatio", json!("4:3")),
        with("resolution", json!("720")),
        with("duration", json!("8")),
        with("duration", json!(5)),
        with("duration", json!(8.5)),
        with("seeds", json!(9_999)),
        with("seeds", json!(100_000)),
        with("seeds", json!("12345")),
        with("enableTranslation", json!("true")),
        with("watermark", json!(1)),
        with("callBackUrl", json!("ftp://example.org")),
        with("imageUrls", json!("https://example.org/0.png")),
        with("imageUrls", json!([1])),
        with("imageUrls", json!(["data:image/png;base64,AAAA"])),
        with("imageUrls", json!(images(4))),
        json!({ "prompt": "p", "generationType": "TEXT_2_VIDEO", "imageUrls": images(1) }),
        json!({ "prompt": "p", "generationType": "FIRST_AND_LAST_FRAMES_2_VIDEO" }),
        json!({ "prompt": "p", "generationType": "FIRST_AND_LAST_FRAMES_2_VIDEO", "imageUrls": images(3) }),
        json!({ "prompt": "p", "generationType": "REFERENCE_2_VIDEO" }),
        json!({ "prompt": "p", "generationType": "REFERENCE_2_VIDEO", "imageUrls": images(1), "model": "veo3" }),
        json!({ "prompt": "p", "generationType": "REFERENCE_2_VIDEO", "imageUrls": images(1), "duration": 4 }),
    ];
    for body in bad {
        let answer = sim.generate(body.clone()).await;
        assert_eq!(answer["code"], 422, "{body} was answered with {answer}");
    }
    assert_eq!(sim.world.ledger().charges, 0);
}

#[tokio::test]
async fn all_that_is_documented_is_accepted() {
    let sim = Sim::new();
    let good = [
        with("aspect_ratio", json!("Auto")),
        with("aspectRatio", json!("9:16")),
        with("imageUrls", json!(images(2))),
        with("imageUrls", json!(images(3))),
        with("imageUrls", Value::Null),
        with("duration", json!(4)),
        with("seeds", json!(10_000)),
        with("unknown", json!(true)),
        json!({ "prompt": "p", "generationType": "REFERENCE_2_VIDEO", "imageUrls": images(3), "model": "veo3_lite" }),
    ];
    for body in good {
        task_id(&sim.generate(body).await);
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let sim = Sim::new();
    for body in [json!([]), json!("prompt"), Value::Null] {
        assert_eq!(sim.generate(body).await["code"], 400);
    }
}

#[tokio::test]
async fn no_key_and_the_bad_key_open_nothing() {
    let sim = Sim::new();
    for key in [None, Some(""), Some("Bearer "), Some("Bearer bad-key"), Some("test-key")] {
        let mut request = with_json("/api/v1/veo/generate", json!({ "prompt": "p" }));
        request.headers_mut().remove(header::AUTHORIZATION);
        if let Some(key) = key {
            request.headers_mut().insert(header::AUTHORIZATION, key.parse().unwrap());
        }
        let answer = send(&sim.api, request).await;
        assert_eq!((answer.status, answer.json()["code"].as_u64()), (StatusCode::OK, Some(401)), "{key:?}");
    }
    assert_eq!(sim.world.ledger().charges, 0);
}

#[tokio::test]
async fn the_price_depends_on_model_and_resolution() {
    let prices = [
        ("veo3_lite", [30.0, 35.0, 150.0]),
        ("veo3_fast", [60.0, 65.0, 180.0]),
        ("veo3", [250.0, 255.0, 370.0]),
    ];
    let sim = Sim::new();
    for (model, of_model) in prices {
        for (resolution, price) in ["720p", "1080p", "4k"].into_iter().zip(of_model) {
            let before = sim.credits();
            sim.generate(json!({ "prompt": "p", "model": model, "resolution": resolution })).await;
            assert_eq!(before - sim.credits(), price, "{model} {resolution}");
        }
    }
}

#[tokio::test]
async fn the_balance_is_fractional_and_must_reach() {
    let sim = Sim::with(Settings { credits: 100.25, ..Settings::default() });
    sim.task("a paper boat").await;
    let refusal = sim.generate(json!({ "prompt": "another" })).await;
    assert_eq!(refusal["code"], 402);
    assert_eq!(sim.get("/api/v1/chat/credit").await["data"], 40.25);
}

#[tokio::test]
async fn the_twenty_first_creation_in_ten_seconds_is_refused() {
    let sim = Sim::new();
    for _ in 0..10 {
        sim.task("early").await;
    }
    sim.clock.advance(4_000);
    for _ in 0..10 {
        sim.task("late").await;
    }
    assert_eq!(sim.generate(json!({ "prompt": "one too many" })).await["code"], 429);
    sim.clock.advance(5_999);
    assert_eq!(sim.generate(json!({ "prompt": "still" })).await["code"], 429);
    sim.clock.advance(1);
    sim.task("the first ten are forgotten").await;
    assert_eq!(sim.world.ledger().charges, 21);
}

#[tokio::test]
async fn the_limit_counts_per_key() {
    let sim = Sim::new();
    for _ in 0..20 {
        sim.task("mine").await;
    }
    let mut request = with_json("/api/v1/veo/generate", json!({ "prompt": "hers" }));
    request.headers_mut().insert(header::AUTHORIZATION, "Bearer other-key".parse().unwrap());
    task_id(&send(&sim.api, request).await.json());
}

#[tokio::test]
async fn a_prompt_can_ask_to_be_refused() {
    let sim = Sim::new();
    let doors = [("no-credits", 402), ("bad-key", 401), ("rate-limit", 429), ("maintenance", 455)];
    for (name, code) in doors {
        let answer = sim.generate(json!({ "prompt": format!("a boat [sim:{name}]") })).await;
        assert_eq!(answer["code"], code, "{name}");
    }
    assert_eq!(sim.world.ledger().charges, 0);
}

#[tokio::test]
async fn an_answer_can_be_an_error_or_a_page_though_the_task_was_charged() {
    let sim = Sim::new();
    let error =
        send(&sim.api, with_json("/api/v1/veo/generate", json!({ "prompt": "a [sim:error-500]" }))).await;
    assert_eq!(error.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(error.json()["code"], 500);
    let page = send(&sim.api, with_json("/api/v1/veo/generate", json!({ "prompt": "b [sim:html]" }))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    let ledger = sim.world.ledger();
    assert_eq!((ledger.by_prompt["a [sim:error-500]"], ledger.by_prompt["b [sim:html]"]), (1, 1));
}

#[tokio::test]
async fn pages_of_any_origin_may_ask() {
    let sim = Sim::new();
    let mut request = super::sim::request("OPTIONS", "/api/v1/veo/generate");
    *request.method_mut() = Method::OPTIONS;
    let headers = request.headers_mut();
    headers.remove(header::AUTHORIZATION);
    headers.insert(header::ORIGIN, "https://example.org".parse().unwrap());
    headers.insert(header::ACCESS_CONTROL_REQUEST_METHOD, "POST".parse().unwrap());
    headers.insert(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type".parse().unwrap());
    let preflight = send(&sim.api, request).await;
    assert_eq!(preflight.status, StatusCode::OK);
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    for name in ["authorization", "content-type", "idempotency-key"] {
        assert!(preflight.header("access-control-allow-headers").contains(name), "{name}");
    }
    assert_eq!(sim.world.ledger().requests, 0);
}

#[tokio::test]
async fn every_answer_of_the_api_is_the_provider_s_json() {
    let sim = Sim::new();
    for (method, path, status, code) in [
        ("GET", "/api/v1/chat/credit", 200, 200),
        ("GET", "/api/v1/veo/record-info?taskId=a", 200, 422),
        ("GET", "/api/v1/veo/other", 404, 404),
        ("POST", "/other", 404, 404),
        ("GET", "/api/v1/veo/generate", 405, 405),
    ] {
        let answer = send(&sim.api, request(method, path)).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_i64()), (status, Some(code)), "{path}");
        assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8", "{path}");
    }
}
