//! Parts of a file, whether the origin knows parts or not, and the headers around them.

use super::rig::{
    DATE, Origin, TAG, ask, get, item, proxy, video, with_range, with_range_and_type, without_range,
};
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use std::ops::Range;
use vireo_media_proxy::Item;

/// Both kinds of origin; what a browser gets must not differ.
async fn origins() -> [(&'static str, Origin); 4] {
    [
        ("with Range", with_range().await),
        ("without Range", without_range("video/mp4", video().0).await),
        ("with Range, without a type", with_range_and_type("application/octet-stream").await),
        ("without a type", without_range("application/octet-stream", video().0).await),
    ]
}

#[tokio::test]
async fn a_part_is_206_whatever_the_origin_knows() {
    let whole = video();
    let len = whole.len();
    let parts: [(&str, Range<usize>); 7] = [
        ("bytes=0-1", 0..2),
        ("bytes=0-", 0..len),
        ("bytes=5-", 5..len),
        ("bytes=100000-200000", 100_000..200_001),
        ("bytes=-500", len - 500..len),
        ("bytes=-999999999", 0..len),
        ("bytes=7-999999999999999999999", 7..len),
    ];
    for (kind, origin) in origins().await {
        let proxy = proxy(&[&origin]);
        for (range, part) in parts.clone() {
            let answer = get(&proxy, &item(&origin.url()), &[("range", range)]).await;
            let context = format!("{range} {kind}");
            assert_eq!(answer.status, 206, "{context}");
            let place = format!("bytes {}-{}/{len}", part.start, part.end - 1);
            assert_eq!(answer.header("content-range"), place, "{context}");
            assert_eq!(answer.header("content-length"), part.len().to_string(), "{context}");
            assert_eq!(answer.header("content-type"), "video/mp4", "{context}");
            assert_eq!(answer.bytes, Some(whole.slice(part)), "{context}");
        }
    }
}

#[tokio::test]
async fn the_whole_comes_where_no_single_range_is_asked_for() {
    for (kind, origin) in origins().await {
        let proxy = proxy(&[&origin]);
        for headers in
            [&[][..], &[("range", "bytes=0-1,5-6")], &[("range", "lines=0-1")], &[("range", "bytes=5-1")]]
        {
            let answer = get(&proxy, &item(&origin.url()), headers).await;
            assert_eq!(answer.status, 200, "{headers:?} {kind}");
            assert_eq!(answer.bytes, Some(video()), "{headers:?} {kind}");
            assert_eq!(answer.header("content-range"), "");
        }
    }
}

#[tokio::test]
async fn a_part_behind_the_end_is_416() {
    let len = video().len();
    for (kind, origin) in origins().await {
        for range in [format!("bytes={len}-"), "bytes=-0".to_owned(), format!("bytes={len}-{len}")] {
            let answer = get(&proxy(&[&origin]), &item(&origin.url()), &[("range", &range)]).await;
            assert_eq!(answer.status, 416, "{range} {kind}");
            assert_eq!(answer.header("content-range"), format!("bytes */{len}"), "{range} {kind}");
        }
    }
}

#[tokio::test]
async fn a_part_of_another_version_is_the_whole() {
    let len = video().len();
    for (kind, origin) in origins().await {
        let proxy = proxy(&[&origin]);
        let url = origin.url();
        for (if_range, status) in [
            (TAG, 206),
            (DATE, 206),
            ("\"v2\"", 200),
            ("W/\"v1\"", 200),
            ("Sat, 21 Nov 2026 08:00:00 GMT", 200),
            ("nonsense", 200),
        ] {
            let headers = [("range", "bytes=0-9"), ("if-range", if_range)];
            let answer = get(&proxy, &item(&url), &headers).await;
            assert_eq!(answer.status, status, "{if_range} {kind}");
            let expected = if status == 206 { 10 } else { len };
            assert_eq!(answer.bytes.map(|bytes| bytes.len()), Some(expected), "{if_range} {kind}");
        }
        let behind = format!("bytes={len}-");
        let answer = get(&proxy, &item(&url), &[("range", &behind), ("if-range", "\"v2\"")]).await;
        assert_eq!((answer.status, answer.bytes), (200, Some(video())), "{kind}");
    }
}

#[tokio::test]
async fn an_origin_that_sends_another_part_is_read_whole() {
    let origin = Origin::with(|request| match request.headers().get(header::RANGE) {
        None => ([(header::CONTENT_TYPE, "video/mp4")], video().0).into_response(),
        Some(_) => {
            let headers = [(header::CONTENT_TYPE, "video/mp4"), (header::CONTENT_RANGE, "bytes 3-4/9")];
            (StatusCode::PARTIAL_CONTENT, headers, "xx").into_response()
        }
    })
    .await;
    let answer = get(&proxy(&[&origin]), &item(&origin.url()), &[("range", "bytes=10-19")]).await;
    assert_eq!((answer.status, answer.bytes), (206, Some(video().slice(10..20))));
}

#[tokio::test]
async fn head_tells_what_get_would_without_reading() {
    for (kind, origin) in origins().await {
        let answer = ask(&proxy(&[&origin]), &item(&origin.url()), Method::HEAD, &[]).await;
        assert_eq!(answer.status, 200, "{kind}");
        assert_eq!(answer.header("content-length"), video().len().to_string(), "{kind}");
        assert_eq!(answer.header("content-type"), "video/mp4", "{kind}");
        assert_eq!(answer.bytes.map(|bytes| bytes.len()), Some(0), "{kind}");
        let answer =
            ask(&proxy(&[&origin]), &item(&origin.url()), Method::HEAD, &[("range", "bytes=0-1")]).await;
        assert_eq!(answer.status, 200, "{kind}: a range means nothing with HEAD");
    }
}

#[tokio::test]
async fn headers_are_ours_alone() {
    let origin = with_range().await;
    let cookies =
        [("cookie", "session=mine"), ("authorization", "Bearer not-a-real-key"), ("x-forwarded-for", "1")];
    let answer = get(&proxy(&[&origin]), &item(&origin.url()), &cookies).await;
    let mut names: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    let expected = [
        "accept-ranges",
        "cache-control",
        "content-disposition",
        "content-length",
        "content-security-policy",
        "content-type",
        "etag",
        "last-modified",
        "x-content-type-options",
    ];
    assert_eq!(names, expected);
    assert_eq!(answer.header("content-security-policy"), "sandbox");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("etag"), TAG);
    assert!(answer.header("cache-control").starts_with("private,"));
    let asked = origin.asked.lock().unwrap().clone();
    for headers in asked {
        for name in ["cookie", "authorization", "x-forwarded-for", "referer", "origin"] {
            assert!(!headers.contains_key(name), "{name} reached the origin");
        }
    }
}

