//! Bodies that a browser cannot send twice.
//!
//! A browser repeats a request by itself when a kept connection dies before the answer, a paid POST too (measured in
//! Chromium, on HTTP/1.1 and HTTP/2). It cannot where the body is a stream, which needs HTTP/2 and a browser that knows
//! `duplex`.

use crate::browser::net::Net;
use js_sys::Reflect;
use veo_api::json::{self, Value};
use wasm_bindgen::JsValue;
use web_sys::{Blob, Request, RequestInit};

/// A free request whose answer tells whether the server takes bodies without a length. The address exists nowhere.
const NOWHERE: &str = "https://tempfile.aiquickdraw.com/v/0.mp4";

/// Whether this browser can send a stream at all. HTTP/2 needs `https:`.
pub fn is_possible(base: &str) -> bool {
    let prototype = Reflect::get(&js_sys::global(), &"Request".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()));
    base.starts_with("https:")
        && prototype.is_ok_and(|prototype| Reflect::has(&prototype, &"duplex".into()).unwrap_or(false))
}

/// Whether the server at the other end takes streams, tried with a request that costs nothing.
pub async fn is_taken(net: &Net) -> bool {
    let request = veo_api::download_url(NOWHERE);
    let Ok(reply) = net.send_streamed(&request).await else { return false };
    json::parse(&reply.body).is_some_and(|body| body.get("code").and_then(Value::as_i64).is_some())
}

/// The same request with `text` as its body, as a stream.
pub fn streamed(request: &Request, text: &str) -> Result<Request, JsValue> {
    let stream = Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into()))?.stream();
    let init = RequestInit::new();
    init.set_body_opt_readable_stream(Some(&stream));
    Reflect::set(&init, &"duplex".into(), &"half".into())?;
    Request::new_with_request_and_init(request, &init)
}
