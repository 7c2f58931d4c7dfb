//! `record-info`: pending, the many ways to end, and the odd answers in between.

use super::Sim;
use super::sim::{AGES_MS, DAY_MS, only, task_id};
use serde_json::{Value, json};
use vireo_simulator::Settings;

#[tokio::test]
async fn a_pending_record_has_no_response() {
    let sim = Sim::new();
    let record = sim.record(&sim.task("a paper boat").await).await;
    assert_eq!(record["successFlag"], 0);
    for field in ["response", "completeTime", "errorCode", "errorMessage"] {
        assert_eq!(record.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(record["createTime"], 1_776_800_011_000_u64, "whole seconds");
}

#[tokio::test]
async fn a_successful_record_has_the_provider_s_shape() {
    let sim = Sim::new();
    let id = task_id(
        &sim.generate(
            json!({ "prompt": "a paper boat", "aspect_ratio": "9:16", "seeds": 61_668, "watermark": "me" }),
        )
        .await,
    );
    sim.clock.advance(AGES_MS);
    let record = sim.record(&id).await;
    assert_eq!(record["taskId"], id);
    assert_eq!(record["successFlag"], 1);
    assert_eq!(record["fallbackFlag"], false);
    let done = record["completeTime"].as_u64().unwrap();
    assert!(done > 1_776_800_011_000 && done.is_multiple_of(1000), "{done}");
    let response = &record["response"];
    assert_eq!(response["taskId"], id);
    assert_eq!(response["resolution"], "720p");
    assert_eq!(response["originUrls"], Value::Null);
    assert_eq!(response.get("fullResultUrls"), Some(&Value::Null));
    assert_eq!(response["hasAudioList"], json!([true]));
    assert_eq!(response["seeds"], json!([61_668]));
    assert!(only(&response["resultUrls"]).starts_with(&format!("http://media.test/v/{id}_")));
    let params: Value = serde_json::from_str(record["paramJson"].as_str().unwrap()).unwrap();
    assert_eq!(params["aspectRatio"], "9:16");
    assert_eq!(params["waterMark"], "me");
    assert_eq!(params["enableTranslation"], true);
}

#[tokio::test]
async fn a_larger_video_keeps_its_720p_original() {
    let sim = Sim::new();
    let id = task_id(&sim.generate(json!({ "prompt": "p", "resolution": "1080p" })).await);
    sim.clock.advance(AGES_MS);
    let response = sim.record(&id).await["response"].clone();
    assert_eq!(response["resolution"], "1080p");
    assert_ne!(only(&response["originUrls"]), only(&response["resultUrls"]));
}

/// Milliseconds until the record of a fresh task says something else than "generating", in steps.
async fn duration(sim: &Sim, body: Value, step_ms: u64) -> u64 {
    let id = task_id(&sim.generate(body).await);
    let mut waited = 0;
    while sim.record(&id).await["successFlag"] == 0 {
        sim.clock.advance(step_ms);
        waited += step_ms;
    }
    waited
}

#[tokio::test]
async fn half_of_the_tasks_take_longer_than_the_typical_time() {
    for (model, typical_ms) in [("veo3", 150_000), ("veo3_fast", 75_000), ("veo3_lite", 60_000)] {
        let sim = Sim::with(Settings { credits: 1e6, ..Settings::default() });
        let mut all = Vec::new();
        for _ in 0..101 {
            all.push(duration(&sim, json!({ "prompt": "p", "model": model }), 2_000).await);
        }
        all.sort_unstable();
        let (median, p95) = (all[50] as f64, all[95] as f64);
        let typical = f64::from(typical_ms);
        assert!((0.85..1.18).contains(&(median / typical)), "{model}: median {median}");
        assert!((1.5..2.6).contains(&(p95 / typical)), "{model}: p95 {p95}");
    }
}

#[tokio::test]
async fn speed_divides_durations() {
    let body = || json!({ "prompt": "p", "model": "veo3" });
    let real = duration(&Sim::new(), body(), 100).await;
    let fast = duration(&Sim::with(Settings { speed: 20.0, ..Settings::default() }), body(), 100).await;
    assert!((real / 20).abs_diff(fast) <= 100, "{real} and {fast}");
    let at_once = duration(&Sim::with(Settings { speed: 1e9, ..Settings::default() }), body(), 100).await;
    assert_eq!(at_once, 0);
}

#[tokio::test]
async fn pace_can_be_asked_for() {
    let plain = duration(&Sim::new(), json!({ "prompt": "p" }), 1_000).await;
    let slow = duration(&Sim::new(), json!({ "prompt": "p [sim:slow]" }), 1_000).await;
    assert!((plain * 10).abs_diff(slow) <= 10_000, "{plain} and {slow}");
    assert_eq!(duration(&Sim::new(), json!({ "prompt": "p [sim:fast]" }), 500).await, 1_000);

    let sim = Sim::new();
    let id = sim.task("p [sim:never]").await;
    sim.clock.advance(13 * DAY_MS);
    assert_eq!(sim.record(&id).await["successFlag"], 0);
}

#[tokio::test]
async fn failures_come_early_with_the_provider_s_words_and_the_credits_back() {
    let cases = [
        ("policy", 3, json!(400), json!("Your prompt was flagged by Website as violating content policies.")),
        (
            "busy",
            3,
            json!(400),
            json!(
                "Request temporarily unavailable due to high traffic on Google models. Please try again later."
            ),
        ),
        ("fail-422", 3, json!(422), json!("failed")),
        ("flag-7", 7, Value::Null, Value::Null),
    ];
    for (name, flag, code, message) in cases {
        let sim = Sim::new();
        let id = sim.task(&format!("a boat [sim:{name}]")).await;
        sim.clock.advance(5_999);
        assert_eq!(sim.record(&id).await["successFlag"], 0, "{name}");
        assert_eq!(sim.credits(), 5_856.25, "{name}");
        sim.clock.advance(1);
        let answer = sim.look(&id).await;
        assert_eq!((answer["code"].as_u64(), answer["msg"].as_str()), (Some(200), Some("success")));
        let record = &answer["data"];
        assert_eq!(record["successFlag"], flag, "{name}");
        assert_eq!(record["errorCode"], code, "{name}");
        assert_eq!(record["errorMessage"], message, "{name}");
        assert_eq!(record["response"], Value::Null, "{name}");
        assert_eq!(sim.credits(), 5_916.25, "{name}");
    }
}

#[tokio::test]
async fn an_image_that_cannot_be_fetched_fails_the_task_later() {
    for url in ["https://example.org/missing.png", "http://media.test/kieai/4711/veo/never-uploaded.png"] {
        let sim = Sim::new();
        let id = task_id(&sim.generate(json!({ "prompt": "p", "imageUrls": [url] })).await);
        sim.clock.advance(AGES_MS);
        let record = sim.record(&id).await;
        assert_eq!(record["successFlag"], 2, "{url}");
        let message = record["errorMessage"].as_str().unwrap();
        assert!(message.starts_with("Failed to fetch the image."), "{message}");
        assert_eq!(sim.credits(), 5_916.25);
    }
}

#[tokio::test]
async fn success_can_be_odd() {
    let sim = Sim::new();
    let silent = sim.finished("[sim:no-audio]").await;
    assert_eq!(sim.record(&silent).await["response"]["hasAudioList"], json!([false]));
    let empty = sim.finished("[sim:no-url]").await;
    assert_eq!(sim.record(&empty).await["successFlag"], 1);
    assert_eq!(sim.record(&empty).await["response"]["resultUrls"], json!([]));
    let legacy = sim.finished("[sim:legacy-shape]").await;
    let record = sim.record(&legacy).await;
    assert!(record.get("response").is_none());
    let urls: Value = serde_json::from_str(record["resultUrls"].as_str().unwrap()).unwrap();
    assert!(only(&urls).ends_with(".mp4"));
}

#[tokio::test]
async fn a_record_can_be_missing_at_first() {
    let sim = Sim::new();
    let id = sim.task("[sim:not-found-at-first]").await;
    for _ in 0..3 {
        let answer = sim.look(&id).await;
        assert_eq!(answer, json!({ "code": 422, "msg": "recordInfo is null", "data": null }));
    }
    assert_eq!(sim.record(&id).await["successFlag"], 0);
}

#[tokio::test]
async fn every_second_look_can_fail() {
    let sim = Sim::new();
    let id = sim.task("[sim:error-poll]").await;
    for _ in 0..2 {
        assert_eq!(sim.look(&id).await["code"], 200);
        assert_eq!(sim.look(&id).await, json!({ "code": 500, "msg": "err" }));
    }
}

#[tokio::test]
async fn unknown_and_old_tasks_have_no_record() {
    let sim = Sim::new();
    assert_eq!(sim.look("0123").await["msg"], "recordInfo is null");
    let id = sim.task("p").await;
    sim.clock.advance(14 * DAY_MS);
    assert_eq!(sim.look(&id).await["code"], 200);
    sim.clock.advance(1);
    assert_eq!(sim.look(&id).await["msg"], "Temporarily supports records within 14 days.");
}
