//! Balance, download links and uploads.

use crate::ApiError;
use crate::json::Value;
use crate::reply::{Envelope, Reply};
use crate::shape::{self, member};

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its public address, alive for 3 days (one page says 24 hours).
    pub url: String,
}

/// Reads the balance in credits, which has fractions (wire) and can be negative.
pub fn read_credit(reply: &Reply) -> Result<f64, ApiError> {
    let envelope = Envelope::open_success(reply)?;
    envelope.data.as_f64().ok_or_else(|| envelope.error())
}

/// Reads a signed link, valid for 20 minutes.
pub fn read_download_url(reply: &Reply) -> Result<String, ApiError> {
    let envelope = Envelope::open_success(reply)?;
    first_url(Some(&envelope.data)).ok_or_else(|| envelope.error())
}

/// Reads the answer of the upload host. `downloadUrl` is what it sends (wire), `fileUrl` what the quickstart reads.
pub fn read_upload(reply: &Reply) -> Result<Upload, ApiError> {
    let envelope = Envelope::open_success(reply)?;
    let url = first_url(member(&envelope.data, &["downloadUrl", "fileUrl"]));
    url.map(|url| Upload { url }).ok_or_else(|| envelope.error())
}

fn first_url(value: Option<&Value>) -> Option<String> {
    shape::urls(value?).into_iter().next()
}
