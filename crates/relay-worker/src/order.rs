//! The three paid requests: read from a client's body, checked, and written anew for the provider. Only fields that the
//! API documents are kept, in its present spelling; what the client left out stays left out.

use crate::digest::sha256;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use veo_api::{Body, Host, Method, Model, Request, TaskId};

/// Longest texts, in bytes: far beyond what a person writes.
const MAX_PROMPT: usize = 32 * 1024;
const MAX_WORD: usize = 2048;
const MAX_IMAGES: usize = 8;

/// Which of the paid routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Generate,
    Extend,
    Upgrade4k,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Shape {
    Prompt,
    Task,
    Word,
    Whole,
    Truth,
    Addresses,
    Address,
}

const GENERATE: [(&str, Shape); 13] = [
    ("prompt", Shape::Prompt),
    ("imageUrls", Shape::Addresses),
    ("model", Shape::Word),
    ("generationType", Shape::Word),
    ("aspectRatio", Shape::Word),
    ("aspect_ratio", Shape::Word),
    ("resolution", Shape::Word),
    ("duration", Shape::Whole),
    ("seeds", Shape::Whole),
    ("enableTranslation", Shape::Truth),
    ("enableFallback", Shape::Truth),
    ("watermark", Shape::Word),
    ("callBackUrl", Shape::Address),
];
const EXTEND: [(&str, Shape); 6] = [
    ("taskId", Shape::Task),
    ("prompt", Shape::Prompt),
    ("model", Shape::Word),
    ("seeds", Shape::Whole),
    ("watermark", Shape::Word),
    ("callBackUrl", Shape::Address),
];
const UPGRADE_4K: [(&str, Shape); 3] =
    [("taskId", Shape::Task), ("index", Shape::Whole), ("callBackUrl", Shape::Address)];

impl Kind {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Kind::Generate => "api/v1/veo/generate",
            Kind::Extend => "api/v1/veo/extend",
            Kind::Upgrade4k => "api/v1/veo/get-4k-video",
        }
    }

    fn fields(self) -> &'static [(&'static str, Shape)] {
        match self {
            Kind::Generate => &GENERATE,
            Kind::Extend => &EXTEND,
            Kind::Upgrade4k => &UPGRADE_4K,
        }
    }

    fn required(self) -> &'static [&'static str] {
        match self {
            Kind::Generate => &["prompt"],
            Kind::Extend => &["taskId", "prompt"],
            Kind::Upgrade4k => &["taskId"],
        }
    }
}

/// A paid request with its fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) kind: Kind,
    /// Sorted by name, so that equal wishes are equal text.
    fields: Map<String, Value>,
}

impl Order {
    /// Reads a client's body; the error is a sentence for whoever wrote the client.
    pub(crate) fn read(kind: Kind, body: &[u8]) -> Result<Order, String> {
        let Ok(Value::Object(sent)) = serde_json::from_slice(body) else {
            return Err("The request body is not a JSON object.".to_owned());
        };
        let mut fields = Map::new();
        for (name, shape) in kind.fields() {
            if let Some(value) = sent.get(*name).filter(|value| !value.is_null()) {
                let checked = check(*shape, value).ok_or_else(|| format!("{name} is not as expected"))?;
                // The older spelling of the same field; some clients send both, and the newer one counts.
                let name = if *name == "aspectRatio" { "aspect_ratio" } else { name };
                fields.insert(name.to_owned(), checked);
            }
        }
        match kind.required().iter().find(|name| !fields.contains_key(**name)) {
            Some(missing) => Err(format!("{missing} cannot be empty")),
            None => Ok(Order { kind, fields }),
        }
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str().filter(|word| !word.is_empty())
    }

    /// Which model is to work; that of an upgrade is not known here.
    pub(crate) fn model(&self) -> Model {
        match self.word("model") {
            Some("quality") => Model::Quality,
            Some("fast") => Model::Fast,
            Some("lite") => Model::Lite,
            Some(word) => Model::from(word),
            None => Model::default(),
        }
    }

    /// The task it goes on from.
    pub(crate) fn original(&self) -> Option<TaskId> {
        TaskId::parse(self.word("taskId")?)
    }

