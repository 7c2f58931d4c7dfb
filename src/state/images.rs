//! Images of the form on their way to the provider: made ready, uploaded, used again, renewed when they have run out.

use super::draft::{Image, ImageFault, Progress};
use super::studio::Studio;
use crate::browser::files::BlobUrl;
use crate::browser::{clock, media, picture, upload};
use crate::lazy;
use crate::state::Job;
use leptos::prelude::*;
use std::rc::Rc;
use veo_api::Mode;
use vireo_core::check::ImageKind;
use vireo_core::intent::{Cause, Intent, Order};
use vireo_core::models::Field;
use vireo_core::names;
use vireo_core::uploads::{Life, Upload};
use web_sys::{AbortController, AbortSignal, Blob, File};

/// Folder on the provider's upload host.
pub(super) const UPLOAD_PATH: &str = "veo";

lazy! { work => fn take_files(studio: Studio, files: Vec<File>) -> () {
    studio.take_files(files);
} }

impl Studio {
    /// Takes picked, dropped or pasted files: the mode becomes one that uses images if it has to, and says so.
    pub fn add_images(self, files: Vec<File>) {
        if !files.is_empty() {
            self.spawn(async move {
                if take_files(self, files).await.is_err() {
                    self.missing.set(true);
                }
            });
        }
    }

    fn take_files(self, files: Vec<File>) {
        let draft = self.draft;
        if draft.choice.with_untracked(|choice| choice.mode == Mode::Text) {
            draft.choose(Field::Images, |choice| choice.mode = Mode::Frames);
        }
        for file in files {
            let preview = BlobUrl::new(&file).map(Rc::new);
            let image =
                Image { name: file.name(), preview, progress: Progress::Preparing, ..Image::default() };
            let key = draft.add_image(image);
            self.spawn(async move {
                match picture::prepare(&file).await {
                    Ok(ready) => {
                        let bytes = (ready.bytes.clone(), ready.kind);
                        draft.with_image(key, |image| {
                            image.bytes = Some(bytes);
                            (image.size, image.thumb) = (ready.size, ready.thumb.clone());
                            (image.converted, image.scaled) = (ready.converted, ready.scaled);
                            image.progress = Progress::Waiting;
                        });
                        self.upload_image(key);
                    }
                    Err(problem) => {
                        let fault = ImageFault::Unusable(problem);
                        draft.with_image(key, |image| image.progress = Progress::Failed(fault));
                    }
                }
            });
        }
    }

    /// Uploads the images that waited for a connection.
    pub(super) fn go_on_with_images(self) {
        let waiting: Vec<u32> = self.draft.images.with_untracked(|images| {
            let waits = |image: &&Image| image.progress == Progress::Waiting;
            images.iter().filter(waits).map(|image| image.key).collect()
        });
        waiting.into_iter().for_each(|key| self.upload_image(key));
    }

    /// Uploads an image, also once more. It waits where there is no connection.
    pub fn upload_image(self, key: u32) {
        let draft = self.draft;
        if !self.ready.get_untracked() {
            return draft.with_image(key, |image| image.progress = Progress::Waiting);
        }
        let Ok(stop) = AbortController::new() else { return };
        let mut found = None;
        draft.with_image(key, |image| {
            image.progress = Progress::Uploading(0.0);
            image.stop = Some(stop.clone());
            found = Some(image.clone());
        });
        let Some(image) = found else { return };
        self.spawn(async move {
            let sent = match self.bytes_of(&image).await {
                Some((bytes, kind)) => {
                    let tell = move |share| {
                        draft.with_image(key, |image| image.progress = Progress::Uploading(share));
                    };
                    let sent = self.send_image(&bytes, kind, tell, Some(&stop.signal())).await;
                    if let Ok(address) = &sent {
                        self.remember(&image, address, &bytes).await;
                    }
                    sent
                }
                // It may be there yet, and nobody can do better.
                None if self.life(&image.address) != Some(Life::Over) => Ok(image.address.clone()),
                None => Err(ImageFault::RanOut),
            };
            if stop.signal().aborted() {
                return;
            }
            draft.with_image(key, |image| {
                image.stop = None;
                image.progress = match sent {
                    Ok(address) => {
                        image.address = address;
                        Progress::Ready
                    }
                    Err(fault) => Progress::Failed(fault),
                };
            });
        });
    }

