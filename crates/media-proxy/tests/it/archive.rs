//! What was read once outlives its link.

use super::rig::{Answer, Origin, TAG, ask, get, item, key, proxy, trusting, video, with_range};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::IntoResponse;
use futures_util::{StreamExt, stream};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use vireo_media_proxy::{ArchiveConfig, Config, Item, MediaProxy};

fn archiving(dir: &Path, origin: &Origin) -> MediaProxy {
    let archive = ArchiveConfig { dir: dir.to_owned(), max_bytes: 1 << 20 };
    MediaProxy::new(Config { archive: Some(archive), ..trusting(&[origin]) }).unwrap()
}

async fn read(proxy: &MediaProxy, url: &str, headers: &[(&str, &str)]) -> Answer {
    let key = key();
    get(proxy, &Item { archive: Some(&key), ..item(url) }, headers).await
}

/// An origin whose file can be taken away; it says no length and knows no parts.
async fn vanishing() -> (Origin, Arc<AtomicBool>) {
    let is_gone = Arc::new(AtomicBool::new(false));
    let shared = is_gone.clone();
    let origin = Origin::with(move |_| {
        if shared.load(Ordering::SeqCst) {
            return StatusCode::NOT_FOUND.into_response();
        }
        let chunks: Vec<_> =
            video().0.chunks(50_000).map(|chunk| Ok::<_, Infallible>(chunk.to_vec())).collect();
        ([(header::CONTENT_TYPE, "video/mp4")], Body::from_stream(stream::iter(chunks).boxed()))
            .into_response()
    })
    .await;
    (origin, is_gone)
}

#[tokio::test]
async fn a_file_read_whole_is_served_without_its_origin() {
    let origin = with_range().await;
    for whole in [&[][..], &[("range", "bytes=0-")]] {
        let dir = tempfile::tempdir().unwrap();
        let proxy = archiving(dir.path(), &origin);
        let first = read(&proxy, &origin.url(), whole).await;
        assert_eq!(first.bytes, Some(video()));
        let nowhere = "https://nobody.invalid/v.mp4";
        let again = read(&proxy, nowhere, whole).await;
        assert_eq!((again.status, &again.headers), (first.status, &first.headers));
        assert_eq!(again.bytes, Some(video()));
        let part = read(&proxy, nowhere, &[("range", "bytes=-9"), ("if-range", first.header("etag"))]).await;
        assert_eq!((part.status, part.bytes), (206, Some(video().slice(video().len() - 9..))));
        let behind = read(&proxy, nowhere, &[("range", "bytes=9999999-")]).await;
        assert_eq!((behind.status, behind.header("content-range")), (416, "bytes */300012"));
        let other = read(&proxy, nowhere, &[("range", "bytes=0-1"), ("if-range", "\"v2\"")]).await;
        assert_eq!((other.status, other.bytes), (200, Some(video())));
        let key = key();
        let item = Item { archive: Some(&key), ..item(nowhere) };
        let head = ask(&proxy, &item, Method::HEAD, &[("range", "bytes=9999999-")]).await;
        assert_eq!((head.status, head.header("content-length")), (200, "300012"));
    }
}

#[tokio::test]
async fn what_is_kept_needs_no_address_and_is_called_as_it_was() {
    let origin = with_range().await;
    let dir = tempfile::tempdir().unwrap();
    let proxy = archiving(dir.path(), &origin);
    let kept = async || {
        let part = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static("bytes=0-9"))]);
        let response = proxy.serve_kept(&key(), "a task", false, &Method::GET, &part).await?;
        Some(Answer::read(response).await)
    };
    assert!(kept().await.is_none());
    let first = read(&proxy, &origin.url(), &[]).await;
    let part = kept().await.unwrap();
    assert_eq!((part.status, part.bytes), (206, Some(video().slice(0..10))));
    assert_eq!(part.headers["content-disposition"], first.headers["content-disposition"]);
    assert_eq!(origin.count(), 1);
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let origin = with_range().await;
    let dir = tempfile::tempdir().unwrap();
    let proxy = archiving(dir.path(), &origin);
    // Before and after it is kept.
    for _ in 0..2 {
        let had = read(&proxy, &origin.url(), &[("if-none-match", TAG), ("range", "bytes=0-9")]).await;
        assert_eq!((had.status, had.header("etag")), (304, TAG));
        assert_eq!(had.bytes.map(|bytes| bytes.len()), Some(0));
        assert_eq!(read(&proxy, &origin.url(), &[("if-none-match", "\"v2\"")]).await.status, 200);
    }
}

#[tokio::test]
async fn a_part_is_not_taken_for_the_whole() {
    let origin = with_range().await;
    let dir = tempfile::tempdir().unwrap();
    let proxy = archiving(dir.path(), &origin);
    read(&proxy, &origin.url(), &[("range", "bytes=0-9")]).await;
    read(&proxy, &origin.url(), &[("range", "bytes=9-")]).await;
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_file_can_be_kept_before_anybody_reads_it() {
    let (origin, is_gone) = vanishing().await;
    let dir = tempfile::tempdir().unwrap();
    let proxy = archiving(dir.path(), &origin);
    proxy.keep(&origin.url(), &key()).await.unwrap();
    proxy.keep(&origin.url(), &key()).await.unwrap();
    assert_eq!(origin.count(), 1);
    is_gone.store(true, Ordering::SeqCst);
    assert_eq!(read(&proxy, &origin.url(), &[]).await.bytes, Some(video()));
    let other = archiving(tempfile::tempdir().unwrap().path(), &origin);
    assert_eq!(other.keep(&origin.url(), &key()).await.unwrap_err().status(), 410);
}

#[tokio::test]
async fn a_broken_file_is_not_kept() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 40\r\n\r\n01234567890123456789";
    let unmarked = "HTTP/1.0 200 OK\r\ncontent-type: video/mp4\r\n\r\n01234567890123456789";
    for sent in [head, unmarked] {
        let origin = Origin::raw(sent, false).await;
        let dir = tempfile::tempdir().unwrap();
        let proxy = archiving(dir.path(), &origin);
        read(&proxy, &origin.url(), &[]).await;
        assert!(proxy.keep(&origin.url(), &key()).await.is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "{sent}");
    }
}

#[tokio::test]
async fn a_file_of_unknown_length_has_parts_all_the_same() {
    let (origin, is_gone) = vanishing().await;
    let part = [("range", "bytes=0-1")];
    let plain = get(&proxy(&[&origin]), &item(&origin.url()), &part).await;
    assert_eq!((plain.status, plain.header("content-range")), (206, "bytes 0-1/300012"));
    assert_eq!(plain.bytes, Some(video().slice(0..2)));
    let whole = get(&proxy(&[&origin]), &item(&origin.url()), &[]).await;
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"));
    assert_eq!(whole.bytes, Some(video()));

    let dir = tempfile::tempdir().unwrap();
    let proxy = archiving(dir.path(), &origin);
    assert_eq!(read(&proxy, &origin.url(), &part).await.status, 206);
    is_gone.store(true, Ordering::SeqCst);
    assert_eq!(read(&proxy, &origin.url(), &part).await.header("content-range"), "bytes 0-1/300012");
}
