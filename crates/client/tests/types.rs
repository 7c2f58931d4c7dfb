//! The element's types are what the app reads and sends: their part between the two marks is written from the Rust
//! types. Where it differs, this test corrects the file and fails.

use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;
use veo_api::{AspectRatio, Body, Extend, Generate, Mode, Model, Resolution, TaskId};
use vireo_client::{Config, read_config};
use vireo_core::face::{KINDS, Task};
use vireo_core::intent::{Cause, Height, Intent, IntentId, Order, Outcome, State, Trouble};
use vireo_core::models::ALL_DURATIONS;

/// Fields whose type has a name of its own.
const NAMED: [(&str, &str); 11] = [
    ("state", "StudioState"),
    ("model", "StudioModel"),
    ("aspect_ratio", "StudioRatio"),
    ("aspectRatio", "StudioRatio"),
    ("resolution", "StudioResolution"),
    ("generationType", "StudioMode"),
    ("duration", "StudioDuration"),
    ("kind", "StudioKind"),
    ("charged", "StudioCharged"),
    ("error", "StudioError"),
    ("typicalSeconds", "Partial<Record<StudioModel, number>>"),
];

fn union<'a>(name: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("'{word}'")).collect();
    format!("export type {name} = {};\n", words.join(" | "))
}

fn type_of(value: &Value) -> String {
    match value {
        Value::Bool(_) => "boolean".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "string".into(),
        Value::Array(items) => format!("{}[]", type_of(&items[0])),
        Value::Null | Value::Object(_) => panic!("{value}: the full example leaves nothing out"),
    }
}

/// One member for each field of `full`: optional where `bare` has it not, or null where it is null there.
fn members(full: &Value, bare: &Value) -> Vec<String> {
    let member = |(name, value): (&String, &Value)| {
        let named = NAMED.iter().find(|(field, _)| field == name).map(|(_, named)| (*named).to_owned());
        let kind = named.unwrap_or_else(|| type_of(value));
        let (mark, or_null) = match bare.get(name) {
            None => ("?", ""),
            Some(Value::Null) => ("", " | null"),
            Some(_) => ("", ""),
        };
        format!("{name}{mark}: {kind}{or_null};")
    };
    full.as_object().into_iter().flatten().map(member).collect()
}

fn interface(note: &str, name: &str, full: &Value, bare: &Value) -> String {
    let members: String = members(full, bare).iter().map(|member| format!("  {member}\n")).collect();
    format!("\n/** {note} */\nexport interface {name} {{\n{members}}}\n")
}

fn generate() -> Generate {
    Generate {
        prompt: "a boat".into(),
        image_urls: vec!["https://a.example/1.png".into()],
        mode: Mode::Frames,
        seed: Some(12345),
        watermark: Some("w".into()),
        ..Generate::default()
    }
}

/// The request in the provider's names, as it leaves and as `generate()` takes it.
fn request() -> Value {
    let Body::Json(text) = generate().request().body else { panic!("a request has a body") };
    assert_eq!(Generate::from_param_json(&text), Some(generate()), "what leaves can be read again");
    let mut full: Value = serde_json::from_str(&text).expect("JSON");
    full["aspectRatio"] = full["aspect_ratio"].clone();
    full
}

/// A task of which everything is known, and one of which nothing is.
fn tasks() -> [Value; 2] {
    let id = IntentId::parse("01900000-0000-7000-8000-000000000001").expect("an id");
    let task_id = TaskId::parse("0123456789abcdef0123456789abcdef").expect("a task id");
    let mut full = Intent::new(id.clone(), Order::Generate(generate()), "tab", 1);
    full.parent = Some(id.clone());
    full.task_id = Some(task_id.clone());
    full.ended_ms = Some(2);
    full.outcome = Some(Outcome { urls: vec!["https://a.example/v.mp4".into()], ..Outcome::default() });
    full.trouble = Some(Trouble { code: Some(400), ..Trouble::new(Cause::AnswerLost) });
    let extend = Extend {
        task_id: task_id.clone(),
        prompt: String::new(),
        model: Model::default(),
        seed: None,
        watermark: None,
        callback_url: None,
    };
    let bare = Intent::new(id.clone(), Order::Extend(extend), "tab", 1);
    let upgrade = Order::upgrade(task_id, Height::P4k);
    let value = |intent: &Intent| serde_json::to_value(Task::from(intent)).expect("JSON");
    let mut least = value(&bare);
    // An upgrade names no model.
    least["model"] = value(&Intent::new(id, upgrade, "tab", 1))["model"].clone();
    [value(&full), least]
}

/// The fields of `config.json` that an element has: it speaks to a relay and to nothing else.
fn config() -> Value {
    // A field that is added to the configuration stops here: is it the element's too?
    let Config { connection: _, api_base: _, upload_base: _, relay_base: _, media_origins: _, typical: _ } =
        Config::default();
    let seconds: Map<String, Value> =
        Model::KNOWN.iter().map(|model| ((*model).to_owned(), json!(60))).collect();
    let full = json!({
        "version": 1,
        "relayBase": "./",
        "mediaOrigins": ["https://a.example"],
        "typicalSeconds": seconds,
    });
    let (_, unknown) = read_config(&[&full.to_string()]).expect("a configuration");
    assert_eq!(unknown, Vec::<String>::new());
    full
}

fn written() -> String {
    let durations: Vec<String> = ALL_DURATIONS.iter().map(u8::to_string).collect();
    let [task, least] = tasks();
    [
        union("StudioModel", Model::KNOWN.iter().copied()),
        union("StudioMode", Mode::KNOWN.iter().copied()),
        union("StudioRatio", AspectRatio::KNOWN.iter().copied()),
        union("StudioResolution", Resolution::KNOWN.iter().copied()),
        format!("export type StudioDuration = {};\n", durations.join(" | ")),
        union("StudioState", State::ALL.map(State::as_str)),
        union("StudioKind", KINDS),
        union("StudioCharged", ["no", "yes", "unknown"]),
        interface("Fields of `config.json` that an element has.", "StudioConfigFile", &config(), &json!({})),
        interface(
            "A request in the provider's names; what is left out is as the provider has it by default.",
            "StudioRequest",
            &request(),
            &json!({ "prompt": "" }),
        ),
        interface(
            "What went wrong, in the provider's words where it has any.",
            "StudioError",
            &task["error"],
            &json!({ "code": null, "message": "" }),
        ),
        interface(
            "A video as the studio knows it; what is not known is `null`. Times are in milliseconds.",
            "StudioTask",
            &task,
            &least,
        ),
    ]
    .concat()
}

#[test]
fn the_types_are_those_of_the_app() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/embed/vireo-studio.d.ts");
    let types = fs::read_to_string(&path).expect("the types");
    let (head, rest) = types.split_once("// <rust>\n").expect("the first mark");
    let (_, tail) = rest.split_once("// </rust>").expect("the second mark");
    let wanted = format!("{head}// <rust>\n{}// </rust>{tail}", written());
    if types != wanted {
        fs::write(path, wanted).expect("the types can be written");
        panic!("vireo-studio.d.ts had other types than the app; it has the same now");
    }
}
