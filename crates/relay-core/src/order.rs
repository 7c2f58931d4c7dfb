//! The three paid requests: read from a client's body, checked, and written anew for the provider. Only fields that the
//! API documents are kept, in its present spelling; what the client left out stays left out. `enableFallback` is not
//! among them: it is deprecated, and buys another model's video.

use crate::body::{self, BodyError};
use crate::digest::sha256_hex;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use veo_api::{Body, Host, Method, Model, Request, Resolution, TaskId};
use vireo_core::price;

/// Longest texts, in bytes: far beyond what a person writes.
const MAX_PROMPT: usize = 32 * 1024;
const MAX_WORD: usize = 2048;
const MAX_IMAGES: usize = 8;

/// Why a body is not acceptable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// It is no JSON object of the route's types.
    #[error(transparent)]
    Json(#[from] BodyError),
    /// One of its fields is not as it must be.
    #[error("{0}")]
    Field(&'static str),
}

/// Which of the paid routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A new video.
    Generate,
    /// A video made longer.
    Extend,
    /// The 4K version of a video.
    Upgrade4k,
}

impl Kind {
    /// The path below the API's address.
    pub fn path(self) -> &'static str {
        match self {
            Kind::Generate => "api/v1/veo/generate",
            Kind::Extend => "api/v1/veo/extend",
            Kind::Upgrade4k => "api/v1/veo/get-4k-video",
        }
    }
}

/// A paid request with its fields.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Order {
    /// A new video.
    Generate(Generate),
    /// A video made longer.
    Extend(Extend),
    /// The 4K version of a video.
    Upgrade4k(Upgrade4k),
}

/// The fields of a new video.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Generate {
    prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_urls: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation_type: Option<String>,
    #[serde(rename = "aspect_ratio", skip_serializing_if = "Option::is_none")]
    ratio: Option<String>,
    /// The older spelling of the same field; some clients send both.
    #[serde(rename = "aspectRatio", skip_serializing)]
    older_ratio: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<String>,
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    duration: Option<u32>,
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    seeds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_translation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watermark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_back_url: Option<String>,
}

/// The fields of a longer video.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extend {
    task_id: TaskId,
    prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    seeds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watermark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_back_url: Option<String>,
}

/// The fields of a 4K version.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade4k {
    task_id: TaskId,
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_back_url: Option<String>,
}

/// A whole number, also one that was sent as text or with a fraction of nothing.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let wrong = || D::Error::custom("expected a whole number");
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| wrong()),
        // Some languages know one kind of number only and write `8.0`.
        Some(value) => {
            let number = value.as_f64().filter(|number| number.fract() == 0.0).ok_or_else(wrong)?;
            let fits = (0.0..=f64::from(u32::MAX)).contains(&number);
            fits.then_some(Some(number as u32)).ok_or_else(wrong)
        }
    }
}

impl Order {
    /// Reads a client's body.
    ///
    /// # Errors
    /// It is not acceptable; why, in words for whoever wrote the client.
    pub fn read(kind: Kind, body: &[u8]) -> Result<Order, OrderError> {
        let order = match kind {
            Kind::Generate => body::read(body).map(Order::Generate),
            Kind::Extend => body::read(body).map(Order::Extend),
            Kind::Upgrade4k => body::read(body).map(Order::Upgrade4k),
        };
        let mut order = order?;
        if let Order::Generate(generate) = &mut order {
            generate.ratio = match (generate.ratio.take(), generate.older_ratio.take()) {
                (Some(ratio), Some(older)) if ratio != older => {
                    return Err(OrderError::Field("aspect_ratio and aspectRatio differ; send one of them"));
                }
                (ratio, older) => ratio.or(older),
            };
        }
        order.check()?;
        Ok(order)
    }

    fn check(&self) -> Result<(), OrderError> {
        let refuse = |words| Err(OrderError::Field(words));
        let (prompt, images, words) = match self {
            Order::Generate(generate) => (
                Some(&generate.prompt),
                generate.image_urls.as_deref().unwrap_or_default(),
                vec![
                    &generate.model,
                    &generate.generation_type,
                    &generate.ratio,
                    &generate.resolution,
                    &generate.watermark,
                    &generate.call_back_url,
                ],
            ),
            Order::Extend(extend) => {
                (Some(&extend.prompt), &[][..], vec![&extend.model, &extend.watermark, &extend.call_back_url])
            }
            Order::Upgrade4k(upgrade) => (None, &[][..], vec![&upgrade.call_back_url]),
        };
        if prompt.is_some_and(|prompt| prompt.trim().is_empty()) {
            return refuse("prompt cannot be empty");
        }
        if prompt.is_some_and(|prompt| prompt.len() > MAX_PROMPT || prompt.contains('\0')) {
            return refuse("prompt is too long, or not text");
        }
        if images.len() > MAX_IMAGES || !images.iter().all(|url| is_web(url)) {
            return refuse("imageUrls must be a few http or https addresses");
        }
        if words.into_iter().flatten().any(|word| word.len() > MAX_WORD || word.contains(char::is_control)) {
            return refuse("a field is too long, or not text");
        }
        if self.callback().is_some_and(|url| !is_web(url)) {
            return refuse("callBackUrl must be an http or https address");
        }
        Ok(())
    }

