//! A browser names a task and gets the address that the provider has for it, and no other.

use crate::office::{Office, Says, get, send, settings};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use rstest::rstest;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vireo_relay::Redb;

/// A relay that takes the simulator's results, and a finished task.
async fn finished(prompt: &str, origin: &str) -> (Office, String) {
    let mut settings = settings();
    settings.media_origins = vec![origin.to_owned()];
    let office = Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider));
    let created = office.generate(prompt, None).await.json();
    office.clock.advance(3_600_000);
    (office, created["data"]["taskId"].as_str().unwrap().to_owned())
}

const RESULTS: &str = "http://127.0.0.1:9102";

#[tokio::test]
async fn a_result_s_address_is_the_record_s() {
    let (office, task) = finished("a boat", RESULTS).await;
    let answer = get(&office.router, &format!("/relay/media/{task}/720p/0")).await;
    assert!(answer.text.starts_with("http://127.0.0.1:9102/v/"), "{answer:?}");
}

#[tokio::test]
async fn who_asks_for_the_head_causes_no_more() {
    let (office, task) = finished("a boat", RESULTS).await;
    for method in [Method::HEAD, Method::GET] {
        let request = Request::builder().method(&method).uri(format!("/relay/media/{task}/720p/0"));
        let request = request.header(header::HOST, "localhost").body(Body::empty()).unwrap();
        assert_eq!(send(&office.router, request).await.header("x-asked"), Some(method.as_str()));
    }
}

#[tokio::test]
async fn an_upgrade_is_found_once_its_answer_has_passed() {
    let (office, task) = finished("a boat", RESULTS).await;
    let media = format!("/relay/media/{task}/1080p/0");
    assert_eq!(get(&office.router, &media).await.status, StatusCode::NOT_FOUND);
    assert_eq!(office.charges(), 1, "looking buys nothing");
    let upgrade = format!("/api/v1/veo/get-1080p-video?taskId={task}");
    get(&office.router, &upgrade).await;
    office.clock.advance(3_600_000);
    let url = get(&office.router, &upgrade).await.json()["data"]["resultUrl"].clone();
    assert_eq!(get(&office.router, &media).await.text, url.as_str().unwrap());
}

#[rstest]
#[case("a boat", RESULTS, "4k/0")]
#[case("a boat", RESULTS, "720p/1")]
#[case("a boat", RESULTS, "720p/-1")]
#[case("a boat", RESULTS, "720p/00")]
#[case("a boat [sim:legacy-shape]", RESULTS, "2k/0")]
#[case("a boat", RESULTS, "720p/http:%2F%2Fevil.example")]
#[case("a boat", "http://127.0.0.1:9999", "720p/0")]
#[case("a boat [sim:policy]", RESULTS, "720p/0")]
#[tokio::test]
async fn anything_else_is_not_there(#[case] prompt: &str, #[case] origin: &str, #[case] rest: &str) {
    let (office, task) = finished(prompt, origin).await;
    let answer = get(&office.router, &format!("/relay/media/{task}/{rest}")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
    assert_eq!(get(&office.router, "/relay/media/..%2Fx/720p/0").await.status, StatusCode::NOT_FOUND);
}

const FOURTEEN_DAYS_MS: u64 = 15 * 24 * 3_600_000;

#[tokio::test]
async fn what_was_kept_outlives_the_provider_s_record() {
    let (office, task) = finished("a boat", RESULTS).await;
    let media = format!("/relay/media/{task}/720p/0");
    get(&office.router, &format!("{media}?download")).await;
    office.clock.advance(FOURTEEN_DAYS_MS);
    let record = get(&office.router, &format!("/api/v1/veo/record-info?taskId={task}")).await;
    assert_eq!(record.json()["code"], 422, "{record:?}");
    assert_eq!(get(&office.router, &media).await.text, "kept");
}

#[rstest]
#[case(r#"{"code":500,"msg":"err"}"#, 502, "err")]
#[case(r#"{"code":429,"msg":"slower, please"}"#, 429, "slower, please")]
#[case(r#"{"code":422,"msg":"Temporarily supports records within 14 days.","data":null}"#, 404, "")]
#[tokio::test]
async fn a_provider_in_trouble_is_not_a_video_that_is_missing(
    #[case] body: &'static str,
    #[case] status: u16,
    #[case] words: &str,
) {
    let store = Arc::new(Redb::in_memory().unwrap());
    let office = Office::with(settings(), store, |_| Says::all(&[body]));
    let answer = get(&office.router, "/relay/media/a/720p/0").await;
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.json()["msg"].as_str().unwrap().contains(words), "{answer:?}");
}

/// A relay before a provider that says these words, and the provider.
fn told(words: &[&'static str]) -> (Office, Arc<Says>) {
    let provider = Says::all(words);
    let store = Arc::new(Redb::in_memory().unwrap());
    (Office::with(settings(), store, |_| Arc::clone(&provider) as _), provider)
}

const LIES_AT_A: &str =
    r#"{"code":200,"data":{"successFlag":1,"response":{"resultUrls":["https://f.example/a.mp4"]}}}"#;
const EXPIRED: &str =
    r#"{"code":200,"data":{"successFlag":1,"response":{"resultUrls":["https://f.example/expired.mp4"]}}}"#;

#[rstest]
#[case(LIES_AT_A, StatusCode::OK)]
#[case(r#"{"code":422,"msg":"recordInfo is null","data":null}"#, StatusCode::NOT_FOUND)]
#[tokio::test]
async fn the_parts_of_a_video_cost_one_look(#[case] record: &'static str, #[case] status: StatusCode) {
    let (office, provider) = told(&[record]);
    let part = || async { get(&office.router, "/relay/media/a/720p/0").await.status };
    let together = futures_util::future::join_all((0..20).map(|_| part())).await;
    assert_eq!(together, [status; 20]);
    assert_eq!(part().await, status);
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
    // Others are looked for on their own.
    get(&office.router, "/relay/media/b/720p/0").await;
    assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_link_that_has_expired_meanwhile_is_read_anew() {
    let (office, provider) = told(&[EXPIRED, LIES_AT_A]);
    let ask = || get(&office.router, "/relay/media/a/720p/0");
    assert_eq!(ask().await.status, StatusCode::GONE);
    assert_eq!(ask().await.text, "https://f.example/a.mp4");
    assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn trouble_is_not_remembered() {
    let (office, _) = told(&[r#"{"code":500,"msg":"err"}"#, LIES_AT_A]);
    let ask = || get(&office.router, "/relay/media/a/720p/0");
    assert_eq!(ask().await.status, StatusCode::BAD_GATEWAY);
    assert_eq!(ask().await.status, StatusCode::OK);
}