    /// Stops an upload. The image stays, and can go up again.
    pub fn stop_upload(self, key: u32) {
        self.draft.with_image(key, |image| {
            if let Some(stop) = image.stop.take() {
                stop.abort();
            }
            image.progress = Progress::Stopped;
        });
    }

    /// Sends those images of the form up again that the provider may have deleted.
    pub fn renew_images(self) {
        let stale = |image: &Image| image.progress == Progress::Ready && self.is_stale(&image.address);
        if self.draft.images.with_untracked(|images| images.iter().any(stale)) {
            self.draft.images.update(|images| {
                let stale = images.iter_mut().filter(|image| stale(image));
                stale.for_each(|image| image.progress = Progress::Waiting);
            });
            self.ask(Job::Upload);
        }
    }

    /// The same addresses, but new ones for uploads that the provider may have deleted, where their bytes are here.
    pub(super) async fn renewed(self, addresses: Vec<String>) -> Vec<String> {
        let mut fresh = Vec::new();
        for address in addresses {
            let image = Image { address: address.clone(), ..Image::default() };
            let sent = match self.bytes_of(&image).await.filter(|_| self.is_stale(&address)) {
                Some((bytes, kind)) => match self.send_image(&bytes, kind, |_| (), None).await {
                    Ok(new) => {
                        self.remember(&image, &new, &bytes).await;
                        Some(new)
                    }
                    Err(_) => None,
                },
                None => None,
            };
            fresh.push(sent.unwrap_or(address));
        }
        fresh
    }

    /// True for an upload that the provider may have deleted.
    pub(super) fn is_stale(self, address: &str) -> bool {
        matches!(self.life(address), Some(Life::Doubtful { .. } | Life::Over))
    }

    /// How long an upload lives yet; `None` for an address that is none of ours.
    fn life(self, address: &str) -> Option<Life> {
        self.draft.uploads.with_untracked(|uploads| Some(uploads.find(address)?.life(clock::now_ms())))
    }

    async fn bytes_of(self, image: &Image) -> Option<(Blob, ImageKind)> {
        if image.bytes.is_some() {
            return image.bytes.clone();
        }
        let kind = ImageKind::of_address(&image.address);
        Some((media::image(self.engine().journal(), &image.address, kind).await?, kind))
    }

    async fn send_image(
        self,
        bytes: &Blob,
        kind: ImageKind,
        progress: impl Fn(f64) + 'static,
        stop: Option<&AbortSignal>,
    ) -> Result<String, ImageFault> {
        // The provider overwrites equal names.
        let name = names::upload_name(&clock::random_name(), kind);
        let request = veo_api::upload_stream(UPLOAD_PATH, &name);
        let reply = upload::send(&self.net(), &request, bytes, progress, stop).await;
        let reply = reply.map_err(|_| ImageFault::Cut)?;
        match veo_api::read_upload(&reply) {
            Ok(uploaded) => Ok(uploaded.url),
            Err(error) => Err(ImageFault::Refused(error.message().to_owned())),
        }
    }

    /// Writes down where an image is now, and keeps its bytes.
    async fn remember(self, image: &Image, address: &str, bytes: &Blob) {
        let now = clock::now_ms();
        let mut over = Vec::new();
        self.draft.change_uploads(|uploads| match uploads.find(&image.address) {
            Some(_) => {
                uploads.renew(&image.address, address, now);
                over.push(image.address.clone());
            }
            None => {
                let (name, thumb) = (image.name.clone(), image.thumb.clone());
                let address = address.to_owned();
                let fresh = Upload { address, name, uploaded_ms: now, size: image.size, thumb, gone: false };
                over = uploads.add(fresh);
            }
        });
        let engine = self.engine();
        media::store_image(engine.journal(), address, bytes).await;
        for address in over {
            media::forget_image(engine.journal(), &address).await;
        }
    }

    /// Takes note of uploads that the provider could not fetch: they are not offered again, and go up anew when used.
    pub(super) fn note_lost_images(self, intent: &Intent) {
        let lost = intent
            .trouble
            .as_ref()
            .is_some_and(|trouble| trouble.cause == Cause::Provider(veo_api::Class::ImageFetch));
        if let Order::Generate(generate) = &intent.order
            && lost
        {
            self.draft.change_uploads(|uploads| _ = uploads.lost(&generate.image_urls));
        }
    }
}
