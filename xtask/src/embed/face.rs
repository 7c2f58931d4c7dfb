//! The element's face as one table: what the manifest, the types and the documentation say comes from here or is checked
//! against it.

use serde_json::{Value, json};

/// A name and what it means.
type Row = (&'static str, &'static str);

/// Attributes, with their types.
pub const ATTRIBUTES: [(&str, &str, &str); 10] = [
    ("relay", "string", "Address of the relay; the studio speaks to it and to nothing else."),
    ("model", "'veo3' | 'veo3_fast' | 'veo3_lite'", "Model the form begins with."),
    ("aspect-ratio", "'16:9' | '9:16' | 'Auto'", "Aspect ratio the form begins with."),
    ("prompt", "string", "Prompt the form begins with; nothing is sent by it."),
    ("lang", "string", "Language; the browser's own otherwise. English and Simplified Chinese are there."),
    ("theme", "'auto' | 'light' | 'dark'", "Colour theme; `auto` follows the system."),
    (
        "loading",
        "'lazy' | 'eager' | 'manual'",
        "When the app is fetched: near the viewport, at once, or at the first method call.",
    ),
    (
        "layout",
        "'full' | 'compact' | 'player'",
        "Form and gallery; a small form above a scrolling gallery; one video and no form.",
    ),
    (
        "storage",
        "'persistent' | 'session' | 'none'",
        "How long records live: on this device, in this tab, or not at all.",
    ),
    ("namespace", "string", "Name of a record list of its own on this site."),
];

/// Properties.
pub const PROPERTIES: [(&str, &str, &str); 4] = [
    ("config", "StudioConfig", "What the attributes say and more; wins over them."),
    (
        "getToken",
        "() => Promise<string>",
        "Issues a short-lived access token for the relay; asked again when one has run out.",
    ),
    ("tasks", "readonly StudioTask[]", "The videos, newest first."),
    ("ready", "Promise<void>", "Resolves when the studio stands."),
];

/// Methods.
pub const METHODS: [(&str, &str, &str); 4] = [
    (
        "generate",
        "(request: StudioRequest) => Promise<StudioTask>",
        "Makes a video; resolves once the provider has accepted it.",
    ),
    ("open", "(id: string) => Promise<boolean>", "Brings a video into view, by intent id or task id."),
    ("exportLibrary", "() => Promise<Blob>", "The records as JSON, without keys and tokens."),
    ("destroy", "() => void", "Takes the studio down; a reconnect brings it back."),
];

/// Events; all bubble and are composed.
pub const EVENTS: [Row; 8] = [
    ("vireo-ready", "The studio stands."),
    ("vireo-submit", "Something is about to be bought; `preventDefault()` stops it before anything is sent."),
    ("vireo-accepted", "The provider accepted the request: there is a task id."),
    ("vireo-progress", "A queued, sent or generating video was looked at."),
    ("vireo-succeeded", "A video is finished."),
    ("vireo-failed", "The provider refused a request or gave a task up."),
    ("vireo-unknown", "An answer was lost or a verdict never came; money may have been spent."),
    ("vireo-crash", "The studio could not be loaded or has stopped."),
];

/// Slots.
pub const SLOTS: [Row; 3] = [
    ("", "Shown until the studio stands, and after a crash."),
    (
        "header",
        "Stands in place of the name in the header, which the layouts `compact` and `player` do not have.",
    ),
    ("empty", "Stands in the gallery while there is no video."),
];

/// Parts.
pub const PARTS: [Row; 9] = [
    ("root", "Everything."),
    ("form", "The form."),
    ("prompt", "The prompt's text box."),
    ("submit", "The button that generates."),
    ("gallery", "The area of the videos."),
    ("card", "One video with its words and buttons."),
    ("video", "The player in a card."),
    ("toolbar", "The header."),
    ("dialog", "A dialog."),
];

/// CSS custom properties.
pub const CSS_PROPERTIES: [Row; 11] = [
    ("--vireo-accent", "Main button, focus, links."),
    ("--vireo-on-accent", "Text on the accent."),
    ("--vireo-bg", "Background."),
    ("--vireo-surface", "Background of cards, form and header."),
    ("--vireo-text", "Text."),
    ("--vireo-muted", "Less important text."),
    ("--vireo-border", "Lines."),
    ("--vireo-danger", "Errors."),
    ("--vireo-radius", "Roundness of corners."),
    ("--vireo-gap", "Space between cards."),
    ("--vireo-font", "Font family."),
];

/// States for `:state(…)`.
pub const STATES: [Row; 3] = [
    ("loading", "The app is being fetched."),
    ("generating", "A video is queued, being sent or generating."),
    ("crashed", "The studio could not be loaded or has stopped."),
];

