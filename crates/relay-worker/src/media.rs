//! A video's bytes: from the archive, or from the address in the provider's own record. Never from a client's.

use crate::access::header;
use crate::answer::Answer;
use crate::archive;
use crate::config::Config;
use crate::message::{Place, Wanted, to_caller};
use crate::range::{self, Range};
use futures_util::{StreamExt, TryStreamExt, future};
use veo_api::Record;
use vireo_core::media_url::is_safe;
use vireo_relay_core::video::{Video, is_had};
use worker::{
    Env, Fetch, FixedLengthStream, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    ResponseBody, Result, Url,
};

/// Redirects that are followed, each checked like the first address.
const HOPS: usize = 3;
/// The largest video, in bytes.
const MAX_LEN: u64 = 4 << 30;
/// What an origin says of a link that has run out.
const GONE: [u16; 3] = [403, 404, 410];
/// What is fetched to know the whole.
const FIRST_BYTES: &str = "bytes=0-11";

/// An address, if it may be opened.
pub(crate) fn safe(config: &Config, url: &str) -> Option<String> {
    is_safe(url, &config.media_origins).then(|| url.to_owned())
}

/// Where a task's own video lies.
pub(crate) fn of_record(config: &Config, record: &Record, video: &Video) -> Option<String> {
    let is_own = record.resolution.as_deref().is_none_or(|own| own.eq_ignore_ascii_case(&video.rendition));
    let whole = if record.full_videos.is_empty() { &record.videos } else { &record.full_videos };
    if is_own { safe(config, whole.get(video.index)?) } else { None }
}

/// Serves a video, a part of it, or what is to be said about it.
pub(crate) async fn serve(
    config: &Config,
    env: &Env,
    caller: &str,
    video: &Video,
    request: &Request,
) -> Result<std::result::Result<Response, Answer>> {
    let is_head = request.method() == Method::Head;
    let asked = match is_head {
        // Of a signed address only `GET` may be allowed.
        true => Asked { range: Some(FIRST_BYTES.to_owned()), condition: None },
        false => Asked {
            range: header(request.headers(), "range"),
            condition: header(request.headers(), "if-range"),
        },
    };
    let (range, condition) = (asked.range.as_deref(), asked.condition.as_deref());
    let had = header(request.headers(), "if-none-match");
    let stored = archive::load(env, video, range, condition, had.as_deref(), is_head).await?;
    if let Some(stored) = stored {
        return Ok(Ok(dress(stored, video)?));
    }
    let wanted = async |is_refused| -> Result<Place> {
        let wanted = Wanted { video: video.clone(), is_refused };
        to_caller(env, caller, "wanted", &wanted).await?.json().await
    };
    let url = match wanted(false).await? {
        Ok(url) => url,
        Err(answer) => return Ok(Err(answer)),
    };
    let mut opened = open(config, url.clone(), &asked).await?;
    // The address may have been read a while ago.
    if opened.as_ref().is_some_and(|response| GONE.contains(&response.status_code()))
        && let Ok(other) = wanted(true).await?
        && other != url
    {
        opened = open(config, other, &asked).await?;
    }
    let Some(response) = opened else {
        return Ok(Err(Answer::refusal(502, "The video could not be fetched from the provider.")));
    };
    let kind = header(response.headers(), "content-type").unwrap_or_default();
    let is_media =
        ["video/", "image/", "application/octet-stream"].iter().any(|prefix| kind.starts_with(prefix));
    let len = match is_head {
        true => whole_len(&response),
        false => header(response.headers(), "content-length").and_then(|len| len.parse().ok()),
    };
    let tag = header(response.headers(), "etag");
    let is_had = had.zip(tag).is_some_and(|(had, tag)| is_had(&had, &tag));
    Ok(match response.status_code() {
        416 if !is_head => Ok(dress(response, video)?),
        200 | 206 if !is_media || len.is_some_and(|len| len > MAX_LEN) => {
            Err(Answer::refusal(502, "The provider's file is no video."))
        }
        200 | 206 if is_had => Ok(dress(unchanged(&response)?, video)?),
        200 | 206 if is_head => Ok(dress(told_only(&response, len)?, video)?),
        200 => Ok(dress(part(response, len, &asked)?, video)?),
        206 => Ok(dress(response, video)?),
        status if GONE.contains(&status) => {
            Err(Answer::refusal(404, "The provider does not have this video any more."))
        }
        _ => Err(Answer::refusal(502, "The video could not be fetched from the provider.")),
    })
}

