//! The videos everybody gets: small, synthetic, really playable. `clips/make.sh` draws them.

/// 16:9 or 9:16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Wide,
    Tall,
}

/// One scene: the same 8 s at two sizes, and a still.
#[derive(Debug)]
pub(crate) struct Clip {
    pub(crate) hd: &'static [u8],
    pub(crate) full_hd: &'static [u8],
    pub(crate) still: &'static [u8],
}

macro_rules! clip {
    ($name:literal) => {
        Clip {
            hd: include_bytes!(concat!("../clips/", $name, "-720p.mp4")),
            full_hd: include_bytes!(concat!("../clips/", $name, "-1080p.mp4")),
            still: include_bytes!(concat!("../clips/", $name, ".jpg")),
        }
    };
}

static WIDE: [Clip; 2] = [clip!("dusk-wide"), clip!("aurora-wide")];
static TALL: [Clip; 2] = [clip!("dusk-tall"), clip!("aurora-tall")];

/// The scenes to choose from.
pub(crate) fn scenes(shape: Shape) -> &'static [Clip; 2] {
    match shape {
        Shape::Wide => &WIDE,
        Shape::Tall => &TALL,
    }
}
