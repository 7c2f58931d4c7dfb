//! Pages of which origins may ask: those on the list, to the letter.

use rstest::rstest;
use serde_json::json;
use vireo_relay_contract::{PAGE, fresh, get, options, post, stage};

#[tokio::test]
async fn a_listed_page_may_read_the_answer() {
    let answer = get("/api/v1/chat/credit").header("origin", PAGE).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    assert!(answer.header("vary").to_ascii_lowercase().contains("origin"), "{answer:?}");
    let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
    for name in ["idempotency-replayed", "retry-after", "date", "x-request-id", "content-range", "etag"] {
        assert!(exposed.contains(name), "{name} is not among {exposed:?}");
    }
}

#[tokio::test]
async fn a_listed_page_may_read_refusals_too() {
    let answer = get("/api/v1/chat/credit").anonymous().header("origin", PAGE).send().await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
}

#[tokio::test]
async fn a_listed_page_s_preflight_is_granted() {
    let answer = options("/api/v1/veo/generate")
        .header("origin", PAGE)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key")
        .send()
        .await;
    assert!((200..300).contains(&answer.status), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    assert!(answer.header("access-control-allow-methods").contains("POST"), "{answer:?}");
    let allowed = answer.header("access-control-allow-headers").to_ascii_lowercase();
    for name in ["authorization", "content-type", "idempotency-key"] {
        assert!(allowed.contains(name), "{name} is not among {allowed:?}");
    }
}

#[rstest]
#[case("http://page.example")]
#[case("https://page.example.evil.example")]
#[case("https://evil-page.example")]
#[case("https://page.example:8443")]
#[case("https://page.example@evil.example")]
#[case("https://sub.page.example")]
#[case("https://page.examplе")]
#[case("https://page_example")]
#[case("https://page.example/")]
#[case("null")]
#[tokio::test]
async fn a_look_alike_is_a_stranger(#[case] origin: &str) {
    let preflight = options("/api/v1/veo/generate")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization")
        .send()
        .await;
    assert_eq!(preflight.header("access-control-allow-origin"), "", "{preflight:?}");

    let prompt = fresh("stranger's boat");
    let answer =
        post("/api/v1/veo/generate", json!({ "prompt": prompt })).header("origin", origin).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "", "{answer:?}");
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(stage().provider.charges(&prompt), 0);
}