/// The length of a file of which perhaps only the first bytes came.
fn whole_len(response: &Response) -> Option<u64> {
    match header(response.headers(), "content-range") {
        Some(range) => range.rsplit('/').next()?.parse().ok(),
        None => header(response.headers(), "content-length")?.parse().ok(),
    }
}

/// What is said about a whole file of this length.
fn told_only(response: &Response, len: Option<u64>) -> Result<Response> {
    let headers = Headers::from_iter(response.headers().entries());
    headers.delete("content-range")?;
    headers.delete("content-length")?;
    if let Some(len) = len {
        headers.set("content-length", &len.to_string())?;
    }
    Ok(Response::builder().with_headers(headers).empty())
}

/// The browser has this version.
fn unchanged(response: &Response) -> Result<Response> {
    let headers = Headers::from_iter(response.headers().entries());
    headers.delete("content-range")?;
    headers.delete("content-length")?;
    Ok(Response::builder().with_status(304).with_headers(headers).empty())
}

struct Asked {
    range: Option<String>,
    condition: Option<String>,
}

async fn open(config: &Config, mut url: String, asked: &Asked) -> Result<Option<Response>> {
    for _ in 0..=HOPS {
        let headers = Headers::new();
        headers.set("accept-encoding", "identity")?;
        for (name, value) in [("range", &asked.range), ("if-range", &asked.condition)] {
            if let Some(value) = value {
                headers.set(name, value)?;
            }
        }
        let mut init = RequestInit::new();
        init.with_headers(headers).with_redirect(RequestRedirect::Manual);
        let Ok(response) = Fetch::Request(Request::new_with_init(&url, &init)?).send().await else {
            return Ok(None);
        };
        if !(300..400).contains(&response.status_code()) {
            return Ok(Some(response));
        }
        let next = header(response.headers(), "location")
            .and_then(|place| Url::parse(&url).ok()?.join(&place).ok())
            .and_then(|next| safe(config, next.as_str()));
        match next {
            Some(next) => url = next,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// The wanted part, where the origin has sent the whole: Safari plays nothing without 206.
fn part(mut response: Response, len: Option<u64>, asked: &Asked) -> Result<Response> {
    let Some(len) = len.filter(|_| asked.condition.is_none()) else { return Ok(response) };
    let Range::Part(first, last) = range::read(asked.range.as_deref(), len) else { return Ok(response) };
    let mut at = 0;
    let bytes = response.stream()?.map_ok(move |chunk| {
        let begin = first.saturating_sub(at).min(chunk.len() as u64);
        let end = (last + 1).saturating_sub(at).min(chunk.len() as u64);
        at += chunk.len() as u64;
        chunk[begin as usize..end as usize].to_vec()
    });
    let bytes = bytes.try_filter(|chunk| future::ready(!chunk.is_empty())).boxed_local();
    let headers = response.headers().clone();
    headers.set("content-range", &format!("bytes {first}-{last}/{len}"))?;
    headers.delete("content-length")?;
    let stream = FixedLengthStream::wrap(bytes, last - first + 1);
    Ok(Response::from_stream(stream)?.with_status(206).with_headers(headers))
}

/// Headers of our own, and of the origin's only those that say something about the bytes.
fn dress(response: Response, video: &Video) -> Result<Response> {
    let headers = Headers::new();
    for name in ["content-type", "content-length", "content-range", "etag", "last-modified"] {
        if let Some(value) = header(response.headers(), name) {
            headers.set(name, &value)?;
        }
    }
    if !header(&headers, "content-type").is_some_and(|kind| kind.starts_with("image/")) {
        headers.set("content-type", "video/mp4")?;
    }
    let name = format!("vireo-{}-{}-{}.mp4", video.task, video.rendition, video.index);
    headers.set("content-disposition", &format!("inline; filename=\"{name}\""))?;
    headers.set("accept-ranges", "bytes")?;
    headers.set("cache-control", "private, max-age=3600")?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("content-security-policy", "sandbox; default-src 'none'")?;
    headers.set("cross-origin-resource-policy", "cross-origin")?;
    let status = response.status_code();
    let (_, body) = response.into_parts();
    let body = if status == 416 { ResponseBody::Empty } else { body };
    Ok(Response::builder().with_status(status).with_headers(headers).body(body))
}
