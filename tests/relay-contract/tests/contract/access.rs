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

/// As a proxy on this machine, or Cloudflare, says that the request has come from there.
fn from(ask: Ask, address: &str) -> Ask {
    ask.header("x-forwarded-for", address).header("cf-connecting-ip", address)
}

#[tokio::test]
async fn who_guesses_tokens_is_not_listened_to_for_a_while() {
    let count = fresh("").bytes().fold(0_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let [here, there] = [1, 2].map(|net| format!("2001:db8:{count:x}:{net}::5"));
    let balance = |address: &str| from(get("/api/v1/chat/credit"), address);
    for n in 0..20 {
        let answer = balance(&here).by(&format!("guess-{n}")).send().await;
        assert_eq!(answer.status, 401, "{n} {answer:?}");
    }
    for ask in [balance(&here).by("guess-20"), balance(&here), balance(&format!("{here}6"))] {
        let answer = ask.send().await;
        assert_eq!(answer.status, 429, "{answer:?}");
        assert!((1..=60).contains(&answer.header("retry-after").parse().unwrap()), "{answer:?}");
    }
    let session = from(post("/relay/session", json!({ "token": stage().tokens[0] })), &here).anonymous();
    assert_eq!(session.send().await.status, 429);
    assert_eq!(balance(&there).send().await.status, 200);
}

#[rstest]
#[case("evil.example")]
#[case("localhost.evil.example")]
#[case("127.0.0.1.evil.example:8080")]
#[tokio::test]
async fn a_name_that_is_not_the_relay_s_leads_nowhere(#[case] host: &str) {
    for path in ["/relay/health", "/api/v1/chat/credit", "/relay/events"] {
        let answer = get(path).header("host", host).send().await;
        assert_eq!(answer.status, 403, "{answer:?}");
    }
}

#[tokio::test]
async fn this_machine_s_own_names_are_the_relay_s() {
    for host in ["localhost", "vireo.localhost:8080", "127.0.0.1:1", "[::1]"] {
        let answer = get("/relay/health").header("host", host).send().await;
        assert_eq!(answer.status, 200, "{host} {answer:?}");
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
    let last = if pair.ends_with('x') { 'y' } else { 'x' };
    let forged = format!("{}{last}", &pair[..pair.len() - 1]);
    assert_eq!(with(&forged).await.status, 401, "a forged cookie");
    let wrong = post("/relay/session", json!({ "token": "wrong" })).by("wrong").send().await;
    assert_eq!(wrong.status, 401);
}
