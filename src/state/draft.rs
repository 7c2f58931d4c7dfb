//! The form: what a person is about to ask for. It survives a submit and a reload.

use crate::browser::clock;
use crate::browser::files::BlobUrl;
use crate::browser::prefs::{self, Prefs};
use crate::state::{Place, Prefill};
use leptos::prelude::*;
use std::rc::Rc;
use veo_api::json::{self, Value};
use veo_api::{AspectRatio, Body, Generate, Mode, Model, Resolution};
use vireo_core::check::{ImageKind, ImageProblem};
use vireo_core::intent::IntentId;
use vireo_core::models::{Change, Choice, Field, adjust};
use vireo_core::uploads::{Upload, Uploads};
use web_sys::{AbortController, Blob};

/// How far an image is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Progress {
    /// The provider can fetch it.
    #[default]
    Ready,
    /// Being looked into.
    Preparing,
    /// Goes up as soon as there is a connection.
    Waiting,
    /// On its way; the share from 0 to 1.
    Uploading(f64),
    /// The person stopped it.
    Stopped,
    /// Not usable, and why.
    Failed(ImageFault),
}

/// Why an image cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageFault {
    /// The file is none that can be sent.
    Unusable(ImageProblem),
    /// The provider did not take it, in its words.
    Refused(String),
    /// The connection broke.
    Cut,
    /// The provider has deleted it, and its bytes are not here.
    RanOut,
}

/// One image of the form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// Its name within this form.
    pub key: u32,
    /// What it is called on screen.
    pub name: String,
    /// The address the provider fetches it from; empty until it is uploaded.
    pub address: String,
    /// A picture of it, for a local file.
    pub preview: Option<Rc<BlobUrl>>,
    /// A small picture of an earlier upload; may be empty.
    pub thumb: String,
    /// Width and height in pixels, where they are known.
    pub size: Option<(u32, u32)>,
    /// True where it was drawn anew as a kind the provider takes.
    pub converted: bool,
    /// True where it was made smaller.
    pub scaled: bool,
    /// What goes up.
    pub bytes: Option<(Blob, ImageKind)>,
    /// Stops the upload under way.
    pub stop: Option<AbortController>,
    /// How far it is.
    pub progress: Progress,
}

impl Image {
    /// Stops an upload under way.
    fn stop(&self) {
        if let Some(stop) = &self.stop {
            stop.abort();
        }
    }
}

/// The form as it is kept between visits: the request that it stands for, and what a request does not carry.
struct Kept {
    id: IntentId,
    generate: Generate,
    seed: String,
}

impl Kept {
    fn read(text: &str) -> Option<Self> {
        let value = json::parse(text)?;
        let word = |name: &str| value.get(name).and_then(Value::as_str);
        let mut generate = Generate::from_param_json(word("request")?)?;
        generate.callback_url = word("callback").map(str::to_owned);
        let seed = word("seed").unwrap_or_default().to_owned();
        Some(Kept { id: IntentId::parse(word("id")?)?, generate, seed })
    }

    fn to_text(&self) -> String {
        let request = match self.generate.request().body {
            Body::Json(text) => text,
            _ => String::new(),
        };
        json::write(&json::object([
            ("id", Some(self.id.as_str().into())),
            ("seed", Some(self.seed.as_str().into())),
            ("callback", self.generate.callback_url.as_deref().map(Value::from)),
            ("request", Some(request.as_str().into())),
        ]))
    }
}

/// The form's fields.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The prompt.
    pub prompt: RwSignal<String>,
    /// Model, mode, ratio, resolution and duration.
    pub choice: RwSignal<Choice>,
    /// The seed as typed.
    pub seed: RwSignal<String>,
    /// The watermark.
    pub watermark: RwSignal<String>,
    /// Whether the provider translates the prompt.
    pub translate: RwSignal<bool>,
    /// Where the provider calls back.
    pub callback: RwSignal<String>,
    /// The images, in order.
    pub images: RwSignal<Vec<Image>, LocalStorage>,
    /// What was uploaded before.
    pub uploads: RwSignal<Uploads>,
    /// What the last choice forced.
    pub changes: RwSignal<Vec<Change>>,
    id: StoredValue<IntentId>,
    keys: StoredValue<u32>,
    prefs: StoredValue<Prefs>,
}

fn new_id() -> IntentId {
    IntentId::new(clock::now_ms(), clock::random_bytes())
}

