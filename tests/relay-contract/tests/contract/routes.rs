//! The provider's own routes: any client works by changing its base URL and key.

use rstest::rstest;
use serde_json::{Value, json};
use vireo_relay_contract::{
    PROVIDER_KEY, code_of, create, delete, film, fresh, get, head, post, post_form, put, stage, task_of,
    turn, until,
};

#[tokio::test]
async fn a_video_is_made_by_changing_the_base_url_and_the_key() {
    let prompt = format!("{} [sim:fast]", fresh("boat"));
    turn().await;
    let created =
        post("/api/v1/veo/generate", json!({ "prompt": prompt, "model": "veo3_fast" })).send().await;
    assert_eq!((created.status, code_of(&created)), (200, 200), "{created:?}");
    let task = task_of(&created);
    let record = until("the video is made", async || {
        let record = get(&format!("/api/v1/veo/record-info?taskId={task}")).send().await.json();
        (record["data"]["successFlag"] == 1).then_some(record)
    })
    .await;
    assert!(record["data"]["response"]["resultUrls"][0].is_string(), "{record}");
    assert_eq!(stage().provider.charges(&prompt), 1);
}

/// The vendor's published client: no `Idempotency-Key`, the older ratio, and addresses that are JSON in a text.
#[tokio::test]
async fn the_vendor_s_sample_client_finds_its_video() {
    let prompt = format!("{} [sim:fast] [sim:legacy-shape]", fresh("cat"));
    turn().await;
    let body = json!({ "prompt": prompt, "model": "veo3", "aspectRatio": "16:9" });
    let created = post("/api/v1/veo/generate", body).send().await;
    assert_eq!((created.status, code_of(&created)), (200, 200), "{created:?}");
    let task = task_of(&created);
    let urls = until("the video is made", async || {
        let status = get(&format!("/api/v1/veo/record-info?taskId={task}")).send().await.json();
        let text = status["data"]["resultUrls"].as_str().map(str::to_owned);
        text.filter(|_| status["data"]["successFlag"] == 1)
    })
    .await;
    let urls: Vec<String> = serde_json::from_str(&urls).unwrap();
    assert!(urls[0].starts_with("http"), "{urls:?}");
}

#[tokio::test]
async fn without_an_idempotency_key_every_request_is_a_new_video_as_at_the_provider() {
    let prompt = fresh("boat");
    for _ in 0..2 {
        turn().await;
        let created = post("/api/v1/veo/generate", json!({ "prompt": prompt })).send().await;
        assert_eq!(created.header("idempotency-replayed"), "");
        task_of(&created);
    }
    assert_eq!(stage().provider.charges(&prompt), 2);
}

#[rstest]
#[case("aspect_ratio")]
#[case("aspectRatio")]
#[tokio::test]
async fn both_spellings_of_the_ratio_are_understood(#[case] spelling: &str) {
    let prompt = fresh("boat");
    turn().await;
    let created = post("/api/v1/veo/generate", json!({ "prompt": prompt, spelling: "9:16" })).send().await;
    let record = get(&format!("/api/v1/veo/record-info?taskId={}", task_of(&created))).send().await.json();
    let params: Value = serde_json::from_str(record["data"]["paramJson"].as_str().unwrap()).unwrap();
    assert_eq!((&params["aspectRatio"], &params["prompt"]), (&json!("9:16"), &json!(prompt)));
}

#[tokio::test]
async fn a_finished_video_is_extended_under_a_new_task() {
    let task = film("boat").await;
    turn().await;
    let body = json!({ "taskId": task, "prompt": fresh("and a storm"), "model": "fast" });
    let extended = task_of(&post("/api/v1/veo/extend", body).key(&fresh("key")).send().await);
    assert_ne!(extended, task);
}

#[tokio::test]
async fn upgrades_to_1080p_and_4k_are_started() {
    let task = film("boat").await;
    let large = get(&format!("/api/v1/veo/get-1080p-video?taskId={task}&index=0")).send().await;
    assert!(matches!(code_of(&large), 200 | 400 | 422), "{large:?}");
    let largest = post("/api/v1/veo/get-4k-video", json!({ "taskId": task, "index": 0 }))
        .key(&fresh("key"))
        .send()
        .await;
    task_of(&largest);
    let jobs = stage().provider.ledger().jobs;
    let kinds = jobs.iter().filter(|job| job.task_id == task || job.task_id == task_of(&largest));
    assert_eq!(kinds.count(), 3, "one video, one 1080p, one 4K");
}

