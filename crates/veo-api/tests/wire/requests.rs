//! Each request, as it goes out and as it is stored.

use crate::task;
use proptest::prelude::*;
use veo_api::{AspectRatio, Body, Extend, Generate, Mode, Model, Resolution, TaskId, Upgrade4k, json};

/// Every field set to something other than its default.
fn full() -> Generate {
    Generate {
        prompt: "A paper boat \"drifts\"\nnach Süden 🚣".into(),
        mode: Mode::Frames,
        image_urls: vec!["https://example.org/first.png".into(), "https://example.org/last.png".into()],
        model: Model::Quality,
        aspect_ratio: AspectRatio::Portrait,
        resolution: Resolution::P1080,
        duration_s: 4,
        seed: Some(61668),
        watermark: Some("Vireo".into()),
        translate: false,
        callback_url: Some("https://relay.example.org/cb".into()),
    }
}

fn bare() -> Generate {
    Generate { prompt: "A paper boat".into(), ..Generate::default() }
}

#[test]
fn generate_says_everything_it_was_given() {
    insta::assert_debug_snapshot!(full().request());
}

#[test]
fn generate_leaves_out_what_is_empty() {
    let blank = Generate { watermark: Some(String::new()), callback_url: Some(String::new()), ..bare() };
    assert_eq!(blank.request(), bare().request());
    insta::assert_debug_snapshot!(bare().request());
}

#[test]
fn extend_uses_its_own_words_for_models() {
    let extend = |model| Extend {
        task_id: task(),
        prompt: "It reaches the sea".into(),
        model,
        seed: None,
        watermark: None,
        callback_url: None,
    };
    let bodies: Vec<_> = [Model::Quality, Model::Fast, Model::Lite, Model::from("veo4")]
        .map(|model| extend(model).request())
        .into();
    insta::assert_debug_snapshot!(bodies);
    let full = Extend {
        seed: Some(10000),
        watermark: Some("Vireo".into()),
        callback_url: Some("https://relay.example.org/cb".into()),
        ..extend(Model::Fast)
    };
    insta::assert_debug_snapshot!("extend_full", full.request());
}

#[test]
fn upgrades_are_paid_whatever_their_method() {
    let by_post = Upgrade4k { task_id: task(), index: 0, callback_url: None };
    let called_back =
        Upgrade4k { index: 1, callback_url: Some("https://relay.example.org/cb".into()), ..by_post.clone() };
    insta::assert_debug_snapshot!([veo_api::get_1080p(&task(), 0), by_post.request(), called_back.request()]);
}

#[test]
fn the_rest_is_free() {
    let free = [
        veo_api::record_info(&task()),
        veo_api::credit(),
        veo_api::download_url("https://tempfile.aiquickdraw.com/v/a.mp4?x=1&y=\"2\""),
        veo_api::upload_base64("data:image/png;base64,iVBORw0KGgo=", "/vireo/images/", "first.png"),
        veo_api::upload_stream("vireo/images", "first.png"),
    ];
    assert!(free.iter().all(|request| !request.paid));
    insta::assert_debug_snapshot!(free);
}