    /// What tells this request from another one: the same in whatever spelling and order it was sent.
    pub(crate) fn fingerprint(&self) -> String {
        sha256(&[self.kind.path(), "\n", &Value::Object(self.fields.clone()).to_string()].concat())
    }

    /// The request to the provider, which is to report the end to `callback` if the client named no address.
    pub(crate) fn request(&self, callback: Option<&str>) -> Request {
        let mut fields = self.fields.clone();
        if let (None, Some(callback)) = (self.word("callBackUrl"), callback) {
            fields.insert("callBackUrl".to_owned(), callback.into());
        }
        Request {
            method: Method::Post,
            host: Host::Api,
            path: self.kind.path().to_owned(),
            body: Body::Json(Value::Object(fields).to_string()),
            paid: true,
        }
    }
}

fn check(shape: Shape, value: &Value) -> Option<Value> {
    let is_word = |text: &str| text.len() <= MAX_WORD && !text.contains(char::is_control);
    let is_fine = match shape {
        Shape::Prompt => value
            .as_str()
            .is_some_and(|text| !text.trim().is_empty() && text.len() <= MAX_PROMPT && !text.contains('\0')),
        Shape::Task => value.as_str().is_some_and(|text| TaskId::parse(text).is_some()),
        Shape::Word => value.as_str().is_some_and(is_word),
        // Also one that was sent as text.
        Shape::Whole => {
            let whole = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
            return u32::try_from(whole).ok().map(Value::from);
        }
        Shape::Truth => value.is_boolean(),
        Shape::Addresses => value.as_array().is_some_and(|all| {
            all.len() <= MAX_IMAGES && all.iter().all(|one| one.as_str().is_some_and(is_web))
        }),
        Shape::Address => value.as_str().is_some_and(|text| text.is_empty() || is_web(text)),
    };
    is_fine.then(|| value.clone())
}

fn is_web(url: &str) -> bool {
    let is_http = url.starts_with("http://") || url.starts_with("https://");
    is_http && url.len() <= MAX_WORD && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rebuilt(kind: Kind, body: &Value) -> Value {
        Value::Object(Order::read(kind, body.to_string().as_bytes()).unwrap().fields)
    }

    #[test]
    fn documented_fields_are_kept_and_no_others() {
        let sent = json!({ "prompt": "a boat", "model": "veo3_fast", "aspect_ratio": "9:16", "duration": 8 });
        let mut more = sent.clone();
        more["apiKey"] = json!("x");
        assert_eq!(rebuilt(Kind::Generate, &more), sent);
    }

    #[test]
    fn both_spellings_are_one_and_the_newer_counts() {
        let print = |text: &str| Order::read(Kind::Generate, text.as_bytes()).unwrap().fingerprint();
        let old = print(r#"{"prompt":"a","aspectRatio":"9:16"}"#);
        assert_eq!(old, print(r#"{ "aspect_ratio": "9:16", "x": 1, "prompt": "a" }"#));
        assert_eq!(old, print(r#"{ "aspect_ratio": "9:16", "aspectRatio": "16:9", "prompt": "a" }"#));
        assert_ne!(old, print(r#"{"prompt":"a"}"#));
    }

    #[test]
    fn nonsense_is_refused() {
        for (kind, body) in [
            (Kind::Generate, ""),
            (Kind::Generate, "[]"),
            (Kind::Generate, r#"{"prompt":1}"#),
            (Kind::Generate, r#"{"prompt":" "}"#),
            (Kind::Generate, r#"{"prompt":"a","duration":"long"}"#),
            (Kind::Generate, r#"{"prompt":"a","imageUrls":["file:///etc/passwd"]}"#),
            (Kind::Extend, r#"{"prompt":"a"}"#),
            (Kind::Extend, r#"{"prompt":"a","taskId":"../x"}"#),
            (Kind::Upgrade4k, r#"{"taskId":"a","index":-1}"#),
        ] {
            assert!(Order::read(kind, body.as_bytes()).is_err(), "{body}");
        }
    }
}
