//! What can go wrong, and what a browser is told about it.

use crate::resolver::NotPublic;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::io;

/// Why a file cannot be handed out. The texts name neither addresses nor hosts: they reach a browser.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address, or one it leads to, is not one that may be opened.
    #[error("the file's address is not one this server opens")]
    Forbidden,
    /// The origin does not have the file any more, or does not honour the link any more.
    #[error("the file's link has expired")]
    Expired,
    /// The origin could not be reached, or what it said was no HTTP.
    #[error("the file's host could not be reached")]
    Unreachable,
    /// The origin was silent for too long.
    #[error("the file's host did not answer in time")]
    Idle,
    /// The origin answered with a status that is no file.
    #[error("the file's host answered with status {0}")]
    Status(u16),
    /// The origin sent from one address to the next too often, or to none.
    #[error("the file's host redirects without end")]
    Redirects,
    /// What came is neither video nor picture.
    #[error("the file is neither a video nor a picture")]
    WrongType,
    /// The file is longer than may be.
    #[error("the file is too long")]
    TooLong,
    /// The answer broke off.
    #[error("the file broke off")]
    Truncated,
    /// Too many files are being read.
    #[error("too many files are being read, try again soon")]
    Busy,
    /// A file on this server could not be read or written.
    #[error("this server's disk failed")]
    Storage(#[source] io::Error),
}

impl Error {
    /// The status a browser gets.
    pub fn status(&self) -> StatusCode {
        match self {
            Error::Expired => StatusCode::GONE,
            Error::Idle => StatusCode::GATEWAY_TIMEOUT,
            Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Error::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Error::Forbidden
            | Error::Unreachable
            | Error::Status(_)
            | Error::Redirects
            | Error::WrongType
            | Error::TooLong
            | Error::Truncated => StatusCode::BAD_GATEWAY,
        }
    }

    pub(crate) fn from_request(error: &reqwest::Error) -> Error {
        if is_caused_by_address(error) {
            Error::Forbidden
        } else if error.is_timeout() && !error.is_connect() {
            Error::Idle
        } else {
            Error::Unreachable
        }
    }

    pub(crate) fn from_body(error: &reqwest::Error) -> Error {
        if error.is_timeout() { Error::Idle } else { Error::Truncated }
    }
}

fn is_caused_by_address(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

impl IntoResponse for Error {
    /// The provider's envelope, so that a client reads it as it reads every other refusal.
    fn into_response(self) -> Response {
        let status = self.status();
        let body = json!({ "code": status.as_u16(), "msg": self.to_string(), "data": null });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if matches!(self, Error::Busy) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

/// Why a proxy cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// An entry of `allow_media_origins` is no origin.
    #[error("`{0}` is not an origin such as http://127.0.0.1:9102")]
    Origin(String),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[from] reqwest::Error),
    /// The archive's directory could not be made or read.
    #[error("the archive's directory cannot be used")]
    Archive(#[source] io::Error),
}