#[test]
fn stored_forms_stay_readable() {
    let extend = Extend {
        task_id: task(),
        prompt: "It reaches the sea".into(),
        model: Model::Lite,
        seed: Some(10000),
        watermark: None,
        callback_url: None,
    };
    let upgrade = Upgrade4k { task_id: task(), index: 2, callback_url: None };
    insta::assert_snapshot!("stored_generate", json::to_text(&full()));
    insta::assert_snapshot!("stored_extend", json::to_text(&extend));
    insta::assert_snapshot!("stored_upgrade", json::to_text(&upgrade));
    assert_eq!(json::read(&json::to_text(&extend)), Some(extend));
    assert_eq!(json::read(&json::to_text(&upgrade)), Some(upgrade));
    // Written before a field existed, or by a newer build.
    assert_eq!(json::read(r#"{"prompt":"A paper boat","colour":"blue"}"#), Some(bare()));
    let least = format!(r#"{{"task_id":"{}","prompt":""}}"#, task());
    assert_eq!(json::read::<Extend>(&least).map(|extend| extend.model), Some(Model::Fast));
}

#[test]
fn a_stored_task_id_cannot_smuggle_a_parameter() {
    assert_eq!(json::read::<TaskId>(r#""4711&index=9""#), None);
    assert_eq!(json::read::<TaskId>(r#"" 4711 ""#), TaskId::parse("4711"));
    for refused in ["", " ", "a b", "ä", "a/b", "a%20", &"a".repeat(129)] {
        assert_eq!(TaskId::parse(refused), None, "{refused:?}");
    }
    assert!(TaskId::parse(&"a".repeat(128)).is_some());
    assert!(TaskId::parse("veo_task_abcdef-123456").is_some());
}

#[test]
fn what_a_record_leaves_out_gets_the_defaults_of_the_api() {
    let read = |text: &str| Generate::from_param_json(text).expect("an object");
    assert_eq!(read("{}"), Generate::default());
    assert_eq!(read(r#"{"prompt":"A paper boat","model":null,"duration":"x","seeds":-1}"#), bare());
    let pictures = |count: usize| {
        let urls = vec![r#""https://example.org/a.png""#; count].join(",");
        read(&format!(r#"{{"imageUrls":[{urls}]}}"#)).mode
    };
    assert_eq!([1, 2, 3].map(pictures), [Mode::Frames, Mode::Frames, Mode::References]);
    for not_an_object in ["", "null", "[]", "7", "\"{}\"", "{"] {
        assert_eq!(Generate::from_param_json(not_an_object), None, "{not_an_object:?}");
    }
}

#[test]
fn a_record_echoes_in_another_spelling() {
    let echo = r#"{"prompt":"boat","aspectRatio":"9:16","waterMark":"Vireo","enableTranslation":"false","seeds":"61668",
        "model":"veo4","generationType":"REFERENCE_2_VIDEO","duration":"6","resolution":"4K","enableFallback":false,
        "imageUrls":"[\"https://example.org/a.png\"]","callBackUrl":"https://relay.example.org/relay/callback/secret"}"#;
    insta::assert_debug_snapshot!(Generate::from_param_json(echo));
}

fn a_request() -> impl Strategy<Value = Generate> {
    let word = |known: &'static [&'static str]| prop_oneof![4 => prop::sample::select(known).prop_map(str::to_owned), 1 => "[a-z0-9_]{1,12}"];
    (
        (
            "\\PC{0,40}",
            word(&["TEXT_2_VIDEO", "FIRST_AND_LAST_FRAMES_2_VIDEO", "REFERENCE_2_VIDEO"]),
            prop::collection::vec("https://example\\.org/[a-z]{1,8}\\.png", 0..4),
            word(&["veo3", "veo3_fast", "veo3_lite"]),
        ),
        word(&["16:9", "9:16", "Auto"]),
        word(&["720p", "1080p", "4k"]),
        any::<u8>(),
        any::<Option<u32>>(),
        prop::option::of("\\PC{1,12}"),
        any::<bool>(),
    )
        .prop_map(
            |((prompt, mode, image_urls, model), ratio, size, duration_s, seed, watermark, translate)| {
                Generate {
                    prompt,
                    mode: mode.as_str().into(),
                    image_urls,
                    model: model.as_str().into(),
                    aspect_ratio: ratio.as_str().into(),
                    resolution: size.as_str().into(),
                    duration_s,
                    seed,
                    watermark,
                    translate,
                    callback_url: Some("https://relay.example.org/relay/callback/secret".into()),
                }
            },
        )
}

proptest! {
    #[test]
    fn a_request_survives_storage(request in a_request()) {
        prop_assert_eq!(json::read(&json::to_text(&request)), Some(request));
    }

    #[test]
    fn a_request_is_rebuilt_from_its_echo_without_the_callback_address(request in a_request()) {
        let Body::Json(body) = request.request().body else { panic!("a JSON body") };
        let echo = body.replacen("\"aspect_ratio\"", "\"aspectRatio\"", 1);
        let expected = Generate { callback_url: None, ..request };
        prop_assert_eq!(Generate::from_param_json(&body), Some(expected.clone()));
        prop_assert_eq!(Generate::from_param_json(&echo), Some(expected));
    }

    #[test]
    fn unknown_words_survive(word in "\\PC{0,20}") {
        for text in [Model::from(word.as_str()).to_string(), Mode::from(word.as_str()).to_string()] {
            prop_assert!(text.eq_ignore_ascii_case(&word));
        }
    }
}
