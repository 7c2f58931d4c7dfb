//! Who may use the relay, from which pages, and under which names.

use crate::office::{Answer, GENERATE, Office, ask, get, send, settings};
use axum::body::Body;
use axum::http::{HeaderName, Method, Request, StatusCode, header};
use rstest::rstest;
use serde_json::json;
use std::sync::Arc;
use vireo_relay::{Limits, Redb};

const CREDIT: &str = "/api/v1/chat/credit";

fn office() -> Office {
    let mut settings = settings();
    settings.access.tokens = vec!["ann=token-a".parse().unwrap(), "bob=token-b".parse().unwrap()];
    settings.access.allow_origins = vec!["https://studio.example".parse().unwrap()];
    settings.access.public_url = Some("https://relay.example/".parse().unwrap());
    Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider))
}

async fn request(office: &Office, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header(header::HOST, "localhost:8080");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(&office.router, request.body(Body::empty()).unwrap()).await
}

#[rstest]
#[case("Bearer token-a", StatusCode::OK)]
#[case("bearer token-b", StatusCode::OK)]
#[case("Bearer token-", StatusCode::UNAUTHORIZED)]
#[case("Bearer token-aa", StatusCode::UNAUTHORIZED)]
#[case("Bearer ann=token-a", StatusCode::UNAUTHORIZED)]
#[case("Bearer ", StatusCode::UNAUTHORIZED)]
#[case("Basic token-a", StatusCode::UNAUTHORIZED)]
#[case("token-a", StatusCode::UNAUTHORIZED)]
#[tokio::test]
async fn a_token_opens(#[case] authorization: &str, #[case] status: StatusCode) {
    let answer = request(&office(), Method::GET, CREDIT, &[("authorization", authorization)]).await;
    assert_eq!(answer.status, status);
    assert_eq!(answer.json()["code"], status.as_u16());
}

