//! One question to the relay. Every answer of every test is searched for secrets.

use crate::{PROVIDER_KEY, stage};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, redirect};
use serde_json::Value;

/// A question to the relay, as the first caller unless said otherwise.
#[must_use]
pub struct Ask(RequestBuilder, Option<String>);

/// `POST` of a JSON body to the limited relay.
pub fn post_limited(path: &str, body: Value) -> Ask {
    ask_at(&stage().limited, Method::POST, path)
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// `POST` of a JSON body to the narrow relay.
pub fn post_narrow(path: &str, body: Value) -> Ask {
    ask_at(&stage().narrow, Method::POST, path)
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// `GET` from the limited relay.
pub fn get_limited(path: &str) -> Ask {
    ask_at(&stage().limited, Method::GET, path)
}

/// `GET`.
pub fn get(path: &str) -> Ask {
    ask(Method::GET, path)
}

/// `HEAD`.
pub fn head(path: &str) -> Ask {
    ask(Method::HEAD, path)
}

/// `POST` of a JSON body.
pub fn post(path: &str, body: Value) -> Ask {
    ask(Method::POST, path).header("content-type", "application/json").body(body.to_string())
}

/// `POST` of a form whose parts are separated by `boundary`.
pub fn post_form(path: &str, boundary: &str, form: String) -> Ask {
    let kind = format!("multipart/form-data; boundary={boundary}");
    ask(Method::POST, path).header("content-type", &kind).body(form)
}

/// `PUT` without a body.
pub fn put(path: &str) -> Ask {
    ask(Method::PUT, path)
}

/// `DELETE`.
pub fn delete(path: &str) -> Ask {
    ask(Method::DELETE, path)
}

/// `OPTIONS`, as nobody: browsers send no token with it.
pub fn options(path: &str) -> Ask {
    ask(Method::OPTIONS, path).anonymous()
}

fn ask(method: Method, path: &str) -> Ask {
    ask_at(&stage().relay, method, path)
}

fn ask_at(relay: &str, method: Method, path: &str) -> Ask {
    // Only loopback is asked, but a build of the whole workspace gives this client TLS, which wants a provider. It is
    // there already after the first time.
    rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
    let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build();
    let client = client.expect("a client without TLS has nothing that can fail");
    Ask(client.request(method, format!("{relay}{path}")), Some(stage().tokens[0].clone()))
}

impl Ask {
    /// As somebody else.
    pub fn by(self, token: &str) -> Ask {
        Ask(self.0, Some(token.to_owned()))
    }

    /// As the second caller.
    pub fn by_bob(self) -> Ask {
        self.by(&stage().tokens[1])
    }

    /// As nobody.
    pub fn anonymous(self) -> Ask {
        Ask(self.0, None)
    }

    /// With an `Idempotency-Key`.
    pub fn key(self, key: &str) -> Ask {
        self.header("idempotency-key", key)
    }

    /// With a header.
    pub fn header(self, name: &str, value: &str) -> Ask {
        Ask(self.0.header(name, value), self.1)
    }

    /// With this body instead.
    pub fn body(self, body: impl Into<reqwest::Body>) -> Ask {
        Ask(self.0.body(body), self.1)
    }

    /// Sends it; the body is left to be read.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn open(self) -> reqwest::Response {
        let request = match self.1 {
            Some(token) => self.0.header("authorization", format!("Bearer {token}")),
            None => self.0,
        };
        request.send().await.unwrap_or_else(|error| panic!("the relay gave no answer: {error:?}"))
    }

    /// Sends it and reads the whole answer.
    ///
    /// # Panics
    /// If no answer comes, or one with a secret in it.
    pub async fn send(self) -> Answer {
        let response = self.open().await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap_or_else(|error| panic!("the answer broke off: {error:?}"));
        let answer = Answer { status, headers, bytes: bytes.to_vec() };
        answer.check_for_secrets();
        answer
    }
}

/// A whole answer.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = self.text().chars().take(500).collect();
        write!(f, "{} {:?} {text}", self.status, self.headers)
    }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// A header's text, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn check_for_secrets(&self) {
        let whole = format!("{:?} {}", self.headers, self.text());
        assert!(!whole.contains(PROVIDER_KEY), "the provider's key is in an answer: {self:?}");
        for token in &stage().tokens {
            assert!(!whole.contains(token.as_str()), "an access token is in an answer: {self:?}");
        }
    }
}
