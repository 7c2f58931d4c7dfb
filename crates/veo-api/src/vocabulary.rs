//! The API's closed-looking words as open enums: a value that this build does not know survives unchanged.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// One enum per vocabulary: known words (read without regard to case) and `Other`, stored as the wire's own word.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$note])* $variant,)+
            /// A word that this build does not know, as it came.
            Other(String),
        }

        impl $name {
            /// The words that this build knows.
            pub const KNOWN: &[&str] = &[$($word),+];

            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $word,)+
                    $name::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($word) {
                    return $name::$variant;
                })+
                $name::Other(word.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|word| word.as_str().into())
            }
        }
    };
}

open_enum! {
    /// Which model makes the video. The API's default is `Fast` (docs).
    Model {
        /// Veo 3.1 Quality.
        Quality = "veo3",
        /// Veo 3.1 Fast.
        #[default]
        Fast = "veo3_fast",
        /// Veo 3.1 Lite, since 2026-04 (docs).
        Lite = "veo3_lite",
    }
}

impl Model {
    /// The word that `extend` uses for the same model (docs).
    pub(crate) fn extend_word(&self) -> &str {
        match self {
            Model::Quality => "quality",
            Model::Fast => "fast",
            Model::Lite => "lite",
            Model::Other(word) => word,
        }
    }
}

open_enum! {
    /// How the pictures are used; `generationType` on the wire.
    Mode {
        /// No pictures.
        #[default]
        Text = "TEXT_2_VIDEO",
        /// One picture to animate, or a first and a last frame.
        Frames = "FIRST_AND_LAST_FRAMES_2_VIDEO",
        /// One to three pictures of what should appear.
        References = "REFERENCE_2_VIDEO",
    }
}

open_enum! {
    /// The shape of the picture.
    AspectRatio {
        /// 16:9.
        #[default]
        Landscape = "16:9",
        /// 9:16.
        Portrait = "9:16",
        /// The nearer of the two to the first picture, which is cropped.
        Auto = "Auto",
    }
}

open_enum! {
    /// The size of the picture. The docs disagree on the API's default (720p or 1080p), so it is always sent.
    Resolution {
        /// 1280 × 720, or upright.
        #[default]
        P720 = "720p",
        /// 1920 × 1080, or upright.
        P1080 = "1080p",
        /// 3840 × 2160, or upright.
        P4k = "4k",
    }
}
