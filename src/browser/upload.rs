//! Uploads with progress, which `fetch` cannot report.

use crate::browser::net::Net;
use futures_channel::oneshot;
use std::cell::RefCell;
use std::rc::Rc;
use veo_api::{Body, Reply, Request};
use vireo_client::SendError;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Blob, FormData, ProgressEvent, XmlHttpRequest};

/// An upload that gets no answer for this long after its last byte has failed.
const TIMEOUT_MS: u32 = 120_000;

const STOPPED: &str = "the upload was cut off";

/// Aborts the upload when dropped before it ended.
struct Running(XmlHttpRequest);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort().ok();
    }
}

/// Sends a form with one file; `progress` hears the share that has left, from 0 to 1. `stop` ends it as if the
/// connection had been cut.
pub async fn send(
    net: &Net,
    request: &Request,
    file: &Blob,
    progress: impl Fn(f64) + 'static,
    stop: Option<&AbortSignal>,
) -> Result<Reply, SendError> {
    let Body::Form { fields, file_name } = &request.body else {
        return Err(SendError::Network("not a form".into()));
    };
    let authorization = net.authorization().await?;
    let fault = |error: JsValue| SendError::Network(crate::browser::net::words(&error));
    let form = FormData::new().map_err(fault)?;
    for (name, value) in fields {
        form.append_with_str(name, value).map_err(fault)?;
    }
    form.append_with_blob_and_filename("file", file, file_name).map_err(fault)?;

    let xhr = XmlHttpRequest::new().map_err(fault)?;
    xhr.open_with_async("POST", &net.url(request.host, &request.path), true).map_err(fault)?;
    xhr.set_timeout(TIMEOUT_MS);
    if let Some(authorization) = authorization {
        xhr.set_request_header("Authorization", &authorization).map_err(fault)?;
    }

    let (sender, ended) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let on_end = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        if let Some(sender) = sender.borrow_mut().take() {
            sender.send(event.type_()).ok();
        }
    });
    for name in ["load", "error", "timeout", "abort"] {
        xhr.add_event_listener_with_callback(name, on_end.as_ref().unchecked_ref()).map_err(fault)?;
    }
    let on_progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > 0.0 {
            progress(event.loaded() / event.total());
        }
    });
    xhr.upload().map_err(fault)?.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));

    let stopping = xhr.clone();
    let on_stop = Closure::<dyn FnMut()>::new(move || stopping.abort().unwrap_or_default());
    if let Some(stop) = stop {
        if stop.aborted() {
            return Err(SendError::Network(STOPPED.into()));
        }
        stop.set_onabort(Some(on_stop.as_ref().unchecked_ref()));
    }

    xhr.send_with_opt_form_data(Some(&form)).map_err(fault)?;
    let running = Running(xhr);
    let answer = match ended.await.as_deref() {
        Ok("load") => Ok(Reply {
            status: running.0.status().unwrap_or(0),
            content_type: running.0.get_response_header("content-type").ok().flatten(),
            retry_after_s: None,
            body: running.0.response_text().ok().flatten().unwrap_or_default(),
        }),
        Ok("timeout") => Err(SendError::Timeout),
        _ => Err(SendError::Network(STOPPED.into())),
    };
    if let Some(stop) = stop {
        stop.set_onabort(None);
    }
    answer
}
