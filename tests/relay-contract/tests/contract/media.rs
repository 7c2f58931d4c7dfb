//! The video's bytes, by task and number, never by address.

use rstest::rstest;
use tokio::sync::OnceCell;
use vireo_relay_contract::{Answer, PAGE, create, film, fresh, get, head, intent, stage, until};

/// One video for all questions about ranges.
async fn video() -> String {
    static VIDEO: OnceCell<String> = OnceCell::const_new();
    VIDEO.get_or_init(async || format!("/relay/media/{}/720p/0", film("boat").await)).await.clone()
}

async fn part(range: &str) -> Answer {
    get(&video().await).header("range", range).send().await
}

#[tokio::test]
async fn the_whole_video_is_an_mp4_with_a_name() {
    let whole = get(&video().await).send().await;
    assert_eq!(whole.status, 200, "{:?}", whole.headers);
    assert_eq!(whole.header("content-type"), "video/mp4");
    assert_eq!(&whole.bytes[4..8], b"ftyp");
    assert!(whole.header("content-disposition").contains(".mp4"), "{:?}", whole.headers);
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert_eq!(whole.header("content-length"), whole.bytes.len().to_string());
}

#[tokio::test]
async fn a_head_tells_what_a_get_would_without_reading_it() {
    let task = film("boat").await;
    let path = format!("/relay/media/{task}/720p/0");
    // Before anybody has read it, and with a range, which means nothing here.
    let told = head(&path).header("range", "bytes=0-9").send().await;
    assert_eq!((told.status, told.bytes.len()), (200, 0), "{told:?}");
    for _ in 0..3 {
        assert_eq!(head(&path).send().await.status, 200);
    }
    // The Worker reads the file once by itself, to keep it.
    let seen = stage().provider.seen(&task);
    let kept = usize::from(seen.iter().any(|seen| seen.headers.contains_key("cf-worker")));
    let whole = seen.iter().filter(|seen| {
        seen.line.starts_with("GET") && seen.line.contains(".mp4") && !seen.headers.contains_key("range")
    });
    assert!(whole.count() <= kept, "{seen:?}");
    let whole = get(&path).send().await;
    for name in ["content-type", "content-length", "content-disposition", "accept-ranges", "cache-control"] {
        assert_eq!(told.header(name), whole.header(name), "{name}");
    }
    assert_eq!(told.header("content-range"), "");
    assert_eq!(head("/relay/media/00000000000000000000000000000000/720p/0").send().await.status, 404);
}

#[tokio::test]
async fn a_listed_page_may_read_what_a_player_and_a_download_need() {
    let answer = get(&video().await).header("origin", PAGE).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), PAGE, "{answer:?}");
    let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
    for name in ["content-disposition", "content-length", "content-range", "accept-ranges", "etag"] {
        assert!(exposed.split(',').any(|word| word.trim() == name), "{name} is not among {exposed:?}");
    }
}

#[rstest]
#[case("bytes=0-99", 0, 100)]
#[case("bytes=100-199", 100, 100)]
#[case("bytes=-500", -500, 500)]
#[tokio::test]
async fn a_part_is_told_as_one(#[case] range: &str, #[case] start: i64, #[case] len: usize) {
    let whole = get(&video().await).send().await.bytes;
    let answer = part(range).await;
    assert_eq!(answer.status, 206, "{:?}", answer.headers);
    let start = if start < 0 { whole.len() - start.unsigned_abs() as usize } else { start as usize };
    assert_eq!(answer.bytes, whole[start..start + len]);
    let place = format!("bytes {start}-{}/{}", start + len - 1, whole.len());
    assert_eq!(answer.header("content-range"), place);
}

#[tokio::test]
async fn an_open_end_goes_on_to_the_end() {
    let whole = get(&video().await).send().await.bytes;
    let answer = part("bytes=1000-").await;
    assert_eq!((answer.status, &answer.bytes[..]), (206, &whole[1000..]));
}

#[tokio::test]
async fn a_part_beyond_the_end_cannot_be_had() {
    assert_eq!(part("bytes=999999999-").await.status, 416);
}

#[tokio::test]
async fn a_part_of_another_version_is_the_whole() {
    let path = video().await;
    let tag = get(&path).send().await.header("etag").to_owned();
    let with = |tag: &str| get(&path).header("range", "bytes=0-9").header("if-range", tag).send();
    assert_eq!(with(&tag).await.status, 206);
    assert_eq!(with("\"another\"").await.status, 200);
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let path = video().await;
    let tag = get(&path).send().await.header("etag").to_owned();
    let with = |tag: &str| get(&path).header("if-none-match", tag).send();
    let had = with(&tag).await;
    assert_eq!((had.status, had.header("etag"), had.bytes.len()), (304, &*tag, 0), "{had:?}");
    assert_eq!(with("\"another\"").await.status, 200);
}

#[tokio::test]
async fn only_finished_videos_of_known_tasks_are_there() {
    let task = film("boat").await;
    for path in [
        "/relay/media/00000000000000000000000000000000/720p/0".to_owned(),
        format!("/relay/media/{task}/720p/7"),
        format!("/relay/media/{task}/720p/00"),
        format!("/relay/media/{task}/720p/https:%2F%2Fevil.example"),
        format!("/relay/media/{task}/..%2F..%2Fetc/0"),
        format!("/relay/media/{task}/720p"),
    ] {
        let status = get(&path).send().await.status;
        assert!(matches!(status, 400 | 404), "{path} {status}");
    }
}

#[tokio::test]
async fn a_video_that_is_gone_is_an_error_and_no_page() {
    let key = fresh("key");
    create(&format!("{} [sim:fast][sim:expired]", fresh("boat")), &key).await;
    let task = intent(&key).await["taskId"].as_str().unwrap().to_owned();
    let answer = until("the video is made and gone", async || {
        let record = get(&format!("/api/v1/veo/record-info?taskId={task}")).send().await.json();
        if record["data"]["successFlag"] != 1 {
            return None;
        }
        Some(get(&format!("/relay/media/{task}/720p/0")).send().await)
    })
    .await;
    assert!(matches!(answer.status, 404 | 410 | 502), "{answer:?}");
}
