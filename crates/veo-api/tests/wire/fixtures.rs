//! One recorded or documented body per case; `tests/fixtures/README.md` says where each comes from.

use crate::{answer, reply, task};
use rstest::rstest;
use std::path::PathBuf;
use veo_api::{ApiError, Class, Generate, Mode, Reply, Status, Upgrade, classify_failure};

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "tests", "fixtures"].iter().collect()
}

fn fixture(name: &str) -> Reply {
    reply(std::fs::read_to_string(folder().join(name)).expect(name))
}

fn record(name: &str) -> veo_api::Record {
    veo_api::read_record(&fixture(name)).expect(name)
}

const A: &str = "https://tempfile.aiquickdraw.com/v/a.mp4";
const LONG: &str = "https://tempfile.aiquickdraw.com/v/9b0c4f6f2d3a4e7b8c1d0e2f3a4b5c6d_1776800073.mp4";

#[test]
fn every_fixture_is_read() {
    let table = include_str!("fixtures.rs");
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("a README");
    for file in std::fs::read_dir(folder()).expect("the folder") {
        let name = file.expect("a file").file_name().into_string().expect("a plain name");
        let quoted = format!("\"{name}\"");
        let listed = format!("`{name}`");
        assert!(name == "README.md" || table.contains(&quoted), "no test reads {name}");
        assert!(name == "README.md" || readme.contains(&listed), "README.md does not list {name}");
    }
}

#[rstest]
#[case("created.json")]
#[case("created-record-id.json")]
fn a_task_was_created(#[case] name: &str) {
    assert_eq!(veo_api::read_created(&fixture(name)), Ok(task()));
}

#[rstest]
#[case("refused-401.json", Class::Auth, true)]
#[case("refused-401-permission.json", Class::Auth, true)]
#[case("refused-402.json", Class::OutOfCredits, true)]
#[case("refused-404-extend.json", Class::Validation, true)]
#[case("refused-422-flow.json", Class::Policy, true)]
#[case("refused-429.json", Class::RateLimited, true)]
#[case("refused-433.json", Class::UsageLimit, true)]
#[case("refused-451.json", Class::ImageFetch, true)]
#[case("refused-455.json", Class::Maintenance, true)]
#[case("refused-505.json", Class::Other, true)]
#[case("error-500.json", Class::Upstream, false)]
#[case("created-without-data.json", Class::Empty, false)]
#[case("created-truncated.txt", Class::NotJson, false)]
#[case("portal.html", Class::NotJson, false)]
fn no_task_was_created(#[case] name: &str, #[case] class: Class, #[case] refusal: bool) {
    let error = veo_api::read_created(&fixture(name)).expect_err(name);
    assert_eq!((error.class(), error.is_refusal()), (class, refusal), "{error:?}");
}

#[test]
fn cloudflare_refuses_at_the_door() {
    let reply = Reply { status: 403, ..fixture("cloudflare-1010.txt") };
    let error = veo_api::read_created(&reply).expect_err("blocked");
    assert_eq!((error.class(), error.is_refusal()), (Class::Blocked, true));
    assert_eq!(error.message(), "error code: 1010");
}

#[test]
fn a_success_is_read_whole() {
    insta::assert_debug_snapshot!(record("success.json"));
}

#[rstest]
#[case("success.json", &[LONG])]
#[case("no-audio.json", &[LONG])]
#[case("no-urls.json", &[])]
#[case("origin-only.json", &[])]
#[case("resolution-1080p.json", &[LONG])]
#[case("extended.json", &["https://tempfile.aiquickdraw.com/v/segment.mp4"])]
#[case("input-image-echoed.json", &[])]
#[case("legacy-string.json", &[A])]
#[case("pseudo-string.json", &["http://example.com/video1.mp4", "http://example.com/video2.mp4"])]
#[case("bare-url.json", &[A])]
#[case("info-array.json", &[A])]
#[case("junk-urls.json", &["javascript:alert(1)", A])]
#[case("date-strings.json", &[LONG])]
#[case("numbers-as-strings.json", &[LONG])]
fn a_success_in_every_shape(#[case] name: &str, #[case] videos: &[&str]) {
    let record = record(name);
    assert_eq!((record.status, record.task_id), (Status::Succeeded, Some(task())));
    assert_eq!(record.videos, videos);
}

#[rstest]
#[case("pending.json", None)]
#[case("pending-complete-time.json", Some(1_776_800_075_000))]
#[case("byte-order-mark.json", None)]
fn still_generating(#[case] name: &str, #[case] completed_ms: Option<u64>) {
    let record = record(name);
    assert_eq!((record.status, record.completed_ms), (Status::Generating, completed_ms));
    assert_eq!((record.videos.len(), record.error_code), (0, None));
}

