//! The form as a program: a request as `curl`, JavaScript or Python, and as a link that fills the form in. The key is
//! never part of it; the programs read it from the environment.

use crate::models::Choice;
use std::fmt::Write;
use veo_api::json::{self, Value};
use veo_api::{Body, Generate};

/// Name of the environment variable that holds the key.
const KEY: &str = "KIE_API_KEY";

/// A command for a POSIX shell.
pub fn curl(generate: &Generate, base: &str) -> String {
    let (address, body) = request(generate, base);
    let lines = [
        ["curl -X POST ", &shell(&address)].concat(),
        ["  -H \"Authorization: Bearer $", KEY, "\""].concat(),
        "  -H 'Content-Type: application/json'".to_owned(),
        ["  -d ", &shell(&literal(&body, &JSON, 0))].concat(),
    ];
    lines.join(" \\\n")
}

/// A module for Node.js, Deno or Bun.
pub fn javascript(generate: &Generate, base: &str) -> String {
    let (address, body) = request(generate, base);
    let lines = [
        ["const response = await fetch(", &json::to_text(&address), ", {"].concat(),
        "  method: \"POST\",".to_owned(),
        "  headers: {".to_owned(),
        ["    Authorization: `Bearer ${process.env.", KEY, "}`,"].concat(),
        "    \"Content-Type\": \"application/json\",".to_owned(),
        "  },".to_owned(),
        ["  body: JSON.stringify(", &literal(&body, &JSON, 1), "),"].concat(),
        "});".to_owned(),
        "console.log(await response.json());".to_owned(),
    ];
    lines.join("\n")
}

/// A program for Python 3 that needs nothing but its standard library.
pub fn python(generate: &Generate, base: &str) -> String {
    let (address, body) = request(generate, base);
    let lines = [
        "import json, os, urllib.request".to_owned(),
        String::new(),
        "request = urllib.request.Request(".to_owned(),
        ["    ", &json::to_text(&address), ","].concat(),
        ["    data=json.dumps(", &literal(&body, &PYTHON, 2), ").encode(),"].concat(),
        "    headers={".to_owned(),
        ["        \"Authorization\": \"Bearer \" + os.environ[\"", KEY, "\"],"].concat(),
        "        \"Content-Type\": \"application/json\",".to_owned(),
        "    },".to_owned(),
        ")".to_owned(),
        "with urllib.request.urlopen(request) as response:".to_owned(),
        "    print(json.load(response))".to_owned(),
    ];
    lines.join("\n")
}

/// A link to `page` that fills its form in and sends nothing. What is as usual is left out; images, watermark and
/// callback are not part of a link.
pub fn link(generate: &Generate, page: &str) -> String {
    let usual = Choice::from(&Generate::default());
    let choice = Choice::from(generate);
    let seconds = choice.duration_s.to_string();
    let seed = generate.seed.map(|seed| seed.to_string());
    let parts = [
        ("prompt", Some(generate.prompt.as_str()).filter(|prompt| !prompt.is_empty())),
        ("model", (choice.model != usual.model).then_some(choice.model.as_str())),
        ("aspect", (choice.aspect_ratio != usual.aspect_ratio).then_some(choice.aspect_ratio.as_str())),
        ("resolution", (choice.resolution != usual.resolution).then_some(choice.resolution.as_str())),
        ("duration", (choice.duration_s != usual.duration_s).then_some(seconds.as_str())),
        ("seed", seed.as_deref()),
    ];
    let mut link = page.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut mark = '?';
    for (name, value) in parts {
        if let Some(value) = value {
            link.push(mark);
            link.push_str(name);
            link.push('=');
            percent_encode(&mut link, value);
            mark = '&';
        }
    }
    link
}

fn request(generate: &Generate, base: &str) -> (String, Value) {
    let request = generate.request();
    let body = match &request.body {
        Body::Json(text) => json::parse(text).unwrap_or(Value::Null),
        _ => Value::Null,
    };
    ([base.trim_end_matches('/'), "/", &request.path].concat(), body)
}

/// A word of a POSIX shell: nothing is special between single quotes but their end.
fn shell(text: &str) -> String {
    ["'", &text.replace('\'', "'\\''"), "'"].concat()
}