#[tokio::test]
async fn a_head_asks_and_buys_nothing() {
    let task = film("boat").await;
    let before = stage().provider.seen(&task).len();
    for path in ["get-1080p-video", "record-info"] {
        let answer = head(&format!("/api/v1/veo/{path}?taskId={task}&index=0")).send().await;
        assert_eq!(answer.status, 405, "{path}");
    }
    assert_eq!(head("/api/v1/chat/credit").send().await.status, 405);
    assert_eq!(stage().provider.seen(&task).len(), before);
    let jobs = stage().provider.ledger().jobs;
    assert_eq!(jobs.iter().filter(|job| job.task_id == task).count(), 1, "the video alone");
}

#[tokio::test]
async fn the_balance_is_the_provider_s() {
    let answer = get("/api/v1/chat/credit").send().await;
    assert_eq!((answer.status, code_of(&answer)), (200, 200));
    assert!(answer.json()["data"].is_number(), "{answer:?}");
}

#[tokio::test]
async fn a_download_link_is_made_for_the_provider_s_own_files_only() {
    let task = film("boat").await;
    let record = get(&format!("/api/v1/veo/record-info?taskId={task}")).send().await.json();
    let link = |url: &Value| post("/api/v1/common/download-url", json!({ "url": url })).send();
    let own = link(&record["data"]["response"]["resultUrls"][0]).await;
    assert!(own.json()["data"].is_string(), "{own:?}");
    let foreign = link(&json!("https://elsewhere.example/v.mp4")).await;
    assert_eq!((code_of(&foreign), foreign.json()["msg"].clone()), (422, json!("url is wrong")));
}

const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[tokio::test]
async fn an_image_is_uploaded_as_base64() {
    let body = json!({ "base64Data": PIXEL, "uploadPath": "veo", "fileName": fresh("dot.png") });
    let answer = post("/api/file-base64-upload", body).send().await;
    assert!(answer.json()["data"]["downloadUrl"].is_string(), "{answer:?}");
}

#[tokio::test]
async fn an_image_is_uploaded_as_a_form() {
    let name = fresh("dot");
    let bytes = "x".repeat(300_000);
    let form = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"uploadPath\"\r\n\r\nveo\r\n\
         --cut\r\nContent-Disposition: form-data; name=\"fileName\"\r\n\r\n{name}.png\r\n\
         --cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}.png\"\r\nContent-Type: image/png\r\n\r\n\
         {bytes}\r\n--cut--\r\n"
    );
    let ask = post_form("/api/file-stream-upload", "cut", form);
    let answer = ask.send().await;
    let data = &answer.json()["data"];
    assert!(data["downloadUrl"].as_str().is_some_and(|url| url.contains(&name)), "{answer:?}");
    assert_eq!(data["fileSize"], 300_000);
}

#[rstest]
#[case("[sim:no-credits]", 402)]
#[case("[sim:bad-key]", 401)]
#[case("[sim:maintenance]", 455)]
#[tokio::test]
async fn a_refusal_keeps_the_provider_s_code_and_costs_nothing(#[case] scenario: &str, #[case] code: i64) {
    let prompt = format!("{} {scenario}", fresh("boat"));
    let answer = create(&prompt, &fresh("key")).await;
    assert_eq!(code_of(&answer), code, "{answer:?}");
    assert!(answer.json()["msg"].as_str().is_some_and(|words| !words.is_empty()), "{answer:?}");
    assert_eq!(stage().provider.charges(&prompt), 0);
}

#[tokio::test]
async fn the_provider_gets_its_key_and_nothing_that_was_not_meant_for_it() {
    let prompt = fresh("boat");
    turn().await;
    let body = json!({ "prompt": prompt, "apiKey": "smuggled", "__proto__": { "admin": true } });
    let ask = post("/api/v1/veo/generate", body)
        .header("x-forwarded-for", "10.0.0.1")
        .header("cookie", "smuggled=1");
    task_of(&ask.send().await);
    let seen = stage().provider.seen(&prompt);
    let [one] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(one.headers["authorization"], format!("Bearer {PROVIDER_KEY}"));
    let whole = format!("{:?} {}", one.headers, one.body);
    for unwanted in
        ["smuggled", "x-forwarded-for", "10.0.0.1", "__proto__", &stage().tokens[0], "idempotency"]
    {
        assert!(!whole.contains(unwanted), "{unwanted} reached the provider: {whole}");
    }
}

