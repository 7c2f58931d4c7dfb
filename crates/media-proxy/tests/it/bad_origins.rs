//! Origins that fail, stall, lie, or send what is no video.

use super::rig::{Answer, Origin, get, item, proxy, trusting, video, with_range, without_range};
use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::IntoResponse;
use futures_util::{StreamExt, stream};
use rstest::rstest;
use std::convert::Infallible;
use std::time::Duration;
use vireo_media_proxy::{Config, MediaProxy};

async fn read(origin: &Origin) -> Answer {
    get(&proxy(&[origin]), &item(&origin.url()), &[]).await
}

/// Reads with so little patience that a silent origin need not be waited for long.
async fn read_impatiently(origin: &Origin) -> Answer {
    let config = Config { idle_timeout: Duration::from_secs(1), ..trusting(&[origin]) };
    get(&MediaProxy::new(config).unwrap(), &item(&origin.url()), &[]).await
}

#[rstest]
#[case(403, 410)]
#[case(404, 410)]
#[case(410, 410)]
#[case(401, 502)]
#[case(429, 502)]
#[case(500, 502)]
#[case(503, 502)]
#[case(204, 502)]
#[tokio::test]
async fn a_status_of_the_origin_has_a_meaning(#[case] theirs: u16, #[case] ours: u16) {
    let origin = Origin::with(move |_| StatusCode::from_u16(theirs).unwrap().into_response()).await;
    for headers in [&[][..], &[("range", "bytes=0-1")]] {
        let answer = get(&proxy(&[&origin]), &item(&origin.url()), headers).await;
        assert_eq!(answer.status, ours);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(
            answer.text().starts_with(&format!("{{\"code\":{ours},\"data\":null,\"msg\":")),
            "{}",
            answer.text()
        );
        assert!(!answer.text().contains("127.0.0.1") && !answer.text().contains("secret"));
    }
}

#[rstest]
#[case("text/html", "<!doctype html><script>alert(1)</script>")]
#[case("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>")]
#[case("application/json", "{}")]
#[case("application/octet-stream", "<!doctype html><script>alert(1)</script>")]
#[case("application/octet-stream", "short")]
#[case("", "<html>")]
#[tokio::test]
async fn what_is_no_media_does_not_come_through(#[case] mime: &'static str, #[case] body: &'static str) {
    let origin = without_range(mime, body).await;
    let proxy = proxy(&[&origin]);
    for headers in [&[][..], &[("range", "bytes=3-4")]] {
        let answer = get(&proxy, &item(&origin.url()), headers).await;
        assert_eq!(answer.status, 502, "{mime}");
        assert!(!answer.text().contains('<'));
    }
}

#[tokio::test]
async fn an_encoded_answer_is_refused() {
    let headers = [(header::CONTENT_TYPE, "video/mp4"), (header::CONTENT_ENCODING, "gzip")];
    let origin = Origin::with(move |_| (headers.clone(), "x").into_response()).await;
    assert_eq!(read(&origin).await.status, 502);
}

#[tokio::test]
async fn a_middle_part_of_an_unknown_type_is_judged_by_the_start() {
    let origin = Origin::with(|request| {
        let is_start = request.headers()[header::RANGE] == "bytes=0-11";
        let (place, bytes) =
            if is_start { ("bytes 0-11/90", "<!doctype ht") } else { ("bytes 50-53/90", "ftyp") };
        let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_RANGE, place)];
        (StatusCode::PARTIAL_CONTENT, headers, bytes).into_response()
    })
    .await;
    let answer = get(&proxy(&[&origin]), &item(&origin.url()), &[("range", "bytes=50-53")]).await;
    assert_eq!((answer.status, origin.count()), (502, 2));
}

#[tokio::test]
async fn nobody_there_is_502() {
    let origin = with_range().await;
    let gone = Origin { base: "http://127.0.0.1:1".to_owned(), ..origin };
    assert_eq!(read(&gone).await.status, 502);
}

#[rstest]
#[case("")]
#[case("HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 9\r\n\r\n")]
#[tokio::test]
async fn silence_before_the_first_byte_is_504(#[case] sent: &'static str) {
    assert_eq!(read_impatiently(&Origin::raw(sent, true).await).await.status, 504);
}