    /// Of which route it is.
    pub fn kind(&self) -> Kind {
        match self {
            Order::Generate(_) => Kind::Generate,
            Order::Extend(_) => Kind::Extend,
            Order::Upgrade4k(_) => Kind::Upgrade4k,
        }
    }

    /// Which model is to work; that of an upgrade is not known here.
    pub fn model(&self) -> Model {
        let word = match self {
            Order::Generate(generate) => generate.model.as_deref(),
            Order::Extend(extend) => extend.model.as_deref(),
            Order::Upgrade4k(_) => None,
        };
        match word {
            Some("quality") => Model::Quality,
            Some("fast") => Model::Fast,
            Some("lite") => Model::Lite,
            Some(word) if !word.is_empty() => Model::from(word),
            _ => Model::default(),
        }
    }

    /// The task it goes on from.
    pub fn original(&self) -> Option<&TaskId> {
        match self {
            Order::Generate(_) => None,
            Order::Extend(extend) => Some(&extend.task_id),
            Order::Upgrade4k(upgrade) => Some(&upgrade.task_id),
        }
    }

    /// Which of the task's videos is to be upgraded.
    pub fn index(&self) -> u32 {
        match self {
            Order::Generate(_) | Order::Extend(_) => 0,
            Order::Upgrade4k(upgrade) => upgrade.index.unwrap_or_default(),
        }
    }

    /// What it will probably cost, in credits; what has no known price counts as the dearest.
    pub fn credits(&self) -> f64 {
        const DEAREST: f64 = 370.0;
        match self {
            Order::Generate(generate) => {
                let resolution = generate.resolution.as_deref().map_or(Resolution::P720, Resolution::from);
                price::estimate(&self.model(), &resolution).unwrap_or(DEAREST)
            }
            Order::Extend(_) => price::estimate(&self.model(), &Resolution::P720).unwrap_or(DEAREST),
            Order::Upgrade4k(_) => price::UPGRADE_4K,
        }
    }

    fn callback(&self) -> Option<&str> {
        let url = match self {
            Order::Generate(generate) => &generate.call_back_url,
            Order::Extend(extend) => &extend.call_back_url,
            Order::Upgrade4k(upgrade) => &upgrade.call_back_url,
        };
        url.as_deref().filter(|url| !url.is_empty())
    }

    /// What tells this request from another one: the same in whatever spelling and order it was sent.
    pub fn fingerprint(&self) -> String {
        sha256_hex([self.kind().path(), "\n", &self.body()].concat().as_bytes())
    }

    /// The request to the provider, which is to report the end to `callback` if the client named no address.
    pub fn request(&self, callback: Option<&str>) -> Request {
        let mut order = self.clone();
        if order.callback().is_none() {
            let url = match &mut order {
                Order::Generate(generate) => &mut generate.call_back_url,
                Order::Extend(extend) => &mut extend.call_back_url,
                Order::Upgrade4k(upgrade) => &mut upgrade.call_back_url,
            };
            *url = callback.map(str::to_owned);
        }
        Request {
            method: Method::Post,
            host: Host::Api,
            path: self.kind().path().to_owned(),
            body: Body::Json(order.body()),
            paid: true,
        }
    }

    fn body(&self) -> String {
        match self {
            Order::Generate(generate) => veo_api::json::to_text(generate),
            Order::Extend(extend) => veo_api::json::to_text(extend),
            Order::Upgrade4k(upgrade) => veo_api::json::to_text(upgrade),
        }
    }
}