/// The Custom Elements Manifest.
pub fn manifest(version: &str) -> String {
    let named =
        |rows: &[Row]| rows.iter().map(|(name, text)| json!({"name": name, "description": text})).collect();
    let typed = |(name, kind, text): &(&str, &str, &str)| json!({"name": name, "type": {"text": kind}, "description": text});
    let events = EVENTS
        .iter()
        .map(|(name, text)| json!({"name": name, "type": {"text": "CustomEvent"}, "description": text}));
    let mut members: Vec<Value> = PROPERTIES
        .iter()
        .map(|(name, kind, text)| {
            let readonly = matches!(*name, "tasks" | "ready");
            json!({"kind": "field", "name": name, "type": {"text": kind}, "readonly": readonly, "description": text})
        })
        .collect();
    members.push(json!({"kind": "field", "name": "version", "static": true, "readonly": true, "type": {"text": "string"}, "description": "The version of this build.", "default": format!("'{version}'")}));
    members.extend(METHODS.iter().map(|(name, kind, text)| {
        json!({"kind": "method", "name": name, "type": {"text": kind}, "description": text})
    }));
    let list = |value: Vec<Value>| Value::Array(value);
    let declaration = json!({
        "kind": "class",
        "name": "VireoStudioElement",
        "tagName": "vireo-studio",
        "customElement": true,
        "superclass": {"name": "HTMLElement"},
        "description": "A studio that turns prompts and images into videos through a Vireo relay.",
        "attributes": ATTRIBUTES.iter().map(typed).collect::<Vec<_>>(),
        "members": members,
        "events": events.collect::<Vec<_>>(),
        "slots": list(named(&SLOTS)),
        "cssParts": list(named(&PARTS)),
        "cssProperties": list(named(&CSS_PROPERTIES)),
        "cssStates": list(named(&STATES)),
    });
    let exported = |name: &str| json!({"kind": "js", "name": name, "declaration": {"name": name, "module": "vireo-studio.js"}});
    let manifest = json!({
        "schemaVersion": "1.0.0",
        "modules": [{
            "kind": "javascript-module",
            "path": "vireo-studio.js",
            "declarations": [declaration, {
                "kind": "function",
                "name": "defineVireoStudio",
                "description": "Defines the element under a tag name; a name that is taken stays with whoever took it.",
                "parameters": [{"name": "tag", "type": {"text": "string"}, "default": "'vireo-studio'"}],
            }],
            "exports": [
                exported("VireoStudioElement"),
                exported("defineVireoStudio"),
                {"kind": "custom-element-definition", "name": "vireo-studio", "declaration": {"name": "VireoStudioElement", "module": "vireo-studio.js"}},
            ],
        }],
    });
    format!("{manifest:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;
    use std::collections::BTreeSet;
    use std::fs;

    fn read(path: &str) -> String {
        fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// All texts between `before` and `after`.
    fn between(text: &str, before: &str, after: char) -> BTreeSet<String> {
        text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).map(str::to_owned).collect()
    }

    /// The name under which the types know a union of words; the union itself where it has none.
    fn types_named<'a>(types: &'a str, union: &'a str) -> &'a str {
        let named = types.lines().find(|line| line.ends_with(&format!(" = {union};")));
        named.and_then(|line| line.split(' ').nth(2)).unwrap_or(union)
    }

    fn sources() -> String {
        fn walk(folder: &std::path::Path, all: &mut String) {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                if entry.path().is_dir() {
                    walk(&entry.path(), all);
                } else {
                    all.push_str(&fs::read_to_string(entry.path()).unwrap());
                }
            }
        }
        let mut all = String::new();
        walk(&root().join("src"), &mut all);
        all
    }

    #[test]
    fn the_shim_observes_every_attribute_and_no_other() {
        let shim = read("www/embed/vireo-studio.js");
        let list = shim.split("static observedAttributes = [").nth(1).unwrap().split(']').next().unwrap();
        let names = list.split(',').map(|name| name.trim().trim_matches('\'').to_owned());
        let observed: BTreeSet<String> = names.filter(|name| !name.is_empty()).collect();
        assert_eq!(observed, ATTRIBUTES.iter().map(|row| row.0.to_owned()).collect());
    }

    #[test]
    fn every_part_is_in_the_views_and_no_other() {
        let mut parts = between(&sources(), ".attr(\"part\", \"", '"');
        parts.insert("root".into());
        assert!(read("www/embed/vireo-studio.js").contains(".part = 'root'"));
        assert_eq!(parts, PARTS.iter().map(|row| row.0.to_owned()).collect());
    }

    #[test]
    fn every_custom_property_is_in_the_style_sheet_and_no_other() {
        let used: BTreeSet<String> = between(&read("www/style.css"), "var(--vireo-", ',')
            .iter()
            .map(|name| format!("--vireo-{name}"))
            .collect();
        assert_eq!(used, CSS_PROPERTIES.iter().map(|row| row.0.to_owned()).collect());
    }

    #[test]
    fn events_and_slots_are_sent_and_drawn() {
        let all = sources() + &read("www/embed/vireo-studio.js");
        for (event, _) in EVENTS {
            assert!(all.contains(&format!("\"{event}\"")) || all.contains(&format!("'{event}'")), "{event}");
        }
        for (slot, _) in SLOTS.iter().filter(|slot| !slot.0.is_empty()) {
            assert!(all.contains(&format!("el(\"slot\").attr(\"name\", \"{slot}\")")), "{slot}");
        }
    }

    #[test]
    fn the_types_name_everything() {
        let types = read("www/embed/vireo-studio.d.ts");
        let names = ATTRIBUTES.iter().map(|row| row.0).chain(PROPERTIES.iter().map(|row| row.0));
        for name in names.chain(METHODS.iter().map(|row| row.0)).chain(EVENTS.iter().map(|row| row.0)) {
            assert!(types.contains(name), "{name}");
        }
        // Attributes have the types that the manifest tells; `StudioModel` and the like are written from Rust.
        for (name, kind, _) in ATTRIBUTES.iter().filter(|row| row.1 != "string") {
            let written = [*kind, types_named(&types, kind)].map(|kind| format!("?: {kind};"));
            let spelt = [name.to_string(), format!("'{name}'")].map(|name| format!("\n  {name}"));
            let line = |text: &str| {
                let interface =
                    types.split(text).nth(1).unwrap_or_default().split("\n}").next().unwrap_or_default();
                spelt
                    .iter()
                    .any(|name| written.iter().any(|kind| interface.contains(&format!("{name}{kind}"))))
            };
            assert!(line("interface StudioAttributes {"), "{name}: {kind}");
        }
    }
}
