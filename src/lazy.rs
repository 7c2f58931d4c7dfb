//! Parts that are fetched when they are first needed, so that the first load stays light.
//!
//! The production build cuts the wasm at the functions marked with [`lazy!`](crate::lazy): what only they reach lies in
//! files of its own (`xtask/src/split/`). Every other build keeps everything in one file; the source is the same.

use crate::browser::task::spawn_local;
use crate::i18n::{T, Text};
use crate::ui::{El, el, paragraph};
use leptos::prelude::*;

/// A part could not be fetched: no network, or the site has been replaced since this page was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Missing
    }
}

/// Puts functions into a file that is fetched when one of them is first called: `lazy! { file => fn name(…) -> R {…} }`.
/// They become `async` and answer with `Err(Missing)` where the file is not to be had; a later call tries again.
#[macro_export]
macro_rules! lazy {
    ($(#[$doc:meta])* $file:ident => $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) -> $made:ty $body:block) => {
        $(#[$doc])*
        #[cfg_attr(feature = "split", leptos::wasm_split::wasm_split($file, wasm_split_path = ::leptos::wasm_split, fallible))]
        #[cfg(feature = "split")]
        $vis fn $name($($arg: $kind),*) -> Result<$made, $crate::lazy::Missing> {
            Ok($body)
        }
        $(#[$doc])*
        #[cfg(not(feature = "split"))]
        $vis async fn $name($($arg: $kind),*) -> Result<$made, $crate::lazy::Missing> {
            Ok($body)
        }
    };
}

/// A place in the page for what `made` brings: made under the present owner, dropped if that is gone before.
pub fn later(text: Text, made: impl Future<Output = Result<El, Missing>> + 'static) -> El {
    fn erased(text: Text, made: std::pin::Pin<Box<dyn Future<Output = Result<El, Missing>>>>) -> El {
        let place = el("div").class("later");
        let here = place.clone();
        let there = StoredValue::new(());
        let made = ScopedFuture::new_untracked(made);
        spawn_local(async move {
            let made = made.await;
            if there.is_disposed() {
                return;
            }
            _ = here.child(made.unwrap_or_else(|Missing| {
                paragraph("note note--danger later__missing", text.of(T::PartMissing)).attr("role", "alert")
            }));
        });
        place
    }
    erased(text, Box::pin(made))
}
