//! A library as a file: its records as JSON, alone or in a zip archive with the videos. Bytes of videos stay where the
//! browser keeps them; only one piece at a time is in memory.

use crate::browser::journal::{from_js, to_js};
use js_sys::{Array, Date, JSON, Object, Reflect, Uint8Array};
use vireo_core::intent::{Intent, IntentId};
use vireo_core::library::carry::{self, FileError, MAX_RECORDS_BYTES};
use vireo_core::library::zip::{self, Crc32, Entry, Writer};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag};

/// The file of an archive that holds the records.
const RECORDS: &str = "records.json";

/// Bytes that are in memory at once.
const PIECE: f64 = 4_194_304.0;

/// Which file of an archive is the video of which intent.
pub type Named = (IntentId, String);

fn blob(parts: &Array, kind: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_blob_sequence_and_options(parts, &options).ok()
}

/// The records as a file. `unreadable` are stored records of no known form, which leave as they are.
pub fn records_file(records: &[Intent], unreadable: Vec<JsValue>, videos: &[Named]) -> Option<Blob> {
    let file = Object::new();
    let put = |name: &str, value: JsValue| Reflect::set(&file, &name.into(), &value).is_ok();
    let records: Array = records.iter().filter_map(|intent| to_js(&carry::portable(intent)).ok()).collect();
    put("vireo", carry::FILE_VERSION.into());
    put("exported", Date::new_0().to_iso_string().into());
    put("records", records.into());
    if !unreadable.is_empty() {
        put("unreadable", unreadable.into_iter().collect::<Array>().into());
    }
    if !videos.is_empty() {
        let rows: Array =
            videos.iter().map(|(id, name)| Array::of2(&id.as_str().into(), &name.as_str().into())).collect();
        put("videos", rows.into());
    }
    let text = JSON::stringify(&file).ok()?;
    blob(&Array::of1(&text), "application/json")
}

/// An archive being written, empty at first.
#[derive(Debug, Default)]
pub struct Packing {
    writer: Writer,
    parts: Array,
}

impl Packing {
    /// Adds a file. False where it does not fit or cannot be read.
    pub async fn add(&mut self, name: &str, bytes: &Blob) -> bool {
        let Some(sum) = sum_of(bytes).await else { return false };
        let Some(header) = self.writer.file(name, bytes.size() as u64, sum) else { return false };
        self.parts.push(&Uint8Array::from(header.as_slice()));
        self.parts.push(bytes);
        true
    }

    /// The archive, with the records.
    pub async fn finish(mut self, records: &Blob) -> Option<Blob> {
        if !self.add(RECORDS, records).await {
            return None;
        }
        self.parts.push(&Uint8Array::from(self.writer.finish().as_slice()));
        blob(&self.parts, "application/zip")
    }
}

async fn bytes_of(blob: &Blob, from: f64, to: f64) -> Option<Vec<u8>> {
    let slice = blob.slice_with_f64_and_f64(from, to).ok()?;
    let buffer = JsFuture::from(slice.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

async fn sum_of(blob: &Blob) -> Option<u32> {
    let mut sum = Crc32::default();
    let mut from = 0.0;
    while from < blob.size() {
        let to = (from + PIECE).min(blob.size());
        sum.take(&bytes_of(blob, from, to).await?);
        from = to;
    }
    Some(sum.sum())
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Unpacked {
    /// Its records, not yet checked.
    pub records: Vec<Intent>,
    /// How many more could not be read.
    pub unreadable: usize,
    videos: Vec<Named>,
    archive: Option<(Blob, Vec<Entry>)>,
}

impl Unpacked {
    /// The intents that the file has a video of.
    pub fn has_videos_of(&self) -> Vec<IntentId> {
        self.videos.iter().map(|(id, _)| id.clone()).collect()
    }

    /// The bytes of an intent's video, where the file has them undamaged.
    pub async fn video(&self, id: &IntentId) -> Option<Blob> {
        let (file, entries) = self.archive.as_ref()?;
        let name = &self.videos.iter().find(|(other, _)| other == id)?.1;
        let entry = entries.iter().find(|entry| entry.name == *name)?;
        stored(file, entry, "video/mp4").await
    }
}

/// Reads a file that a person chose.
pub async fn unpack(file: &Blob) -> Result<Unpacked, FileError> {
    let start = bytes_of(file, 0.0, 4.0).await.ok_or(FileError::NotALibrary)?;
    if start != b"PK\x03\x04" {
        return read_records(file).await;
    }
    let entries = entries_of(file).await.ok_or(FileError::NotALibrary)?;
    let entry = entries.iter().find(|entry| entry.name == RECORDS).ok_or(FileError::NotALibrary)?;
    let records = stored(file, entry, "").await.ok_or(FileError::NotALibrary)?;
    let unpacked = read_records(&records).await?;
    Ok(Unpacked { archive: Some((file.clone(), entries)), ..unpacked })
}

async fn entries_of(file: &Blob) -> Option<Vec<Entry>> {
    let tail_start = (file.size() - zip::TAIL_BYTES as f64).max(0.0);
    let tail = bytes_of(file, tail_start, file.size()).await?;
    let (begin, length) = zip::directory_of(&tail)?;
    if length > u64::from(MAX_RECORDS_BYTES) {
        return None;
    }
    zip::entries_of(&bytes_of(file, begin as f64, (begin + length) as f64).await?)
}

/// A file of an archive; `None` if it is damaged.
async fn stored(file: &Blob, entry: &Entry, kind: &str) -> Option<Blob> {
    let start = f64::from(entry.start);
    let header = bytes_of(file, start, start + zip::HEADER_BYTES as f64).await?;
    let begin = start + zip::header_length(&header)? as f64;
    let end = begin + f64::from(entry.size);
    let bytes = file.slice_with_f64_and_f64_and_content_type(begin, end, kind).ok()?;
    (sum_of(&bytes).await? == entry.crc).then_some(bytes)
}

async fn read_records(file: &Blob) -> Result<Unpacked, FileError> {
    if file.size() > f64::from(MAX_RECORDS_BYTES) {
        return Err(FileError::TooLarge);
    }
    let text = JsFuture::from(file.text()).await.map_err(|_| FileError::NotALibrary)?;
    let text = text.as_string().ok_or(FileError::NotALibrary)?;
    let value = JSON::parse(text.trim_start_matches('\u{feff}')).map_err(|_| FileError::NotALibrary)?;
    // Strings have members too, so that asking them fails without a throw.
    let member = |name: &str| Reflect::get(&value, &name.into()).unwrap_or_default();
    carry::check_version(member("vireo").as_f64())?;
    let list = |name: &str| member(name).dyn_into::<Array>().ok();
    let records = list("records").ok_or(FileError::NotALibrary)?;
    // What another version could not read may make sense to this one.
    let all = records.iter().chain(list("unreadable").unwrap_or_default().iter()).collect::<Vec<_>>();
    let count = all.len();
    let records: Vec<Intent> = all.into_iter().filter_map(from_js).collect();
    let named = |row: JsValue| {
        let row: Array = row.dyn_into().ok()?;
        Some((IntentId::parse(&row.get(0).as_string()?)?, row.get(1).as_string()?))
    };
    let videos = list("videos").unwrap_or_default().iter().filter_map(named).collect();
    Ok(Unpacked { unreadable: count - records.len(), records, videos, archive: None })
}
