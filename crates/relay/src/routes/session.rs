//! A cookie instead of a token, for browsers.

use super::{SharedState, read_body};
use crate::access::Access;
use crate::answer::Answer;
use crate::clock::now_ms;
use crate::guesses::Peer;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vireo_relay_core::body;

const MAX_BODY: usize = 4096;

/// `POST`: the token comes as bearer, or as `{"token": …}`.
pub(super) async fn open(
    State(shared): SharedState,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Answer> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Shown {
        token: String,
    }
    shared.access.check_origin(&headers)?;
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = match bearer.and_then(|bearer| bearer.split_once(' ')) {
        Some((_, token)) => token.to_owned(),
        None => {
            let bytes = read_body(body, MAX_BODY).await?;
            let shown = if bytes.is_empty() { Shown::default() } else { body::read(&bytes)? };
            shown.token
        }
    };
    let (access, now_s) = (&shared.access, now_ms() / 1000);
    let peer = peer.map(|Extension(peer)| peer).filter(|_| !token.is_empty());
    let cookies = access.at(peer, &headers, now_s, || access.open_session(&headers, &token, now_s));
    Ok(with_cookies(&cookies?))
}

/// `DELETE`: this browser forgets the cookie. Sessions are signatures, of which there is no list; see
/// [`Access::close_session`].
pub(super) async fn close(State(shared): SharedState, headers: HeaderMap) -> Result<Response, Answer> {
    shared.access.check_origin(&headers)?;
    Ok(with_cookies(&Access::close_session()))
}

fn with_cookies(cookies: &[String]) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