fn is_web(url: &str) -> bool {
    let is_http = url.starts_with("http://") || url.starts_with("https://");
    is_http && url.len() <= MAX_WORD && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    fn rebuilt(kind: Kind, body: Value) -> Value {
        let order = Order::read(kind, body.to_string().as_bytes()).unwrap();
        serde_json::from_str(&order.body()).unwrap()
    }

    #[test]
    fn documented_fields_are_kept_and_no_others() {
        let sent = json!({
            "prompt": "a boat", "model": "veo3_fast", "generationType": "TEXT_2_VIDEO", "aspect_ratio": "9:16",
            "resolution": "1080p", "duration": 8, "seeds": 12345, "enableTranslation": false, "watermark": "w",
            "callBackUrl": "https://a.example/cb", "imageUrls": ["https://a.example/1.png"],
        });
        let mut more = sent.clone();
        more["__proto__"] = json!({ "admin": true });
        more["apiKey"] = json!("x");
        more["enableFallback"] = json!(true);
        assert_eq!(rebuilt(Kind::Generate, more), sent);
    }

    #[test]
    fn nothing_is_added_and_both_spellings_of_the_ratio_are_one() {
        let body = json!({ "prompt": "a boat", "aspectRatio": "9:16", "model": null });
        assert_eq!(rebuilt(Kind::Generate, body), json!({ "prompt": "a boat", "aspect_ratio": "9:16" }));
        let both =
            json!({ "prompt": "a boat", "aspectRatio": "9:16", "aspect_ratio": "9:16", "seeds": "10000" });
        assert_eq!(
            rebuilt(Kind::Generate, both),
            json!({ "prompt": "a boat", "aspect_ratio": "9:16", "seeds": 10000 })
        );
    }

    #[test]
    fn the_fingerprint_is_that_of_the_meaning() {
        let print = |kind, text: &str| Order::read(kind, text.as_bytes()).unwrap().fingerprint();
        let a = print(Kind::Generate, r#"{"prompt":"a","aspectRatio":"9:16"}"#);
        assert_eq!(a, print(Kind::Generate, r#"{ "aspect_ratio": "9:16", "prompt": "a", "x": 1 }"#));
        assert_ne!(a, print(Kind::Generate, r#"{"prompt":"a","aspectRatio":"16:9"}"#));
    }

    #[rstest]
    #[case(Kind::Generate, "")]
    #[case(Kind::Generate, "[]")]
    #[case(Kind::Generate, r#"["a",null,null,null,null,null,null,null,null,null,null,null]"#)]
    #[case(Kind::Generate, r#"{"prompt":"a","aspect_ratio":"9:16","aspectRatio":"16:9"}"#)]
    #[case(Kind::Generate, r#"{"prompt":"a","duration":8.5}"#)]
    #[case(Kind::Generate, r#"{"prompt":"a","duration":-8.0}"#)]
    #[case(Kind::Generate, r#"{"prompt":"a","duration":1e300}"#)]
    #[case(Kind::Extend, r#"["a","b",null,null,null,null]"#)]
    #[case(Kind::Upgrade4k, r#"["a",0,null]"#)]
    #[case(Kind::Generate, r#"{"prompt":1}"#)]
    #[case(Kind::Generate, r#"{"prompt":" "}"#)]
    #[case(Kind::Generate, r#"{"prompt":"a","prompt":"b"}"#)]
    #[case(Kind::Generate, r#"{"prompt":"a","duration":"long"}"#)]
    #[case(Kind::Generate, r#"{"prompt":"a","imageUrls":["file:///etc/passwd"]}"#)]
    #[case(Kind::Generate, r#"{"prompt":"a","callBackUrl":"javascript:1"}"#)]
    #[case(Kind::Extend, r#"{"prompt":"a"}"#)]
    #[case(Kind::Extend, r#"{"prompt":"a","taskId":"../x"}"#)]
    #[case(Kind::Upgrade4k, r#"{"taskId":"a","index":-1}"#)]
    fn nonsense_is_refused(#[case] kind: Kind, #[case] body: &str) {
        assert!(Order::read(kind, body.as_bytes()).is_err(), "{body}");
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        for duration in ["8", "8.0", "\"8\"", "8e0"] {
            let body = format!(r#"{{"prompt":"a","duration":{duration}}}"#);
            let order = Order::read(Kind::Generate, body.as_bytes()).unwrap();
            assert_eq!(order.body(), r#"{"prompt":"a","duration":8}"#);
        }
        let error = Order::read(Kind::Generate, br#"{"prompt":"a","duration":"long"}"#).unwrap_err();
        assert_eq!(error.to_string(), "duration: expected a whole number. Nothing was sent.");
    }

    #[test]
    fn the_client_s_own_callback_wins() {
        let body = |callback: &str| {
            let text = json!({ "taskId": "a", "callBackUrl": callback }).to_string();
            let order = Order::read(Kind::Upgrade4k, text.as_bytes()).unwrap();
            let Body::Json(body) = order.request(Some("https://ours.example/cb")).body else {
                unreachable!()
            };
            serde_json::from_str::<Value>(&body).unwrap()["callBackUrl"].clone()
        };
        assert_eq!(body("https://own.example/cb"), "https://own.example/cb");
        assert_eq!(body(""), "https://ours.example/cb");
    }

    proptest! {
        #[test]
        fn no_body_panics_and_what_is_read_is_read_again(body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            r#"\{"prompt":"[a-z"\\]{0,9}","(duration|seeds|model|aspectRatio)":("?[0-9]{0,12}"?|null|\[\])\}"#
                .prop_map(String::into_bytes),
        ]) {
            for kind in [Kind::Generate, Kind::Extend, Kind::Upgrade4k] {
                if let Ok(order) = Order::read(kind, &body) {
                    let again = Order::read(kind, order.body().as_bytes()).unwrap();
                    prop_assert_eq!(again.fingerprint(), order.fingerprint());
                }
            }
        }
    }
}
