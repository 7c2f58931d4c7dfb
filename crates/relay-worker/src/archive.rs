//! The bucket in which videos outlive the provider's links, where one is bound.

use crate::range::{self, Range};
use vireo_relay_core::video::{Video, is_had};
use worker::{
    Bucket, Env, Fetch, Headers, Request, RequestInit, RequestRedirect, Response, ResponseBody, Result,
};

const BUCKET: &str = "ARCHIVE";

fn bucket(env: &Env) -> Option<Bucket> {
    env.bucket(BUCKET).ok()
}

fn name(video: &Video) -> String {
    format!("{}/{}/{}.mp4", video.task, video.rendition, video.index)
}

/// Copies a video, whose address was checked. Without a bucket nothing happens.
pub(crate) async fn store(env: &Env, video: &Video, url: &str) -> Result<()> {
    let Some(bucket) = bucket(env) else { return Ok(()) };
    let mut init = RequestInit::new();
    init.with_redirect(RequestRedirect::Manual);
    let response = Fetch::Request(Request::new_with_init(url, &init)?).send().await?;
    let kind = response.headers().get("content-type")?.unwrap_or_default();
    match response.body() {
        ResponseBody::Stream(stream) if response.status_code() == 200 && kind.starts_with("video/") => {
            bucket.put(&name(video), stream.clone()).execute().await?;
            Ok(())
        }
        _ => Err(worker::Error::RustError(format!("{} {kind}", response.status_code()))),
    }
}

/// A stored video, the wanted part of it, or only what is known about it; `None` if it is not there.
pub(crate) async fn load(
    env: &Env,
    video: &Video,
    wanted: Option<&str>,
    condition: Option<&str>,
    had: Option<&str>,
    is_head: bool,
) -> Result<Option<Response>> {
    let Some(bucket) = bucket(env) else { return Ok(None) };
    let name = name(video);
    let Some(object) = bucket.head(&name).await? else { return Ok(None) };
    let (len, tag) = (object.size(), object.http_etag());
    let wanted = wanted.filter(|_| condition.is_none_or(|condition| condition == tag));
    let headers = Headers::new();
    headers.set("etag", &tag)?;
    headers.set("content-type", "video/mp4")?;
    if had.is_some_and(|had| is_had(had, &tag)) {
        return Ok(Some(Response::builder().with_status(304).with_headers(headers).empty()));
    }
    if is_head {
        headers.set("content-length", &len.to_string())?;
        return Ok(Some(Response::builder().with_headers(headers).empty()));
    }
    let (status, range) = match range::read(wanted, len) {
        Range::Whole => (200, None),
        Range::Part(first, last) => {
            headers.set("content-range", &format!("bytes {first}-{last}/{len}"))?;
            (206, Some(worker::Range::OffsetWithLength { offset: first, length: last - first + 1 }))
        }
        Range::Unsatisfiable => {
            headers.set("content-range", &format!("bytes */{len}"))?;
            return Ok(Some(Response::builder().with_status(416).with_headers(headers).empty()));
        }
    };
    let get = match range {
        Some(range) => bucket.get(&name).range(range),
        None => bucket.get(&name),
    };
    let Some(object) = get.execute().await? else { return Ok(None) };
    let Some(body) = object.body() else { return Ok(None) };
    Ok(Some(Response::builder().with_status(status).with_headers(headers).body(body.response_body()?)))
}
