//! Files a person picked, dropped or pasted.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileList, HtmlInputElement, Url};

/// The files of a drop or a paste.
pub fn of_transfer(transfer: Option<DataTransfer>) -> Vec<File> {
    transfer.and_then(|transfer| transfer.files()).map(of_list).unwrap_or_default()
}

/// The files of a file input, which is emptied so that the same file can be picked again.
pub fn take_from_input(input: &HtmlInputElement) -> Vec<File> {
    let files = input.files().map(of_list).unwrap_or_default();
    input.set_value("");
    files
}

fn of_list(list: FileList) -> Vec<File> {
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}

/// The first bytes of a file, enough to tell its type.
pub async fn head(file: &web_sys::Blob) -> Option<Vec<u8>> {
    let slice = file.slice_with_i32_and_i32(0, 32).ok()?;
    let buffer = JsFuture::from(slice.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// An address under which this page can show the bytes. Frees them when dropped.
#[derive(Debug, PartialEq, Eq)]
pub struct BlobUrl(String);

impl BlobUrl {
    /// Makes an address for the bytes.
    pub fn new(blob: &web_sys::Blob) -> Option<Self> {
        Url::create_object_url_with_blob(blob).ok().map(BlobUrl)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for BlobUrl {
    fn drop(&mut self) {
        Url::revoke_object_url(&self.0).ok();
    }
}

/// The input an event came from.
pub fn input_of(event: &web_sys::Event) -> Option<HtmlInputElement> {
    event.target()?.dyn_into().ok()
}