#[rstest]
#[case("failure-high-traffic.json", 3, Some(400), Class::HighTraffic)]
#[case("failure-audio.json", 3, Some(400), Class::Audio)]
#[case("failure-real-person.json", 3, Some(422), Class::Policy)]
#[case("failure-policy.json", 2, Some(400), Class::Policy)]
#[case("failure-prominent-people.json", 3, Some(400), Class::Policy)]
#[case("failure-minor.json", 3, Some(400), Class::Policy)]
#[case("failure-unsafe-image.json", 3, Some(400), Class::Policy)]
#[case("failure-language.json", 2, Some(400), Class::Language)]
#[case("failure-image-fetch.json", 2, Some(400), Class::ImageFetch)]
#[case("failure-internal.json", 2, Some(500), Class::Upstream)]
#[case("failure-timeout.json", 2, Some(500), Class::Upstream)]
#[case("failure-generation.json", 3, Some(501), Class::Upstream)]
#[case("failure-silence.json", 3, Some(408), Class::Upstream)]
#[case("failure-flag-7.json", 7, None, Class::Other)]
#[case("failure-flag-text.json", 3, Some(422), Class::Policy)]
fn a_verdict_of_failure(
    #[case] name: &str,
    #[case] flag: i64,
    #[case] code: Option<i64>,
    #[case] class: Class,
) {
    let record = record(name);
    assert_eq!((record.status, record.error_code), (Status::Failed(flag), code));
    let words = record.error_message.unwrap_or_default();
    assert_eq!(words.is_empty(), code.is_none());
    assert_eq!(classify_failure(record.error_code, &words), class);
}

#[rstest]
#[case("record-null.json", Class::NotFoundYet)]
#[case("record-is-null.json", Class::NotFoundYet)]
#[case("record-404.json", Class::NotFoundYet)]
#[case("record-too-old.json", Class::TooOld)]
#[case("record-without-data.json", Class::Empty)]
#[case("error-500.json", Class::Upstream)]
#[case("portal.html", Class::NotJson)]
#[case("refused-401.json", Class::Auth)]
fn a_look_that_tells_nothing(#[case] name: &str, #[case] class: Class) {
    let error = veo_api::read_record(&fixture(name)).expect_err(name);
    assert_eq!(error.class(), class, "{error:?}");
    assert_eq!(error.is_transient(), !matches!(class, Class::TooOld | Class::Auth));
}

#[test]
fn a_missing_page_on_a_record_is_a_missing_record() {
    let error = veo_api::read_record(&answer(404, "<html></html>")).expect_err("missing");
    assert!(error.is_not_found_yet());
    let gone = answer(200, r#"{"code":404,"msg":"Temporarily supports records within 14 days."}"#);
    assert_eq!(veo_api::read_record(&gone).expect_err("gone").class(), Class::TooOld);
}

#[test]
fn the_particulars_of_records() {
    assert_eq!(record("no-audio.json").has_audio, Some(false));
    let extended = record("extended.json");
    assert_eq!(extended.full_videos, ["https://tempfile.aiquickdraw.com/v/whole.mp4"]);
    assert_eq!(record("origin-only.json").origin_videos, [LONG]);
    assert_eq!(record("resolution-1080p.json").resolution.as_deref(), Some("1080p"));

    let dates = record("date-strings.json");
    assert_eq!((dates.created_ms, dates.completed_ms), (Some(1_749_205_500_000), Some(1_749_205_800_000)));

    let texts = record("numbers-as-strings.json");
    assert_eq!((texts.created_ms, texts.completed_ms), (Some(1_776_800_011_000), Some(1_776_800_075_000)));
    assert_eq!((texts.seed, texts.has_audio), (Some(61668), Some(false)));

    let echoed = record("input-image-echoed.json").params.expect("params");
    assert_eq!(
        echoed,
        Generate {
            prompt: "A paper boat".into(),
            mode: Mode::Frames,
            image_urls: vec![
                "https://tempfile.redpandaai.co/kieai/4711/veo/first.png".into(),
                "https://tempfile.redpandaai.co/kieai/4711/veo/last.png".into(),
            ],
            watermark: Some("boat".into()),
            ..Generate::default()
        }
    );
}

type ReadUpgrade = fn(&Reply) -> Result<Upgrade, ApiError>;
const P1080: ReadUpgrade = veo_api::read_1080p;
const P4K: ReadUpgrade = veo_api::read_4k;

#[rstest]
#[case(
    P1080,
    "upgrade-1080p-ready.json",
    "https://tempfile.aiquickdraw.com/p/42f4f8facbb040c0ade87c27cb2d5e58_1749711595.mp4"
)]
#[case(P4K, "upgrade-4k-ready.json", "https://tempfile.aiquickdraw.com/v/a_1.mp4")]
fn an_upgrade_is_ready(#[case] read: ReadUpgrade, #[case] name: &str, #[case] url: &str) {
    let Ok(Upgrade::Ready { urls, .. }) = read(&fixture(name)) else { panic!("{name} is ready") };
    assert_eq!(urls, [url]);
}

