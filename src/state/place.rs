//! Where a studio lives, and what that place decides.

use crate::browser::address;
use crate::browser::host::HostPage;
use crate::browser::prefs::{Keep, Prefs};

/// Where a studio lives.
#[derive(Clone, Debug)]
pub struct Place {
    /// The page around the element; `None` on a page of our own.
    pub host: Option<HostPage>,
    /// Name of the journal and of what the tabs of one profile share.
    pub name: String,
    /// How long records live.
    pub keep: Keep,
    /// Where small choices are kept.
    pub prefs: Prefs,
    /// Languages wished for, best first.
    pub languages: Vec<String>,
    /// What the form begins with.
    pub prefill: Prefill,
}

/// Form values that come from outside; they only prefill.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prefill {
    /// The prompt.
    pub prompt: Option<String>,
    /// `text`, `frames`, `references`, or the mode's wire name.
    pub mode: Option<String>,
    /// The model's wire name.
    pub model: Option<String>,
    /// The ratio's wire name.
    pub aspect_ratio: Option<String>,
    /// The resolution's wire name.
    pub resolution: Option<String>,
    /// The length in seconds.
    pub duration: Option<String>,
    /// The seed.
    pub seed: Option<String>,
}

impl Prefill {
    fn from_address() -> Self {
        Prefill {
            prompt: address::query("prompt"),
            mode: address::query("mode"),
            model: address::query("model"),
            aspect_ratio: ["aspect", "aspect-ratio", "aspectRatio", "aspect_ratio"]
                .into_iter()
                .find_map(address::query),
            resolution: address::query("resolution"),
            duration: address::query("duration"),
            seed: address::query("seed"),
        }
    }
}

impl Place {
    /// A page of our own: everything is kept on this device, and its address may prefill the form.
    pub fn page() -> Self {
        Place {
            host: None,
            name: "vireo".into(),
            keep: Keep::Device,
            prefs: Prefs::new(Keep::Device, "vireo-".into()),
            languages: address::query("lang").into_iter().collect(),
            // Once: what was changed since is not undone by a reload.
            prefill: if address::is_reload() { Prefill::default() } else { Prefill::from_address() },
        }
    }
}
