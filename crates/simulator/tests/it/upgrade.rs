//! 1080p, 4K and extensions: paid work on a finished video.

use super::Sim;
use super::sim::{AGES_MS, only, task_id};
use serde_json::{Value, json};

const MINUTE_MS: u64 = 60_000;

#[tokio::test]
async fn full_hd_is_started_by_the_first_look_and_charged_once() {
    let sim = Sim::new();
    let id = sim.finished("p").await;
    let before = sim.credits();
    let words = "1080P is processing. It should be ready in 1-2 minutes. Please check back shortly.";
    for _ in 0..3 {
        assert_eq!(sim.full_hd(&id).await, json!({ "code": 400, "msg": words, "data": null }));
    }
    sim.clock.advance(MINUTE_MS - 1);
    assert_eq!(sim.full_hd(&id).await["code"], 400);
    sim.clock.advance(MINUTE_MS + 1);
    for _ in 0..2 {
        let answer = sim.full_hd(&id).await;
        assert_eq!(answer["code"], 200);
        assert!(answer["data"]["resultUrl"].as_str().unwrap().starts_with("http://media.test/p/"));
    }
    assert_eq!(before - sim.credits(), 5.0);
}

#[tokio::test]
async fn full_hd_is_another_size_of_the_same_scene() {
    let sim = Sim::new();
    for _ in 0..6 {
        let id = sim.finished("p [sim:fast]").await;
        sim.full_hd(&id).await;
        sim.clock.advance(1_000);
        let small = sim.fetch(only(&sim.record(&id).await["response"]["resultUrls"]), &[]).await;
        let large = sim.full_hd(&id).await["data"]["resultUrl"].as_str().unwrap().to_owned();
        let large = sim.fetch(&large, &[]).await;
        let name = |bytes: &[u8]| {
            let files = ["dusk-wide-720p", "dusk-wide-1080p", "aurora-wide-720p", "aurora-wide-1080p"];
            files
                .into_iter()
                .find(|name| std::fs::read(format!("clips/{name}.mp4")).unwrap() == bytes)
                .expect("the bytes should be those of a clip")
        };
        let (small, large) = (name(&small.bytes), name(&large.bytes));
        assert_eq!(small.strip_suffix("-720p"), large.strip_suffix("-1080p"));
    }
}

#[tokio::test]
async fn upgrades_need_a_finished_video() {
    let sim = Sim::new();
    let pending = sim.task("p").await;
    let failed = sim.finished("p [sim:policy]").await;
    let empty = sim.finished("p [sim:no-url]").await;
    let pending_again = sim.task("p").await;
    for (id, words) in [
        (&failed, "record status is not success."),
        (&pending_again, "record status is not success."),
        (&empty, "record result data not exist."),
        (&"0123".to_owned(), "recordInfo is null"),
    ] {
        assert_eq!(sim.full_hd(id).await, json!({ "code": 422, "msg": words, "data": null }));
        assert_eq!(sim.four_k(id).await, json!({ "code": 422, "msg": words, "data": null }));
    }
    let second = sim.get(&format!("/api/v1/veo/get-1080p-video?taskId={pending}&index=1")).await;
    assert_eq!(second["msg"], "record result data not exist.");
    let nonsense = sim.get(&format!("/api/v1/veo/get-1080p-video?taskId={pending}&index=x")).await;
    assert_eq!(nonsense["code"], 422);
    assert_eq!(sim.world.ledger().charges, 4, "only the generations");
}

#[tokio::test]
async fn four_k_reports_its_result_as_a_refusal() {
    let sim = Sim::new();
    let original = sim.finished("p").await;
    let before = sim.credits();
    let started = sim.four_k(&original).await;
    let id = task_id(&started);
    assert_ne!(id, original);
    assert_eq!(started["data"], json!({ "taskId": id, "resultUrls": null, "imageUrls": null }));

    sim.clock.advance(5 * MINUTE_MS - 1);
    let processing = sim.four_k(&original).await;
    assert_eq!(processing["code"], 422);
    assert!(processing["msg"].as_str().unwrap().starts_with("4k is processing."));
    assert_eq!(processing["data"], started["data"]);

    sim.clock.advance(5 * MINUTE_MS + 1);
    for asked in [&original, &id] {
        let done = sim.four_k(asked).await;
        assert_eq!((done["code"].as_u64(), done["data"]["taskId"].as_str()), (Some(422), Some(id.as_str())));
        assert_eq!(done["msg"], "The video has been generated successfully");
        for list in ["resultUrls", "imageUrls"] {
            let file = sim.fetch(only(&done["data"][list]), &[]).await;
            assert_eq!(file.status, 200);
        }
    }
    assert_eq!(before - sim.credits(), 120.0);
}