/// How a language spells what JSON spells `true`, `false` and `null`.
struct Spelling {
    yes: &'static str,
    no: &'static str,
    nothing: &'static str,
}

const JSON: Spelling = Spelling { yes: "true", no: "false", nothing: "null" };
const PYTHON: Spelling = Spelling { yes: "True", no: "False", nothing: "None" };

/// A value over several lines. A string of JSON is one of JavaScript and of Python too.
fn literal(value: &Value, spelling: &Spelling, depth: usize) -> String {
    let indent = |depth: usize| "  ".repeat(depth);
    let block = |open: &str, rows: Vec<String>, close: &str| match rows.is_empty() {
        true => [open, close].concat(),
        false => {
            let gap = [",\n", &indent(depth + 1)].concat();
            [open, "\n", &indent(depth + 1), &rows.join(&gap), "\n", &indent(depth), close].concat()
        }
    };
    match value {
        Value::Null => spelling.nothing.to_owned(),
        Value::Bool(true) => spelling.yes.to_owned(),
        Value::Bool(false) => spelling.no.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => json::to_text(text),
        Value::List(items) => {
            block("[", items.iter().map(|item| literal(item, spelling, depth + 1)).collect(), "]")
        }
        Value::Map(members) => {
            let row = |(name, value): &(String, Value)| {
                [&json::to_text(name), ": ", &literal(value, spelling, depth + 1)].concat()
            };
            block("{", members.iter().map(row).collect(), "}")
        }
    }
}

fn percent_encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02X}").unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;
    use veo_api::{AspectRatio, Mode, Model, Resolution};

    const BASE: &str = "https://api.example/";

    fn full() -> Generate {
        Generate {
            prompt: "It's a \"paper boat\",\nin $RAIN \\ `here` 纸船 🚤".into(),
            mode: Mode::Frames,
            image_urls: vec!["https://a.example/1.png".into(), "https://a.example/2.png".into()],
            model: Model::Quality,
            aspect_ratio: AspectRatio::Portrait,
            resolution: Resolution::P1080,
            duration_s: 6,
            seed: Some(12_345),
            watermark: Some("ours".into()),
            translate: false,
            callback_url: None,
        }
    }

    #[test]
    fn a_command() {
        insta::assert_snapshot!(curl(&full(), BASE));
    }

    #[test]
    fn a_module() {
        insta::assert_snapshot!(javascript(&full(), BASE));
    }

    #[test]
    fn a_python_program() {
        insta::assert_snapshot!(python(&full(), BASE));
    }

    #[test]
    fn a_link() {
        let wanted = "https://vireo.example/?prompt=It%27s%20a%20%22paper%20boat%22%2C%0Ain%20%24RAIN%20%5C%20%60here%60%20\
                      %E7%BA%B8%E8%88%B9%20%F0%9F%9A%A4&model=veo3&aspect=9%3A16&resolution=1080p&duration=6&seed=12345";
        assert_eq!(link(&full(), "https://vireo.example/?old=1#x"), wanted);
        assert_eq!(link(&Generate::default(), "https://vireo.example/"), "https://vireo.example/");
    }

    /// What a shell makes of the command's last word; `None` where there is no shell.
    fn told_by_shell(word: &str) -> Option<String> {
        let output = Command::new("sh").args(["-c", &format!("printf %s {word}")]).output().ok()?;
        String::from_utf8(output.stdout).ok()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_prompt_leaves_its_quotes(prompt in "[ -~\\n]{0,80}") {
            if cfg!(unix) {
                prop_assert_eq!(told_by_shell(&shell(&prompt)), Some(prompt.clone()));
            }
            // Whatever is written, the literal reads back as the body that would be sent.
            let generate = Generate { prompt, ..full() };
            let (_, body) = request(&generate, BASE);
            prop_assert_eq!(json::parse(&literal(&body, &JSON, 0)), Some(body));
        }

        #[test]
        fn a_link_holds_only_what_addresses_may(prompt in "\\PC{0,60}") {
            let link = link(&Generate { prompt, ..full() }, "https://vireo.example/");
            prop_assert!(link.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>`#".contains(&b)), "{}", link);
        }
    }
}