#[rstest]
#[case("not json")]
#[case("[]")]
#[case(r#"["a boat",null,null,null,null,null,null,null,null,null,null,null,null]"#)]
#[case(r#"{"prompt":7}"#)]
#[case(r#"{"prompt":""}"#)]
#[case(r#"{"model":"veo3"}"#)]
#[case(r#"{"prompt":"a boat","aspect_ratio":"9:16","aspectRatio":"16:9"}"#)]
#[tokio::test]
async fn nonsense_is_refused(#[case] body: &str) {
    let answer = post("/api/v1/veo/generate", Value::Null).body(body.to_owned()).send().await;
    assert!(matches!(answer.status, 400 | 422), "{answer:?}");
    let words = answer.json()["msg"].as_str().unwrap_or_default().to_owned();
    assert!(!words.is_empty() && !words.contains("struct") && !words.contains("line 1"), "{words}");
}

#[rstest]
#[case("/api/v1/veo/extend", r#"["0","a boat",null,null,null,null]"#)]
#[case("/api/v1/veo/get-4k-video", r#"["0",null,null]"#)]
#[case("/api/v1/common/download-url", r#"["https://file.example/a.mp4"]"#)]
#[case("/api/file-base64-upload", r#"["QQ==","veo",null]"#)]
#[tokio::test]
async fn a_list_is_not_taken_for_an_object(#[case] path: &str, #[case] body: &str) {
    let answer = post(path, Value::Null).body(body.to_owned()).send().await;
    assert!(matches!(answer.status, 400 | 422), "{answer:?}");
    assert!(stage().provider.seen(body).is_empty());
}

#[tokio::test]
async fn the_deprecated_fallback_is_never_asked_for() {
    let prompt = fresh("boat");
    turn().await;
    let body = json!({ "prompt": prompt, "enableFallback": true, "duration": 8.0 });
    task_of(&post("/api/v1/veo/generate", body).send().await);
    let seen = stage().provider.seen(&prompt)[0].json();
    assert_eq!((&seen["enableFallback"], &seen["duration"]), (&Value::Null, &json!(8)));
}

#[tokio::test]
async fn what_is_no_route_is_not_found_by_any_method() {
    for path in [
        "/api/v1/veo/other",
        "/api/v1/jobs/recordInfo",
        "/api/file-url-upload",
        "/relay/other",
        "/relay",
        "/relay/intents/%ff",
        "/relay/media/%ff/720p/0",
    ] {
        let answer = get(path).send().await;
        assert_eq!((answer.status, code_of(&answer)), (404, 404), "{path} {answer:?}");
    }
    for path in ["/api/v1/veo/other", "/relay/other"] {
        for ask in [post(path, Value::Null), put(path), delete(path)] {
            let answer = ask.send().await;
            assert_eq!((answer.status, code_of(&answer)), (404, 404), "{path} {answer:?}");
        }
    }
    let called = post("/relay/callback/%ff/x", json!({ "data": { "taskId": "a" } })).anonymous().send().await;
    assert_eq!((called.status, code_of(&called)), (404, 404), "{called:?}");
}

#[tokio::test]
async fn a_route_says_that_it_takes_no_such_method() {
    let generate = "/api/v1/veo/generate";
    for ask in [get(generate), put(generate), delete("/relay/events"), put("/relay/health")] {
        let answer = ask.send().await;
        assert_eq!((answer.status, code_of(&answer)), (405, 405), "{answer:?}");
    }
}

#[tokio::test]
async fn health_tells_version_uptime_and_upstream() {
    let answer = get("/relay/health").send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let health = answer.json();
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((health["mode"].as_str(), health["upstream"].as_str()), (Some("relay"), Some("reachable")));
    assert!(health["uptimeSeconds"].is_u64(), "{health}");
}

#[tokio::test]
async fn every_answer_has_a_number_of_its_own() {
    let answers = [
        get("/api/v1/chat/credit").send().await,
        get("/api/v1/veo/record-info?taskId=nobody").send().await,
        get("/api/v1/chat/credit").anonymous().send().await,
        get("/relay/nothing").send().await,
        put("/api/v1/veo/generate").send().await,
    ];
    let numbers: std::collections::HashSet<&str> =
        answers.iter().map(|answer| answer.header("x-request-id")).collect();
    assert_eq!(numbers.len(), answers.len(), "{answers:?}");
    assert!(!numbers.contains(""), "{answers:?}");
}
