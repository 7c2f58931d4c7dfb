//! Images that were uploaded: where they are, until when, and which can be used again. The provider deletes them by
//! itself.

use veo_api::json::{self, Value};

const HOUR_MS: u64 = 3_600_000;

/// The provider keeps an upload for three days (one page says 24 hours).
pub const LIFE_MS: u64 = 72 * HOUR_MS;

/// Up to this age the two pages agree that it is there, less an hour for the order to be worked on.
pub const SURE_MS: u64 = 23 * HOUR_MS;

/// The most that is remembered.
pub const MAX_KEPT: usize = 12;

/// One uploaded image.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Where the provider keeps it.
    pub address: String,
    /// What the person's file was called.
    pub name: String,
    /// When it went up, in milliseconds.
    pub uploaded_ms: u64,
    /// Its width and height in pixels, where they are known.
    pub size: Option<(u32, u32)>,
    /// A small picture of it as an address that holds the picture itself; may be empty.
    pub thumb: String,
    /// True where the provider could not fetch it any more.
    pub gone: bool,
}

/// How long an upload lives yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It is there.
    Sure {
        /// Hours until the provider deletes it, begun ones counted.
        hours_left: u32,
    },
    /// It may be gone: better to upload it again, where its bytes are still there.
    Doubtful {
        /// Hours until the provider deletes it, begun ones counted.
        hours_left: u32,
    },
    /// It has run out, or the provider could not fetch it.
    Over,
}

impl Upload {
    /// How long it lives yet, seen at `now_ms`. A clock that was set back makes it no younger than new.
    pub fn life(&self, now_ms: u64) -> Life {
        let age = now_ms.saturating_sub(self.uploaded_ms);
        let hours_left = LIFE_MS.saturating_sub(age).div_ceil(HOUR_MS) as u32;
        match age {
            _ if self.gone || hours_left == 0 => Life::Over,
            age if age < SURE_MS => Life::Sure { hours_left },
            _ => Life::Doubtful { hours_left },
        }
    }
}

fn read(value: &Value) -> Option<Upload> {
    let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
    let whole = |name: &str| u64::try_from(value.get(name)?.as_i64()?).ok();
    let side = |name: &str| u32::try_from(whole(name)?).ok();
    Some(Upload {
        address: text("address")?,
        name: text("name")?,
        uploaded_ms: whole("uploadedMs")?,
        size: side("width").zip(side("height")),
        thumb: text("thumb").unwrap_or_default(),
        gone: value.get("gone") == Some(&Value::Bool(true)),
    })
}

fn write(upload: &Upload) -> Value {
    let side = |side: u32| Value::from(side);
    json::object([
        ("address", Some(upload.address.as_str().into())),
        ("name", Some(upload.name.as_str().into())),
        ("uploadedMs", Some(Value::Number(upload.uploaded_ms as f64))),
        ("width", upload.size.map(|(width, _)| side(width))),
        ("height", upload.size.map(|(_, height)| side(height))),
        ("thumb", Some(upload.thumb.as_str().into())),
        ("gone", upload.gone.then_some(Value::Bool(true))),
    ])
}

/// What was uploaded, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Uploads(Vec<Upload>);

impl Uploads {
    /// Reads the stored form; what is broken is nothing.
    pub fn read(text: &str) -> Self {
        let stored = json::parse(text);
        let list = stored.as_ref().and_then(Value::as_list).unwrap_or_default();
        Uploads(list.iter().filter_map(read).take(MAX_KEPT).collect())
    }

    /// The stored form.
    pub fn to_text(&self) -> String {
        json::write(&Value::List(self.0.iter().map(write).collect()))
    }

    /// All of them.
    pub fn all(&self) -> &[Upload] {
        &self.0
    }

    /// Those that can be used again without uploading.
    pub fn usable(&self, now_ms: u64) -> Vec<Upload> {
        self.0.iter().filter(|upload| matches!(upload.life(now_ms), Life::Sure { .. })).cloned().collect()
    }

    /// The upload at this address.
    pub fn find(&self, address: &str) -> Option<&Upload> {
        self.0.iter().find(|upload| upload.address == address)
    }

    /// Remembers an upload. Returns the addresses that are forgotten for it.
    pub fn add(&mut self, upload: Upload) -> Vec<String> {
        self.0.retain(|other| other.address != upload.address);
        self.0.insert(0, upload);
        let over = self.0.split_off(self.0.len().min(MAX_KEPT));
        over.into_iter().map(|upload| upload.address).collect()
    }

    /// The image behind `before` went up again, to `address`.
    pub fn renew(&mut self, before: &str, address: &str, now_ms: u64) {
        if let Some(upload) = self.0.iter_mut().find(|upload| upload.address == before) {
            address.clone_into(&mut upload.address);
            (upload.uploaded_ms, upload.gone) = (now_ms, false);
        }
    }

    /// The provider could not fetch these. True where one of them was an upload.
    pub fn lost(&mut self, addresses: &[String]) -> bool {
        let mut some = false;
        for upload in self.0.iter_mut().filter(|upload| addresses.contains(&upload.address)) {
            some |= !upload.gone;
            upload.gone = true;
        }
        some
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NOW: u64 = 1_800_000_000_000;

    fn upload(n: u64, uploaded_ms: u64) -> Upload {
        Upload {
            address: ["https://a.example/", &n.to_string()].concat(),
            name: "a.png".into(),
            uploaded_ms,
            size: Some((2, 1)),
            thumb: String::new(),
            gone: false,
        }
    }

    #[rstest]
    #[case(0, Life::Sure { hours_left: 72 })]
    #[case(23 * HOUR_MS - 1, Life::Sure { hours_left: 50 })]
    #[case(23 * HOUR_MS, Life::Doubtful { hours_left: 49 })]
    #[case(72 * HOUR_MS - 1, Life::Doubtful { hours_left: 1 })]
    #[case(72 * HOUR_MS, Life::Over)]
    #[case(NOW, Life::Over)]
    fn an_upload_lives_three_days_and_is_sure_for_one(#[case] age_ms: u64, #[case] life: Life) {
        assert_eq!(upload(0, NOW - age_ms).life(NOW), life);
    }

    #[test]
    fn what_vanished_is_not_offered_and_can_be_renewed() {
        let mut uploads = Uploads::default();
        uploads.add(upload(1, NOW - LIFE_MS));
        uploads.add(upload(2, NOW));
        uploads.add(upload(3, NOW));
        let addresses = |uploads: &Uploads| -> Vec<String> {
            uploads.usable(NOW).into_iter().map(|upload| upload.address).collect()
        };
        assert_eq!(addresses(&uploads), ["https://a.example/3", "https://a.example/2"]);
        assert!(uploads.lost(&["https://a.example/3".into(), "https://b.example/".into()]));
        assert!(!uploads.lost(&["https://a.example/3".into()]), "known already");
        assert_eq!(addresses(&uploads), ["https://a.example/2"]);
        uploads.renew("https://a.example/3", "https://a.example/4", NOW);
        assert_eq!(addresses(&uploads), ["https://a.example/4", "https://a.example/2"]);
        assert_eq!(Uploads::read(&uploads.to_text()), uploads);
        assert_eq!(Uploads::read("{}"), Uploads::default());
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut uploads = Uploads::default();
        for n in 0..MAX_KEPT as u64 {
            assert_eq!(uploads.add(upload(n, NOW)), [""; 0]);
        }
        assert_eq!(uploads.add(upload(99, NOW)), ["https://a.example/0"]);
        assert_eq!(uploads.all().len(), MAX_KEPT);
    }
}
