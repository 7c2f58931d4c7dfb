//! Carrying the library from one browser to another.

use super::studio::Studio;
use crate::browser::archive::{self, Packing};
use crate::browser::{clock, media};
use veo_api::TaskId;
use vireo_client::{AddTaskError, JournalError};
use vireo_core::intent::{Intent, State};
use vireo_core::library::carry::{FileError, admit};
use vireo_core::names;
use web_sys::Blob;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Records added.
    pub added: usize,
    /// Records that were here already.
    pub known: usize,
    /// Records left out because they had not been sent.
    pub unsent: usize,
    /// Records that could not be read or make no sense.
    pub refused: usize,
    /// Videos saved on this device.
    pub videos: usize,
}

/// Why nothing was imported.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportError {
    /// The file was not read.
    File(FileError),
    /// Nothing could be stored.
    Journal(JournalError),
}

impl Studio {
    /// The records as a file.
    pub async fn library_file(self) -> Option<Blob> {
        let engine = self.engine();
        let unreadable = engine.journal().unreadable().await.unwrap_or_default();
        archive::records_file(&engine.intents(), unreadable, &[])
    }

    /// Records and the videos saved on this device as one archive, newest videos first as long as they fit. Also how
    /// many videos were left out. `tell` hears how many videos are packed.
    pub async fn library_archive(self, tell: impl Fn(usize)) -> Option<(Blob, usize)> {
        let engine = self.engine();
        let records = engine.intents();
        let (mut packing, mut videos, mut left_out) = (Packing::default(), Vec::new(), 0);
        let mut names = Vec::new();
        for intent in records.iter().rev().filter(|intent| intent.state == State::Succeeded) {
            let Some(kept) = media::kept(engine.journal(), &intent.id).await else { continue };
            let name = unused_name(&mut names, &file_name(&records, intent));
            if packing.add(&name, &kept.video).await {
                videos.push((intent.id.clone(), name));
                tell(videos.len());
            } else {
                left_out += 1;
            }
        }
        let unreadable = engine.journal().unreadable().await.unwrap_or_default();
        let file = archive::records_file(&records, unreadable, &videos)?;
        Some((packing.finish(&file).await?, left_out))
    }

    /// Takes in what a file holds and is not here yet.
    pub async fn import(self, file: Blob) -> Result<Imported, ImportError> {
        let engine = self.engine();
        let mut unpacked = archive::unpack(&file).await.map_err(ImportError::File)?;
        let records = std::mem::take(&mut unpacked.records);
        let origins = self.net().media_origins();
        let admitted = admit(records, &engine.intents(), &origins, clock::now_ms());
        let mut imported = Imported {
            added: admitted.records.len(),
            known: admitted.known,
            unsent: admitted.unsent,
            refused: admitted.refused + unpacked.unreadable,
            videos: 0,
        };
        engine.restore(admitted.records).await.map_err(ImportError::Journal)?;
        for id in unpacked.has_videos_of() {
            // What is saved here stays as it is.
            if engine.intent(&id).is_none() || media::kept(engine.journal(), &id).await.is_some() {
                continue;
            }
            if let Some(video) = unpacked.video(&id).await
                && media::store(engine.journal(), &id, video, 0).await.is_ok()
            {
                imported.videos += 1;
            }
        }
        Ok(imported)
    }

    /// Takes in a task that was ordered elsewhere.
    pub async fn add_task(self, task: &TaskId) -> Result<(), AddTaskError> {
        self.engine().add_task(task, clock::random_bytes()).await.map(drop)
    }
}

/// The name of the file of a video or of a rendition bought for it.
fn file_name(records: &[Intent], intent: &Intent) -> String {
    let parent = intent.parent.as_ref().filter(|_| intent.is_upgrade());
    let video = parent.and_then(|parent| records.iter().find(|other| other.id == *parent)).unwrap_or(intent);
    names::video_name(&clock::iso_date(video.created_ms), video, Some(&intent.order))
}

/// The name in the folder of videos; with a number where several have it.
fn unused_name(used: &mut Vec<String>, name: &str) -> String {
    let stem = name.trim_end_matches(".mp4");
    let numbered = |number: usize| match number {
        1 => ["videos/", stem, ".mp4"].concat(),
        _ => ["videos/", stem, "_", &number.to_string(), ".mp4"].concat(),
    };
    let name = (1..).map(numbered).find(|name| !used.contains(name)).unwrap_or_default();
    used.push(name.clone());
    name
}