#[tokio::test]
async fn four_k_that_never_comes_and_one_that_is_unavailable() {
    let sim = Sim::new();
    let credits = sim.credits();
    let id = sim.finished("p [sim:4k-never]").await;
    assert_eq!(sim.four_k(&id).await["code"], 200);
    sim.clock.advance(24 * 60 * MINUTE_MS);
    assert_eq!(sim.four_k(&id).await["code"], 422);
    assert_eq!(credits - sim.credits(), 180.0);

    let id = sim.finished("p [sim:no-4k]").await;
    assert_eq!(sim.four_k(&id).await["code"], 200);
    let answer = sim.four_k(&id).await;
    assert!(answer["msg"].as_str().unwrap().contains("unavailable"), "{answer}");
    assert_eq!(credits - sim.credits(), 240.0, "the 4K costs nothing");
}

#[tokio::test]
async fn four_k_has_a_record_without_a_fallback_flag() {
    let sim = Sim::new();
    let original = sim.finished("p").await;
    let id = task_id(&sim.four_k(&original).await);
    assert_eq!(sim.record(&id).await["successFlag"], 0);
    sim.clock.advance(AGES_MS);
    let record = sim.record(&id).await;
    assert!(record.get("fallbackFlag").is_none());
    assert!(record["response"]["mediaIds"].is_array());
    assert!(only(&record["response"]["resultUrls"]).ends_with(".mp4"));
}

#[tokio::test]
async fn an_extension_is_a_new_task_with_a_stitched_video() {
    let sim = Sim::new();
    let original = sim.finished("p").await;
    let before = sim.credits();
    let id = task_id(&sim.extend(&original, "and then").await);
    assert_eq!(before - sim.credits(), 60.0);
    sim.clock.advance(AGES_MS);
    let response = sim.record(&id).await["response"].clone();
    let (part, whole) = (only(&response["resultUrls"]), only(&response["fullResultUrls"]));
    assert_ne!(part, whole);
    assert_eq!(sim.fetch(whole, &[]).await.status, 200);
    task_id(&sim.extend(&id, "and on").await);
}

#[tokio::test]
async fn an_extension_plays_scenarios_too() {
    let sim = Sim::new();
    let original = sim.finished("p").await;
    assert_eq!(sim.extend(&original, "and [sim:maintenance]").await["code"], 455);
    let id = task_id(&sim.extend(&original, "and [sim:policy]").await);
    sim.clock.advance(AGES_MS);
    assert_eq!(sim.record(&id).await["successFlag"], 3);
}

#[tokio::test]
async fn what_cannot_be_extended_is_refused() {
    let sim = Sim::new();
    let missing = sim.extend("0123", "and").await;
    assert_eq!(missing, json!({ "code": 404, "msg": "Original video or task does not exist", "data": null }));
    let upgraded = sim.finished("p").await;
    sim.full_hd(&upgraded).await;
    assert_eq!(sim.extend(&upgraded, "and").await["code"], 422);
    let pending = sim.task("p").await;
    assert_eq!(sim.extend(&pending, "and").await["code"], 422);
    let bad = [
        json!({ "taskId": upgraded }),
        json!({ "prompt": "and" }),
        json!({ "taskId": upgraded, "prompt": "and", "model": "veo3_fast" }),
        json!({ "taskId": upgraded, "prompt": "and", "seeds": 1 }),
    ];
    for body in bad {
        assert_eq!(sim.post("/api/v1/veo/extend", body.clone()).await["code"], 422, "{body}");
    }
    assert_eq!(sim.world.ledger().charges, 3);
}

#[tokio::test]
async fn no_credits_no_upgrade() {
    let sim = Sim::with(vireo_simulator::Settings { credits: 60.0, ..Default::default() });
    let id = sim.finished("p").await;
    assert_eq!(sim.full_hd(&id).await["code"], 402);
    assert_eq!(sim.four_k(&id).await["code"], 402);
    assert_eq!(sim.full_hd(&id).await["data"], Value::Null);
    assert_eq!(sim.credits(), 0.0);
}