#[rstest]
#[case(Method::POST, GENERATE)]
#[case(Method::POST, "/api/v1/veo/extend")]
#[case(Method::POST, "/api/v1/veo/get-4k-video")]
#[case(Method::GET, "/api/v1/veo/record-info?taskId=a")]
#[case(Method::GET, "/api/v1/veo/get-1080p-video?taskId=a")]
#[case(Method::GET, CREDIT)]
#[case(Method::POST, "/api/v1/common/download-url")]
#[case(Method::POST, "/api/file-base64-upload")]
#[case(Method::POST, "/api/file-stream-upload")]
#[case(Method::GET, "/relay/intents/k")]
#[case(Method::GET, "/relay/events")]
#[case(Method::GET, "/relay/media/a/720p/0")]
#[case(Method::POST, "/relay/session")]
#[tokio::test]
async fn nothing_is_open_without_a_token(#[case] method: Method, #[case] path: &str) {
    let office = office();
    let answer = request(&office, method, path, &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(office.world.ledger().requests, 0);
}

#[tokio::test]
async fn health_and_wrong_methods_need_no_token() {
    let office = office();
    assert_eq!(request(&office, Method::GET, "/relay/health", &[]).await.json()["mode"], "relay");
    for path in [GENERATE, "/relay/callback/k/token", "/relay/session"] {
        let answer = request(&office, Method::PUT, path, &[]).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    let answer = request(&office, Method::GET, "/api/v1/veo/other", &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_session_s_cookie_stands_for_its_token() {
    let office = office();
    let opened =
        request(&office, Method::POST, "/relay/session", &[("authorization", "Bearer token-a")]).await;
    assert_eq!(opened.status, StatusCode::NO_CONTENT);
    let cookies: Vec<&str> =
        opened.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect();
    let [secure, local] = cookies[..] else { panic!("{cookies:?}") };
    for cookie in cookies {
        assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
        assert!(!cookie.contains("token-a"));
    }
    assert!(secure.starts_with("__Host-vireo=") && secure.contains("; Secure;"), "{secure}");
    assert!(local.starts_with("vireo=") && !local.contains("Secure"), "{local}");

    let cookie = secure.split(';').next().unwrap();
    for (cookie, status) in [
        (cookie.to_owned(), StatusCode::OK),
        (format!("x=y; {cookie}"), StatusCode::OK),
        (cookie.replace('.', "0."), StatusCode::UNAUTHORIZED),
        (format!("{cookie}x"), StatusCode::UNAUTHORIZED),
        ("__Host-vireo=9999999999.".to_owned(), StatusCode::UNAUTHORIZED),
    ] {
        let answer = request(&office, Method::GET, CREDIT, &[("cookie", &cookie)]).await;
        assert_eq!(answer.status, status, "{cookie}");
    }
    let public = [("authorization", "Bearer token-a"), ("host", "relay.example")];
    let opened = request(&office, Method::POST, "/relay/session", &public).await;
    assert_eq!(opened.headers.get_all(header::SET_COOKIE).iter().count(), 1);
    let body = json!({ "token": "token-b" });
    assert_eq!(send(&office.router, ask("/relay/session", &body, None)).await.status, StatusCode::NO_CONTENT);
    let body = json!({ "token": "token-c" });
    assert_eq!(
        send(&office.router, ask("/relay/session", &body, None)).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[rstest]
#[case("https://studio.example", true)]
#[case("https://relay.example", true)]
#[case("http://localhost:8080", true)]
#[case("http://studio.example", false)]
#[case("https://studio.example:8443", false)]
#[case("https://studio.example.evil.example", false)]
#[case("https://evil-studio.example", false)]
#[case("https://a.studio.example", false)]
#[case("https://studio.example/", false)]
#[case("http://localhost:3000", false)]
#[case("null", false)]
#[case("*", false)]
#[tokio::test]
async fn only_pages_of_listed_origins_may_ask(#[case] origin: &str, #[case] allowed: bool) {
    let office = office();
    let token = ("authorization", "Bearer token-a");
    let answer = request(&office, Method::GET, CREDIT, &[token, ("origin", origin)]).await;
    assert_eq!(answer.status == StatusCode::OK, allowed);
    let is_foreign = origin != "http://localhost:8080";
    let told = answer.header("access-control-allow-origin");
    assert_eq!(told, (allowed && is_foreign).then_some(origin));
    assert!(answer.header("vary").unwrap().contains("origin"));

    let preflight = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,idempotency-key"),
    ];
    let answer = request(&office, Method::OPTIONS, GENERATE, &preflight).await;
    assert_eq!(answer.header("access-control-allow-origin").is_some(), allowed && is_foreign);
    let headers = answer.header("access-control-allow-headers").unwrap();
    for header in ["authorization", "content-type", "idempotency-key", "last-event-id", "range"] {
        assert!(headers.contains(header), "{headers}");
    }
}

#[tokio::test]
async fn refusals_can_be_read_by_listed_pages() {
    let headers = [("origin", "https://studio.example")];
    let answer = request(&office(), Method::GET, CREDIT, &headers).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://studio.example"));
    assert!(answer.header("access-control-expose-headers").unwrap().contains("idempotency-replayed"));
}

#[rstest]
#[case("cross-site", StatusCode::FORBIDDEN)]
#[case("same-site", StatusCode::FORBIDDEN)]
#[case("same-origin", StatusCode::OK)]
#[case("none", StatusCode::OK)]
#[tokio::test]
async fn an_image_in_a_foreign_page_buys_nothing(#[case] site: &str, #[case] status: StatusCode) {
    let office = Office::new();
    let answer = request(&office, Method::GET, CREDIT, &[("sec-fetch-site", site)]).await;
    assert_eq!(answer.status, status);
}

#[rstest]
#[case("localhost", true)]
#[case("LOCALHOST:1234", true)]
#[case("vireo.localhost:8080", true)]
#[case("127.0.0.1:8080", true)]
#[case("[::1]:8080", true)]
#[case("relay.example", true)]
#[case("relay.example:443", true)]
#[case("evil.example", false)]
#[case("localhost.evil.example", false)]
#[case("127.0.0.1.evil.example:8080", false)]
#[case("192.168.0.7:8080", false)]
#[case("evil.example#@localhost", false)]
#[case("user@localhost", false)]
#[case("localhost/path", false)]
#[case("localhost:80:90", false)]
#[case("[::1", false)]
#[case("[::1]", true)]
#[case("localhost:", true)]
#[case("[2001:db8::7]:8080", false)]
#[case("[::1]evil", false)]
#[case("[::1]8080", false)]
#[case("::1", false)]
#[case("[localhost]", false)]
#[case("[127.0.0.1]", false)]
#[case("localhost.", false)]
#[case("localhost:http", false)]
#[case("127.1", false)]
#[case("evil%2elocalhost", false)]
#[case("", false)]
#[tokio::test]
async fn a_name_that_is_not_ours_leads_nowhere(#[case] host: &str, #[case] known: bool) {
    let office = office();
    for path in ["/relay/health", "/config.json", "/"] {
        let answer = request(&office, Method::GET, path, &[("host", host)]).await;
        assert_eq!(answer.status != StatusCode::FORBIDDEN, known, "{path}");
    }
}

#[rstest]
#[case("https://[2001:db8::7]/", "[2001:db8::7]", true)]
#[case("https://[2001:db8::7]/", "[2001:DB8:0::7]:443", true)]
#[case("https://192.0.2.7:8443/", "192.0.2.7:8443", true)]
#[case("https://relay.example/", "[2001:db8::9]", true)]
#[case("https://192.0.2.7/", "192.0.2.8", false)]
#[tokio::test]
async fn a_public_address_may_be_a_number(#[case] public: &str, #[case] host: &str, #[case] known: bool) {
    let mut settings = settings();
    settings.access.public_url = Some(public.parse().unwrap());
    settings.access.allow_hosts = vec!["2001:db8::9".to_owned()];
    let office = Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider));
    let answer = request(&office, Method::GET, "/relay/health", &[("host", host)]).await;
    assert_eq!(answer.status == StatusCode::OK, known);
}

#[tokio::test]
async fn a_header_with_an_underscore_is_turned_away() {
    let office = office();
    let request = Request::get(CREDIT)
        .header(header::HOST, "localhost")
        .header(HeaderName::from_bytes(b"idempotency_key").unwrap(), "k");
    let answer = send(&office.router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[rstest]
#[case(&[], StatusCode::OK)]
#[case(&[("host", "[::1]:8080")], StatusCode::OK)]
#[case(&[("host", "relay.example")], StatusCode::UNAUTHORIZED)]
#[case(&[("x-forwarded-for", "203.0.113.9")], StatusCode::UNAUTHORIZED)]
#[case(&[("forwarded", "for=203.0.113.9")], StatusCode::UNAUTHORIZED)]
#[tokio::test]
async fn without_tokens_only_this_machine_is_let_in(
    #[case] headers: &[(&str, &str)],
    #[case] status: StatusCode,
) {
    let mut settings = settings();
    settings.access.public_url = Some("https://relay.example/".parse().unwrap());
    let office = Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider));
    assert_eq!(request(&office, Method::GET, CREDIT, headers).await.status, status);
}

#[tokio::test]
async fn the_same_key_of_two_callers_is_two_wishes() {
    let office = office();
    for token in ["token-a", "token-b", "token-a"] {
        let mut request = ask(GENERATE, &json!({ "prompt": token.replace("-b", "-a") }), Some("k1"));
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        assert_eq!(send(&office.router, request).await.json()["code"], 200);
    }
    assert_eq!(office.charges(), 2);
    let bob = [("authorization", "Bearer token-b")];
    assert_eq!(request(&office, Method::GET, "/relay/intents/k1", &bob).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_spent_budget_sends_nothing() {
    let mut settings = settings();
    settings.limits = Limits { daily_credits: Some(100.0), ..Limits::default() };
    let office = Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider));
    assert_eq!(office.generate("a", Some("k1")).await.json()["code"], 200);
    let refused = office.generate("b", Some("k2")).await;
    assert_eq!((refused.status, refused.json()["code"].as_i64()), (StatusCode::PAYMENT_REQUIRED, Some(402)));
    assert!(office.generate("a", Some("k1")).await.is_replayed(), "what was bought is still told");
    assert_eq!(office.world.ledger().requests, 1);
}

#[rstest]
#[case("", StatusCode::UNPROCESSABLE_ENTITY)]
#[case("?taskId=", StatusCode::UNPROCESSABLE_ENTITY)]
#[case("?taskId=../x", StatusCode::UNPROCESSABLE_ENTITY)]
#[case("?taskId=a&taskId=b", StatusCode::BAD_REQUEST)]
#[tokio::test]
async fn a_question_that_names_no_task_is_answered_here(#[case] query: &str, #[case] status: StatusCode) {
    let office = Office::new();
    for path in ["/api/v1/veo/record-info", "/api/v1/veo/get-1080p-video"] {
        let answer = request(&office, Method::GET, &format!("{path}{query}"), &[]).await;
        assert_eq!((answer.status, answer.json()["code"].as_u64()), (status, Some(status.as_u16().into())));
    }
    assert_eq!(office.world.ledger().requests, 0);
}

#[tokio::test]
async fn a_query_that_says_two_things_is_told_so() {
    let answer = get(&Office::new().router, "/relay/events?lastEventId=1&lastEventId=2").await;
    assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::BAD_REQUEST, &json!(400)));
}

#[tokio::test]
async fn metrics_are_there_only_if_wanted() {
    let office = Office::new();
    assert_eq!(request(&office, Method::GET, "/relay/metrics", &[]).await.status, StatusCode::NOT_FOUND);
    let mut settings = settings();
    settings.metrics = true;
    let office = Office::with(settings, Arc::new(Redb::in_memory().unwrap()), |provider| Arc::new(provider));
    office.generate("a boat", Some("k1")).await;
    office.generate("a boat", Some("k1")).await;
    office.generate("[sim:html]", None).await;
    let text = request(&office, Method::GET, "/relay/metrics", &[]).await.text;
    for line in [
        r#"vireo_relay_paid_requests_total{outcome="accepted"} 1"#,
        r#"vireo_relay_paid_requests_total{outcome="unknown"} 1"#,
        "vireo_relay_replayed_total 1",
        "vireo_relay_open_tasks 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{text}");
    }
}
