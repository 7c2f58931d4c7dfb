//! Films from clips: `film.js`, loaded when it is first used, so that it is no part of the first load.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Blob, HtmlVideoElement};

/// Beside the program that asks for it, wherever that lies.
const ADDRESS: &str = "./film.js";

#[wasm_bindgen]
extern "C" {
    // Not a function but called like one; the address is seen from the file this stands in.
    #[wasm_bindgen(js_name = import)]
    fn import(address: &str) -> Promise;

    type Film;

    #[wasm_bindgen(method, catch)]
    async fn join(
        this: &Film,
        clips: &Array,
        progress: &Function,
        signal: &AbortSignal,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, js_name = playInTurn)]
    fn play_in_turn(this: &Film, players: &Array, clips: &Array) -> Function;

    #[wasm_bindgen(method, catch, js_name = lastFrame)]
    async fn last_frame(this: &Film, clip: &Blob) -> Result<JsValue, JsValue>;
}

/// Why a film or a picture could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `film.js` could not be loaded.
    NotLoaded,
    /// There is no clip.
    Empty,
    /// The file cannot be read as a video.
    Unreadable,
    /// Other size or rotation than the first clip.
    Size,
    /// Other codec than the first clip.
    Codec,
    /// Same codec, but other settings than the first clip.
    Settings,
    /// Other sound than the clips before.
    Audio,
    /// The person stopped it.
    Cancelled,
    /// The browser cannot show the clip.
    NoPicture,
    /// Something else.
    Failed,
}

/// Why a film or a picture could not be made, and which clip is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmError {
    /// Why.
    pub reason: Reason,
    /// The clip's place, from 0.
    pub clip: Option<usize>,
    /// What the clip has, or what the browser said; may be empty.
    pub have: String,
    /// What it would have to have; may be empty.
    pub want: String,
}

impl FilmError {
    fn new(reason: Reason, have: String) -> Self {
        FilmError { reason, clip: None, have, want: String::new() }
    }

    fn read(error: &JsValue) -> Self {
        let text = |name: &str| Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string());
        let reason = match text("code").unwrap_or_default().as_str() {
            "empty" => Reason::Empty,
            "unreadable" | "no-video" => Reason::Unreadable,
            "size" => Reason::Size,
            "codec" => Reason::Codec,
            "settings" => Reason::Settings,
            "audio" => Reason::Audio,
            "cancelled" => Reason::Cancelled,
            "no-picture" => Reason::NoPicture,
            _ => return FilmError::new(Reason::Failed, text("message").unwrap_or_default()),
        };
        let clip = Reflect::get(error, &"clip".into()).ok().and_then(|clip| clip.as_f64());
        FilmError {
            reason,
            clip: clip.filter(|clip| *clip >= 0.0).map(|clip| clip as usize),
            have: text("have").unwrap_or_default(),
            want: text("want").unwrap_or_default(),
        }
    }
}

async fn film() -> Result<Film, FilmError> {
    let module = JsFuture::from(import(ADDRESS)).await;
    module
        .map(JsCast::unchecked_into)
        .map_err(|error| FilmError::new(Reason::NotLoaded, super::net::words(&error)))
}

fn blob(answer: Result<JsValue, JsValue>) -> Result<Blob, FilmError> {
    let answer = answer.map_err(|error| FilmError::read(&error))?;
    answer.dyn_into().map_err(|_| FilmError::new(Reason::Failed, String::new()))
}

/// Clips as `film.js` takes them.
fn list(clips: &[Blob]) -> Array {
    let item = |clip: &Blob| {
        let item = Object::new();
        // A new object takes every property.
        Reflect::set(&item, &"blob".into(), clip).map(drop).unwrap_or_default();
        item
    };
    clips.iter().map(item).collect()
}

/// Clips that play one after the other. Ends when dropped.
#[derive(Debug)]
pub struct Turns(Function);

impl Drop for Turns {
    fn drop(&mut self) {
        self.0.call0(&JsValue::NULL).map(drop).unwrap_or_default();
    }
}

/// Plays clips that cannot be joined in this order, in two players of which one is shown.
pub async fn play_in_turn(players: &[HtmlVideoElement; 2], clips: &[Blob]) -> Result<Turns, FilmError> {
    let players: Array = players.iter().collect();
    Ok(Turns(film().await?.play_in_turn(&players, &list(clips))))
}

/// Joins clips in this order into one MP4, without re-encoding. `progress` hears shares from 0 to 1.
pub async fn join(
    clips: &[Blob],
    progress: impl FnMut(f64) + 'static,
    signal: &AbortSignal,
) -> Result<Blob, FilmError> {
    let film = film().await?;
    let list = list(clips);
    let progress = Closure::<dyn FnMut(f64)>::new(progress);
    blob(film.join(&list, progress.as_ref().unchecked_ref(), signal).await)
}

/// The last picture of a clip, as a JPEG.
pub async fn last_frame(clip: &Blob) -> Result<Blob, FilmError> {
    blob(film().await?.last_frame(clip).await)
}
