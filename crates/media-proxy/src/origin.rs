//! Reading from the host a result lies on.

use crate::config::Config;
use crate::error::{Error, SetupError};
use crate::facts::{Facts, text};
use crate::gate::{Admitted, Gate};
use crate::range::{ByteRange, ContentRange};
use crate::resolver::Resolver;
use crate::stream::Chunks;
use axum::http::{StatusCode, header};
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Client, Response, redirect};
use std::ops::Range;
use std::sync::Arc;

/// Most redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// Opens addresses that the gate lets through.
#[derive(Debug)]
pub(crate) struct Origin {
    gate: Gate,
    public: Client,
    trusted: Client,
}

/// What an origin answered.
pub(crate) enum Reply {
    /// The file or a part of it.
    Found(Found),
    /// The part that was asked for lies behind the end of a file of so many bytes.
    BehindEnd(u64),
}

/// A file, or a part of it.
pub(crate) struct Found {
    pub facts: Facts,
    /// The place of the first byte that comes.
    pub start: u64,
    pub chunks: Chunks,
    /// Whether a break in the middle would be noticed.
    pub is_delimited: bool,
}

impl Origin {
    pub(crate) fn new(config: &Config) -> Result<Origin, SetupError> {
        // An error means that the process has chosen a provider already, which serves as well.
        _ = rustls::crypto::ring::default_provider().install_default();
        let gate = Gate::new(config)?;
        Ok(Origin { gate, public: client(config, true)?, trusted: client(config, false)? })
    }

    /// Asks for a file or a part of it. An origin that knows no parts answers with the whole.
    pub(crate) async fn open(&self, url: &str, wanted: Option<ByteRange>) -> Result<Reply, Error> {
        let response = self.follow(url, wanted).await?;
        let Some(wanted) = wanted else {
            return whole(response).map(Reply::Found);
        };
        let place = text(response.headers(), &header::CONTENT_RANGE).and_then(ContentRange::parse);
        match (response.status(), place) {
            (StatusCode::PARTIAL_CONTENT, Some(ContentRange { bytes: Some(bytes), len }))
                if wanted.within(len).as_ref() == Some(&bytes) =>
            {
                part(response, &bytes, len).map(Reply::Found)
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(ContentRange { len, .. }))
                if wanted.within(len).is_none() =>
            {
                Ok(Reply::BehindEnd(len))
            }
            // It knows parts, but not these: the whole is cut here.
            (StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE, _) => {
                whole(self.follow(url, None).await?).map(Reply::Found)
            }
            _ => whole(response).map(Reply::Found),
        }
    }

    /// Asks for the whole file.
    pub(crate) async fn open_whole(&self, url: &str) -> Result<Found, Error> {
        whole(self.follow(url, None).await?)
    }

    /// Sends a request, and follows redirects with the same checks as at the start.
    async fn follow(&self, url: &str, wanted: Option<ByteRange>) -> Result<Response, Error> {
        let mut next = self.gate.admit(url)?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&next, wanted).await?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let location = text(response.headers(), &header::LOCATION).ok_or(Error::Redirects)?;
            next = self.gate.redirect(&next.url, location)?;
        }
        Err(Error::Redirects)
    }

    /// Always `GET`: a signed address holds for one method.
    async fn send(&self, target: &Admitted, wanted: Option<ByteRange>) -> Result<Response, Error> {
        let client = if target.is_trusted { &self.trusted } else { &self.public };
        let mut request = client.get(target.url.clone()).header(header::ACCEPT_ENCODING, "identity");
        if let Some(wanted) = wanted {
            request = request.header(header::RANGE, wanted.header());
        }
        request.send().await.map_err(|error| {
            let failure = Error::from_request(&error);
            tracing::debug!(host = target.url.host_str(), error = %error.without_url(), "no answer");
            failure
        })
    }
}

/// A client that does nothing on its own: no redirects, no proxy, and its own resolver.
fn client(config: &Config, public_only: bool) -> Result<Client, SetupError> {
    let resolver = Resolver { lookup: config.lookup.clone(), public_only };
    let client = Client::builder()
        .dns_resolver(Arc::new(resolver))
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(config.connect_timeout)
        .read_timeout(config.idle_timeout)
        .build()?;
    Ok(client)
}

fn whole(response: Response) -> Result<Found, Error> {
    match response.status() {
        StatusCode::OK => {
            let len = response.content_length();
            found(response, 0, len)
        }
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => Err(Error::Expired),
        status => Err(Error::Status(status.as_u16())),
    }
}

fn part(response: Response, bytes: &Range<u64>, len: u64) -> Result<Found, Error> {
    found(response, bytes.start, Some(len))
}

fn found(response: Response, start: u64, len: Option<u64>) -> Result<Found, Error> {
    let headers = response.headers();
    if text(headers, &header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Error::WrongType);
    }
    let facts = Facts::from_headers(headers, len);
    let is_delimited = len.is_some() || headers.contains_key(header::TRANSFER_ENCODING);
    let chunks = response.bytes_stream().map_err(|error| Error::from_body(&error)).boxed();
    Ok(Found { facts, start, chunks, is_delimited })
}