impl Draft {
    /// The form as it was left, with what the place and the person's early typing add.
    pub fn restore(early: &str, place: &Place) -> Self {
        let kept: Option<Kept> = place.prefs.get(prefs::DRAFT).and_then(|text| Kept::read(&text));
        let id = kept.as_ref().map(|kept| kept.id.clone());
        let seed = kept.as_ref().map(|kept| kept.seed.clone()).unwrap_or_default();
        let generate = kept.map(|kept| kept.generate).unwrap_or_default();
        let mut choice = Choice::from(&generate);
        let changes = adjust(&mut choice, Field::Model);
        let draft = Draft {
            prompt: RwSignal::default(),
            choice: RwSignal::new(choice),
            seed: RwSignal::new(seed),
            watermark: RwSignal::default(),
            translate: RwSignal::new(true),
            callback: RwSignal::default(),
            images: RwSignal::new_local(Vec::new()),
            uploads: RwSignal::new(read_uploads(&place.prefs)),
            changes: RwSignal::new(changes),
            id: StoredValue::new(id.unwrap_or_else(new_id)),
            keys: StoredValue::new(0),
            prefs: StoredValue::new(place.prefs.clone()),
        };
        draft.show(&generate);
        draft.prefill(&place.prefill);
        if !early.is_empty() {
            draft.prompt.set(early.to_owned());
        }
        draft.keep_while_typing();
        draft
    }

    /// Shows what an earlier video was made from.
    pub fn fill(self, generate: &Generate) {
        let mut choice = Choice::from(generate);
        self.changes.set(adjust(&mut choice, Field::Model));
        self.choice.set(choice);
        self.show(generate);
        self.seed.set(generate.seed.map(|seed| seed.to_string()).unwrap_or_default());
    }

    fn show(self, generate: &Generate) {
        self.prompt.set(generate.prompt.clone());
        self.watermark.set(generate.watermark.clone().unwrap_or_default());
        self.translate.set(generate.translate);
        self.callback.set(generate.callback_url.clone().unwrap_or_default());
        self.images.with_untracked(|images| images.iter().for_each(Image::stop));
        self.images.set(Vec::new());
        for address in &generate.image_urls {
            self.add_address(address);
        }
    }

    /// Form values from outside only prefill; nothing is ever sent by them. What does not go together is told.
    pub fn prefill(self, prefill: &Prefill) {
        if let Some(prompt) = &prefill.prompt {
            self.prompt.set(prompt.chars().take(vireo_core::check::MAX_PROMPT_CHARS).collect());
        }
        let mut told = self.changes.get_untracked();
        let mut choose = |field, change: &dyn Fn(&mut Choice)| {
            self.choose(field, change);
            told.extend(self.changes.get_untracked());
        };
        if let Some(mode) = &prefill.mode {
            choose(Field::Mode, &|choice| choice.mode = mode_named(mode));
        }
        let model = prefill.model.as_deref().map(Model::from);
        if let Some(model) = model.filter(|model| !matches!(model, Model::Other(_))) {
            choose(Field::Model, &|choice| choice.model = model.clone());
        }
        let ratio = prefill.aspect_ratio.as_deref().map(AspectRatio::from);
        if let Some(ratio) = ratio.filter(|ratio| !matches!(ratio, AspectRatio::Other(_))) {
            choose(Field::AspectRatio, &|choice| choice.aspect_ratio = ratio.clone());
        }
        if let Some(resolution) = &prefill.resolution {
            choose(Field::Resolution, &|choice| choice.resolution = Resolution::from(resolution.as_str()));
        }
        if let Some(seconds) = prefill.duration.as_ref().and_then(|seconds| seconds.parse().ok()) {
            choose(Field::Duration, &|choice| choice.duration_s = seconds);
        }
        if let Some(seed) = &prefill.seed {
            self.seed.set(seed.clone());
        }
        self.changes.set(told);
    }

    fn keep_while_typing(self) {
        Effect::new(move |before: Option<Generate>| {
            let (generate, _) = self.read();
            let seed = self.seed.get();
            // An edited form is another wish: it must not pass for one that another tab has sent.
            if before.is_some_and(|before| before != generate) {
                self.id.set_value(new_id());
            }
            let kept = Kept { id: self.id.get_value(), generate: generate.clone(), seed };
            self.prefs.with_value(|prefs| prefs.set(prefs::DRAFT, &kept.to_text()));
            generate
        });
    }

    /// Changes one choice; what it forces is changed too and told.
    pub fn choose(self, field: Field, change: impl FnOnce(&mut Choice)) {
        let mut choice = self.choice.get_untracked();
        change(&mut choice);
        let changes = adjust(&mut choice, field);
        self.choice.set(choice);
        self.changes.set(changes);
    }