#[rstest]
#[case(P1080, "upgrade-1080p-processing-400.json", false)]
#[case(P1080, "upgrade-1080p-processing-422.json", false)]
#[case(P1080, "upgrade-1080p-being-generated.json", false)]
#[case(P1080, "upgrade-1080p-try-later.json", false)]
#[case(P4K, "upgrade-4k-started.json", true)]
#[case(P4K, "upgrade-4k-processing.json", true)]
fn an_upgrade_is_processing(#[case] read: ReadUpgrade, #[case] name: &str, #[case] names_task: bool) {
    let Ok(Upgrade::Processing { message, task_id }) = read(&fixture(name)) else {
        panic!("{name} is processing")
    };
    assert!(!message.is_empty());
    assert_eq!(task_id, names_task.then(task));
}

#[rstest]
#[case(P1080, "upgrade-1080p-high-traffic.json", Class::HighTraffic)]
#[case(P1080, "upgrade-1080p-not-success.json", Class::Validation)]
#[case(P1080, "record-without-data.json", Class::Empty)]
#[case(P1080, "refused-402.json", Class::OutOfCredits)]
#[case(P1080, "refused-429.json", Class::RateLimited)]
#[case(P1080, "record-null.json", Class::NotFoundYet)]
#[case(P4K, "upgrade-4k-unavailable.json", Class::Unavailable)]
#[case(P4K, "record-without-data.json", Class::Empty)]
#[case(P4K, "portal.html", Class::NotJson)]
fn an_upgrade_is_trouble(#[case] read: ReadUpgrade, #[case] name: &str, #[case] class: Class) {
    assert_eq!(read(&fixture(name)).expect_err(name).class(), class);
}

#[test]
fn account_answers() {
    assert_eq!(veo_api::read_credit(&fixture("credit.json")), Ok(5916.25));
    assert_eq!(veo_api::read_credit(&fixture("credit-text.json")), Ok(5916.25));
    assert!(veo_api::read_credit(&fixture("refused-401.json")).expect_err("no").is_auth());
    let link = veo_api::read_download_url(&fixture("download-url.json")).expect("a link");
    assert!(link.starts_with("https://4711.r2.cloudflarestorage.com/tempfile/v/a.mp4?X-Amz-"));
    let foreign = veo_api::read_download_url(&fixture("download-url-foreign.json")).expect_err("foreign");
    assert_eq!(foreign.class(), Class::Validation);
}

#[test]
fn upload_answers() {
    let upload = veo_api::read_upload(&fixture("upload.json")).expect("uploaded");
    assert_eq!(upload.url, "https://tempfile.redpandaai.co/kieai/4711/veo/first.png");
    // The quickstart's name for it, which gives way to the real one.
    let named = |data: &str| veo_api::read_upload(&reply(format!(r#"{{"code":200,"data":{{{data}}}}}"#)));
    assert_eq!(named(r#""fileUrl":"https://a/b""#).map(|upload| upload.url), Ok("https://a/b".to_owned()));
    let both = named(r#""fileUrl":"https://a/b","downloadUrl":"https://a/c""#);
    assert_eq!(both.map(|upload| upload.url), Ok("https://a/c".to_owned()));
    let class = |name: &str| veo_api::read_upload(&fixture(name)).expect_err(name).class();
    assert_eq!(class("upload-missing-path.json"), Class::Validation);
    assert_eq!(class("upload-bad-base64.json"), Class::Validation);
    assert_eq!(class("upload-401.json"), Class::Auth);
    assert_eq!(class("upload-500.json"), Class::Upstream);
}

#[rstest]
#[case("callback-success.json", 200, "Veo3.1 video generated successfully.")]
#[case("callback-string.json", 200, "Veo3.1 video generated successfully.")]
#[case("callback-snake.json", 200, "4K Video generated successfully.")]
#[case("callback-4k.json", 200, "4K Video generated successfully.")]
#[case("callback-failure.json", 400, "Your prompt was flagged by Website as violating content policies.")]
#[case(
    "callback-4k-unavailable.json",
    500,
    "The 4K version of this video is unavailable. Please try a different video."
)]
fn a_callback_names_a_task(#[case] name: &str, #[case] code: i64, #[case] words: &str) {
    let callback = veo_api::read_callback(&fixture(name).body).expect(name);
    assert_eq!((callback.task_id, callback.code), (task(), Some(code)));
    assert_eq!(callback.message, words);
}

#[test]
fn a_callback_without_a_task_is_none() {
    assert_eq!(veo_api::read_callback(&fixture("refused-402.json").body), None);
    assert_eq!(veo_api::read_callback(&fixture("portal.html").body), None);
}