#[rstest]
#[case("nonsense\r\n\r\n")]
#[case("HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-length: 8\r\n\r\n123456789")]
#[case("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n")]
#[case("HTTP/1.1 99999 OK\r\n\r\n")]
#[tokio::test]
async fn what_is_no_http_is_502(#[case] sent: &'static str) {
    assert_eq!(read(&Origin::raw(sent, false).await).await.status, 502);
}

#[tokio::test]
async fn a_break_in_the_middle_breaks_the_answer() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 40\r\n\r\n01234567890123456789";
    for stays in [false, true] {
        let answer = read_impatiently(&Origin::raw(head, stays).await).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-length"), "40");
        assert!(answer.bytes.is_none(), "a broken file looks whole (stays: {stays})");
    }
}

#[tokio::test]
async fn a_part_that_is_shorter_than_it_says_breaks_the_answer() {
    let part = "HTTP/1.1 206 Partial Content\r\ncontent-type: video/mp4\r\n\
        content-range: bytes 0-9/100\r\ncontent-length: 4\r\n\r\n0123";
    let origin = Origin::raw(part, false).await;
    let answer = get(&proxy(&[&origin]), &item(&origin.url()), &[("range", "bytes=0-9")]).await;
    assert_eq!((answer.status, answer.bytes), (206, None));
}

#[tokio::test]
async fn a_huge_file_is_refused_by_its_length() {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 99999999999\r\n\r\n0123456789ab";
    assert_eq!(read(&Origin::raw(head, true).await).await.status, 502);
}

/// Sends without end, and without saying how much.
async fn endless() -> Origin {
    Origin::with(|_| {
        let bytes = video().0;
        let body = Body::from_stream(stream::repeat(bytes).map(Ok::<_, Infallible>));
        ([(header::CONTENT_TYPE, "video/mp4")], body).into_response()
    })
    .await
}

#[tokio::test]
async fn an_endless_file_is_cut_at_the_limit() {
    let origin = endless().await;
    let config = Config { max_bytes: 1 << 20, ..trusting(&[&origin]) };
    let answer = get(&MediaProxy::new(config).unwrap(), &item(&origin.url()), &[]).await;
    assert_eq!((answer.status, answer.bytes), (200, None));
}

#[tokio::test]
async fn more_readers_than_allowed_are_asked_to_wait_until_one_leaves() {
    let origin = endless().await;
    let config = Config { max_streams: 2, ..trusting(&[&origin]) };
    let proxy = MediaProxy::new(config).unwrap();
    let url = origin.url();
    let item = item(&url);
    let headers = HeaderMap::new();
    let open = || proxy.serve(&item, &Method::GET, &headers);
    let (first, second) = (open().await, open().await);
    let third = open().await;
    assert_eq!(
        (first.status(), second.status(), third.status().as_u16()),
        (StatusCode::OK, StatusCode::OK, 503)
    );
    assert!(third.headers().contains_key("retry-after"));
    drop(first);
    while open().await.status() != 200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_paused_reader_makes_room() {
    let origin = endless().await;
    let config = Config { max_streams: 1, reader_timeout: Duration::from_millis(20), ..trusting(&[&origin]) };
    let proxy = MediaProxy::new(config).unwrap();
    let url = origin.url();
    let item = item(&url);
    let headers = HeaderMap::new();
    let paused = proxy.serve(&item, &Method::GET, &headers).await;
    while proxy.serve(&item, &Method::GET, &headers).await.status() != 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(Answer::read(paused).await.bytes, None);
}

#[tokio::test]
async fn a_slow_but_steady_origin_is_no_idle_one() {
    let origin = Origin::with(|_| {
        let steps = stream::iter(video().0.chunks(60_000).map(<[u8]>::to_vec).collect::<Vec<_>>());
        let steps = steps.then(|chunk| async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok::<_, Infallible>(chunk)
        });
        ([(header::CONTENT_TYPE, "video/mp4")], Body::from_stream(steps)).into_response()
    })
    .await;
    let config = Config { idle_timeout: Duration::from_secs(2), ..trusting(&[&origin]) };
    let answer = get(&MediaProxy::new(config).unwrap(), &item(&origin.url()), &[]).await;
    assert_eq!((answer.status, answer.bytes), (200, Some(video())));
}
