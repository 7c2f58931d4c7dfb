//! Who may use the relay.

use rstest::rstest;
use serde_json::json;
use vireo_relay_contract::{Ask, fresh, get, post, stage};

fn routes() -> Vec<Ask> {
    let body = || json!({ "prompt": fresh("stranger"), "taskId": "0" });
    vec![
        post("/api/v1/veo/generate", body()),
        post("/api/v1/veo/extend", body()),
        post("/api/v1/veo/get-4k-video", body()),
        get("/api/v1/veo/record-info?taskId=0"),
        get("/api/v1/veo/get-1080p-video?taskId=0"),
        get("/api/v1/chat/credit"),
        post("/api/v1/common/download-url", json!({ "url": "https://a.example/" })),
        post("/api/file-base64-upload", json!({})),
        post("/api/file-stream-upload", json!({})),
        get("/relay/intents/some-key"),
        get("/relay/events"),
        get("/relay/media/0/720p/0"),
    ]
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    for ask in routes() {
        let answer = ask.anonymous().send().await;
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    assert!(stage().provider.seen("stranger").is_empty());
}

#[rstest]
#[case("")]
#[case("another-token")]
#[case("ann-toke")]
#[case("ann-tokenx")]
#[case("ann-token,bob-token")]
#[tokio::test]
async fn nobody_gets_in_with_a_wrong_token(#[case] token: &str) {
    for ask in routes() {
        let answer = ask.by(token).send().await;
        assert_eq!(answer.status, 401, "{token:?} {answer:?}");
    }
}

#[tokio::test]
async fn a_token_in_the_address_opens_nothing() {
    let token = &stage().tokens[0];
    for query in [format!("token={token}"), format!("access_token={token}")] {
        let answer = get(&format!("/api/v1/chat/credit?{query}")).anonymous().open().await;
        assert_eq!(answer.status(), 401);
    }
}

#[tokio::test]
async fn a_session_s_cookie_opens_what_its_token_opens() {
    let token = &stage().tokens[0];
    let opened = post("/relay/session", json!({ "token": token })).send().await;
    assert!((200..300).contains(&opened.status), "{opened:?}");
    let cookies: Vec<String> =
        opened.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect();
    let [cookie, ..] = &cookies[..] else { panic!("no cookie in {opened:?}") };
    for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let with = |pair: &str| get("/api/v1/chat/credit").anonymous().header("cookie", pair).send();
    assert_eq!(with(pair).await.status, 200);
    assert_eq!(with(&format!("{}x", &pair[..pair.len() - 1])).await.status, 401, "a forged cookie");
    let wrong = post("/relay/session", json!({ "token": "wrong" })).by("wrong").send().await;
    assert_eq!(wrong.status, 401);
}
