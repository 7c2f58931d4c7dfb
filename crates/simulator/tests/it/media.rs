//! The second origin: videos in parts, their lifetimes, who may read them.

use super::Sim;
use super::sim::{AGES_MS, Answer, DAY_MS, only, send, task_id};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

/// A finished video's address and bytes.
async fn video(sim: &Sim) -> (String, Answer) {
    let id = sim.finished("p").await;
    let url = only(&sim.record(&id).await["response"]["resultUrls"]).to_owned();
    let answer = sim.fetch(&url, &[]).await;
    (url, answer)
}

#[tokio::test]
async fn a_video_is_an_mp4_with_its_index_in_front() {
    let (_, whole) = video(&Sim::new()).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(whole.header("content-type"), "video/mp4");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("content-length"), whole.bytes.len().to_string());
    assert_eq!(&whole.bytes[4..8], b"ftyp");
    let place = |name: &[u8]| whole.bytes.windows(4).position(|bytes| bytes == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"));
}

#[tokio::test]
async fn a_video_is_served_in_parts() {
    let sim = Sim::new();
    let (url, whole) = video(&sim).await;
    let len = whole.bytes.len();
    let parts = [
        ("bytes=0-99", 0..100),
        ("bytes=100-", 100..len),
        ("bytes=-10", len - 10..len),
        (&format!("bytes=5-{}", len * 2), 5..len),
    ];
    for (asked, got) in parts {
        let part = sim.fetch(&url, &[("range", asked)]).await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT, "{asked}");
        let place = format!("bytes {}-{}/{len}", got.start, got.end - 1);
        assert_eq!(part.header("content-range"), place);
        assert_eq!(part.header("content-length"), got.len().to_string());
        assert_eq!(part.bytes, whole.bytes[got]);
    }
}

#[tokio::test]
async fn a_part_behind_the_end_is_416_and_odd_ranges_are_ignored() {
    let sim = Sim::new();
    let (url, whole) = video(&sim).await;
    let len = whole.bytes.len();
    let behind = sim.fetch(&url, &[("range", &format!("bytes={len}-"))]).await;
    assert_eq!(behind.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(behind.header("content-range"), format!("bytes */{len}"));
    for odd in ["bytes=0-1,5-6", "lines=0-1", "bytes=x-"] {
        let answer = sim.fetch(&url, &[("range", odd)]).await;
        assert_eq!((answer.status, answer.bytes.len()), (StatusCode::OK, len), "{odd}");
    }
}

#[tokio::test]
async fn a_part_of_another_version_is_the_whole() {
    let sim = Sim::new();
    let (url, whole) = video(&sim).await;
    let same = [("range", "bytes=0-9"), ("if-range", whole.header("etag"))];
    assert_eq!(sim.fetch(&url, &same).await.bytes.len(), 10);
    let other = [("range", "bytes=0-9"), ("if-range", "\"other\"")];
    assert_eq!(sim.fetch(&url, &other).await.bytes.len(), whole.bytes.len());
}

#[tokio::test]
async fn head_tells_the_length_only() {
    let sim = Sim::new();
    let (url, whole) = video(&sim).await;
    let path = url.strip_prefix(super::sim::MEDIA).unwrap();
    let head = send(&sim.media, Request::head(path).body(Body::empty()).unwrap()).await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.header("content-length"), whole.bytes.len().to_string());
    assert!(head.bytes.is_empty());
}

#[tokio::test]
async fn scripts_of_any_origin_may_read_unless_the_prompt_forbids_it() {
    let sim = Sim::new();
    let (url, whole) = video(&sim).await;
    assert_eq!(whole.header("access-control-allow-origin"), "*");
    assert!(whole.header("access-control-expose-headers").contains("Content-Range"));
    let path = url.strip_prefix(super::sim::MEDIA).unwrap();
    let preflight = Request::options(path).body(Body::empty()).unwrap();
    let preflight = send(&sim.media, preflight).await;
    assert!(preflight.header("access-control-allow-headers").contains("Range"));

    let id = sim.finished("p [sim:no-cors]").await;
    let url = only(&sim.record(&id).await["response"]["resultUrls"]).to_owned();
    let closed = sim.fetch(&url, &[]).await;
    assert_eq!((closed.status, closed.header("access-control-allow-origin")), (StatusCode::OK, ""));
}

#[tokio::test]
async fn a_video_is_there_from_its_end_for_fourteen_days() {
    let sim = Sim::new();
    let id = sim.task("p [sim:fast]").await;
    sim.clock.advance(1_000);
    let url = only(&sim.record(&id).await["response"]["resultUrls"]).to_owned();
    sim.clock.advance(14 * DAY_MS - 1);
    assert_eq!(sim.fetch(&url, &[]).await.status, StatusCode::OK);
    sim.clock.advance(1);
    assert_eq!(sim.fetch(&url, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_expired_video_is_gone_though_the_record_names_it() {
    let sim = Sim::new();
    let id = sim.finished("p [sim:expired]").await;
    let url = only(&sim.record(&id).await["response"]["resultUrls"]).to_owned();
    assert_eq!(sim.fetch(&url, &[]).await.status, StatusCode::NOT_FOUND);
    let told = sim.fetch(&url, &[]).await;
    assert_eq!(told.headers["access-control-allow-origin"], "*", "a page reads that it is gone");
}

#[tokio::test]
async fn shape_and_size_are_as_asked() {
    let sim = Sim::new();
    let asked = [
        (json!({ "prompt": "p" }), (1280, 720)),
        (json!({ "prompt": "p", "aspect_ratio": "9:16" }), (720, 1280)),
        (json!({ "prompt": "p", "aspectRatio": "9:16", "resolution": "1080p" }), (1080, 1920)),
        (json!({ "prompt": "p", "resolution": "4k" }), (1920, 1080)),
    ];
    for (body, size) in asked {
        let id = task_id(&sim.generate(body).await);
        sim.clock.advance(AGES_MS);
        let url = only(&sim.record(&id).await["response"]["resultUrls"]).to_owned();
        assert_eq!(picture_size(&sim.fetch(&url, &[]).await.bytes), size);
    }
}

/// Width and height in the track header of an MP4's first track that has any: 16.16 fixed point at the box's end.
fn picture_size(mp4: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(mp4[at..at + 4].try_into().unwrap());
    mp4.windows(4)
        .enumerate()
        .filter(|(_, name)| name == b"tkhd")
        .map(|(at, _)| at - 4 + number(at - 4) as usize)
        .map(|end| (number(end - 8) >> 16, number(end - 4) >> 16))
        .find(|size| *size != (0, 0))
        .expect("the video should have a picture track")
}

#[tokio::test]
async fn a_download_link_is_good_for_twenty_minutes() {
    let sim = Sim::new();
    let (url, whole) = video(&sim).await;
    let answer = sim.post("/api/v1/common/download-url", json!({ "url": url })).await;
    assert_eq!(answer["code"], 200);
    let link = answer["data"].as_str().unwrap();
    assert!(link.contains("X-Amz-Expires=1200"), "{link}");
    assert_eq!(sim.fetch(link, &[]).await.bytes, whole.bytes);
    sim.clock.advance(20 * 60 * 1000);
    assert_eq!(sim.fetch(link, &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_foreign_address_gets_no_download_link() {
    let answer =
        Sim::new().post("/api/v1/common/download-url", json!({ "url": "https://example.org/a.mp4" })).await;
    assert_eq!(answer, json!({ "code": 422, "msg": "url is wrong", "data": null }));
}