    fn next_key(self) -> u32 {
        self.keys.update_value(|key| *key += 1);
        self.keys.get_value()
    }

    /// Adds an image by its address, which may be that of an earlier upload.
    pub fn add_address(self, address: &str) {
        let upload = self.uploads.with_untracked(|uploads| uploads.find(address).cloned());
        match upload {
            Some(upload) => self.add_upload(&upload),
            None => {
                let name = address.rsplit('/').find(|part| !part.is_empty()).unwrap_or(address).to_owned();
                _ = self.add_image(Image { name, address: address.to_owned(), ..Image::default() });
            }
        }
    }

    /// Adds an earlier upload.
    pub fn add_upload(self, upload: &Upload) {
        let Upload { address, name, size, thumb, .. } = upload.clone();
        _ = self.add_image(Image { address, name, size, thumb, ..Image::default() });
    }

    /// Adds an image and returns its key.
    pub fn add_image(self, image: Image) -> u32 {
        let key = self.next_key();
        self.images.update(|images| images.push(Image { key, ..image }));
        key
    }

    /// Moves an image by so many places.
    pub fn move_image(self, key: u32, by: isize) {
        self.images.update(|images| {
            if let Some(from) = images.iter().position(|image| image.key == key) {
                let image = images.remove(from);
                images.insert(from.saturating_add_signed(by).min(images.len()), image);
            }
        });
    }

    /// Changes what is known of uploads, as it is stored now: another tab may have changed it.
    pub fn change_uploads(self, change: impl FnOnce(&mut Uploads)) {
        let prefs = self.prefs.get_value();
        // Where nothing is stored, as in a visit without memory, what is known here goes on.
        let stored = prefs.get(prefs::UPLOADS).map(|text| Uploads::read(&text));
        let mut uploads = stored.unwrap_or_else(|| self.uploads.get_untracked());
        change(&mut uploads);
        prefs.set(prefs::UPLOADS, &uploads.to_text());
        self.uploads.set(uploads);
    }

    /// Changes an image, if it is still there.
    pub fn with_image(self, key: u32, change: impl FnOnce(&mut Image)) {
        _ = self.images.try_update(|images| {
            if let Some(image) = images.iter_mut().find(|image| image.key == key) {
                change(image);
            }
        });
    }

    /// Takes an image away.
    pub fn remove_image(self, key: u32) {
        self.with_image(key, |image| image.stop());
        self.images.update(|images| images.retain(|image| image.key != key));
    }

    /// The request as the form stands, and false where the seed is no number.
    pub fn read(self) -> (Generate, bool) {
        let choice = self.choice.get();
        let optional = |text: String| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let seed_text = self.seed.get();
        let seed = seed_text.trim().parse().ok();
        let image_urls = match choice.mode {
            Mode::Text => Vec::new(),
            _ => self.images.with(|images| images.iter().map(|image| image.address.clone()).collect()),
        };
        let generate = Generate {
            prompt: self.prompt.get(),
            mode: choice.mode,
            image_urls,
            model: choice.model,
            aspect_ratio: choice.aspect_ratio,
            resolution: choice.resolution,
            duration_s: choice.duration_s,
            seed,
            watermark: optional(self.watermark.get()),
            translate: self.translate.get(),
            callback_url: optional(self.callback.get()),
        };
        let seed_reads = seed.is_some() || seed_text.trim().is_empty();
        (generate, seed_reads)
    }

    /// The intent id for handing the form in: the same in two tabs that show one untouched draft, so that it is bought
    /// once. The next wish has another.
    pub fn take_id(self) -> IntentId {
        let id = self.id.get_value();
        self.id.set_value(new_id());
        let prefs = self.prefs.get_value();
        if let Some(mut kept) = prefs.get(prefs::DRAFT).and_then(|text| Kept::read(&text)) {
            kept.id = self.id.get_value();
            prefs.set(prefs::DRAFT, &kept.to_text());
        }
        id
    }
}

fn mode_named(name: &str) -> Mode {
    match name.to_ascii_lowercase().as_str() {
        "text" => Mode::Text,
        "frames" => Mode::Frames,
        "references" => Mode::References,
        _ => Mode::from(name),
    }
}

fn read_uploads(prefs: &Prefs) -> Uploads {
    prefs.get(prefs::UPLOADS).map(|text| Uploads::read(&text)).unwrap_or_default()
}

/// Resolutions in the order they are offered.
pub const RESOLUTIONS: [Resolution; 3] = [Resolution::P720, Resolution::P1080, Resolution::P4k];