#[tokio::test]
async fn a_download_is_an_attachment() {
    let origin = with_range().await;
    let url = origin.url();
    let item = Item { file_name: "../纸船.html", download: true, ..item(&url) };
    let answer = get(&proxy(&[&origin]), &item, &[]).await;
    let expected = "attachment; filename=\"__.mp4\"; filename*=UTF-8''%E7%BA%B8%E8%88%B9.mp4";
    assert_eq!(answer.header("content-disposition"), expected);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let origin = with_range().await;
    let answer = ask(&proxy(&[&origin]), &item(&origin.url()), Method::POST, &[]).await;
    assert_eq!((answer.status, origin.count()), (405, 0));
}

#[tokio::test]
async fn readers_do_not_disturb_each_other() {
    let origin = with_range().await;
    let proxy = proxy(&[&origin]);
    let url = origin.url();
    let item = item(&url);
    let whole = video();
    let reads = (0..24_usize).map(|at| {
        let (proxy, item, whole) = (&proxy, &item, &whole);
        async move {
            let start = at * 10_000;
            let range = format!("bytes={start}-");
            let answer = get(proxy, item, &[("range", &range)]).await;
            assert_eq!(answer.bytes, Some(whole.slice(start..)), "{range}");
        }
    });
    futures_util::future::join_all(reads).await;
}
