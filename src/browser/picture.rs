//! Pictures made ready for an upload: looked into, and drawn anew where the provider would not take them as they are.

use futures_channel::oneshot;
use vireo_core::check::{ImageKind, ImageProblem, MAX_IMAGE_BYTES, check_image};
use vireo_core::picture::{MAX_SIDE, MAX_SOURCE_BYTES, fit};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap};

/// The longest side of a small picture that is remembered.
const THUMB_SIDE: u32 = 96;

/// How faithful a picture is drawn, from 0 to 1; the second where the first is too large.
const QUALITIES: [f64; 2] = [0.92, 0.8];

/// A picture as it goes up.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Its bytes.
    pub bytes: Blob,
    /// What they are.
    pub kind: ImageKind,
    /// Width and height in pixels, where the browser can tell.
    pub size: Option<(u32, u32)>,
    /// True where it was of a kind the provider does not take.
    pub converted: bool,
    /// True where it was too large.
    pub scaled: bool,
    /// A small one as an address that holds it; may be empty.
    pub thumb: String,
}

/// Makes a picture ready. What the provider takes stays as it is to the byte.
pub async fn prepare(file: &Blob) -> Result<Ready, ImageProblem> {
    if file.size() > MAX_SOURCE_BYTES as f64 {
        return Err(ImageProblem::TooLarge { max_bytes: MAX_SOURCE_BYTES });
    }
    let head = super::files::head(file).await.unwrap_or_default();
    let known = check_image(file.size() as u64, &head);
    if known == Err(ImageProblem::Empty) {
        return Err(ImageProblem::Empty);
    }
    let Some(bitmap) = decode(file).await else {
        // A browser that cannot look into a JPEG may still send it.
        let kind = known?;
        let bytes = file.clone();
        return Ok(Ready { bytes, kind, size: None, converted: false, scaled: false, thumb: String::new() });
    };
    let size = (bitmap.width(), bitmap.height());
    let fits = fit(size.0, size.1, MAX_SIDE);
    let thumb = draw(&bitmap, fit(size.0, size.1, THUMB_SIDE));
    let thumb = thumb.and_then(|canvas| canvas.to_data_url_with_type("image/jpeg").ok()).unwrap_or_default();
    let made = match known {
        Ok(kind) if fits == size => {
            let bytes = file.clone();
            Ok(Ready { bytes, kind, size: Some(size), converted: false, scaled: false, thumb })
        }
        known => match redraw(&bitmap, fits).await {
            Some((bytes, drawn)) => Ok(Ready {
                bytes,
                kind: ImageKind::Jpeg,
                size: Some(drawn),
                converted: known == Err(ImageProblem::WrongType),
                scaled: drawn != size || matches!(known, Err(ImageProblem::TooLarge { .. })),
                thumb,
            }),
            None => Err(known.err().unwrap_or(ImageProblem::TooLarge { max_bytes: MAX_IMAGE_BYTES })),
        },
    };
    bitmap.close();
    made
}

async fn decode(file: &Blob) -> Option<ImageBitmap> {
    let window = web_sys::window()?;
    let bitmap = window.create_image_bitmap_with_blob(file).ok()?;
    JsFuture::from(bitmap).await.ok()?.dyn_into().ok()
}

/// Draws it as a JPEG that is small enough: less faithful first, then smaller.
async fn redraw(bitmap: &ImageBitmap, mut size: (u32, u32)) -> Option<(Blob, (u32, u32))> {
    loop {
        let canvas = draw(bitmap, size)?;
        for quality in QUALITIES {
            let bytes = jpeg(&canvas, quality).await?;
            if bytes.size() <= MAX_IMAGE_BYTES as f64 {
                return Some((bytes, size));
            }
        }
        size = fit(size.0, size.1, size.0.max(size.1) * 3 / 4);
    }
}

fn draw(bitmap: &ImageBitmap, (width, height): (u32, u32)) -> Option<HtmlCanvasElement> {
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    let (width, height) = (f64::from(width), f64::from(height));
    // A JPEG has no holes: what can be seen through becomes white.
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, width, height);
    context.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height).ok()?;
    Some(canvas)
}

async fn jpeg(canvas: &HtmlCanvasElement, quality: f64) -> Option<Blob> {
    let (sender, drawn) = oneshot::channel();
    let done = Closure::once(move |blob: JsValue| sender.send(blob).unwrap_or_default());
    let callback = done.as_ref().unchecked_ref();
    canvas.to_blob_with_type_and_encoder_options(callback, "image/jpeg", &quality.into()).ok()?;
    drawn.await.ok()?.dyn_into().ok()
}
