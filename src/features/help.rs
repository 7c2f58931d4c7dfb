//! Help with the prompt: what a good one tells, as words to put in, and a handful of whole ones to start from.

use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::Studio;
use crate::ui::{El, button, div, el, paragraph};
use leptos::prelude::*;

/// What a prompt tells, each with words for it. A text of the catalogue holds them apart by bars.
const GUIDE: [(T, T); 6] = [
    (T::HelpSubject, T::HelpSubjectWords),
    (T::HelpAction, T::HelpActionWords),
    (T::HelpCamera, T::HelpCameraWords),
    (T::HelpStyle, T::HelpStyleWords),
    (T::HelpLight, T::HelpLightWords),
    (T::HelpSound, T::HelpSoundWords),
];

const TEMPLATES: [(T, T); 5] = [
    (T::TemplateProduct, T::TemplateProductPrompt),
    (T::TemplateSpeech, T::TemplateSpeechPrompt),
    (T::TemplatePlace, T::TemplatePlacePrompt),
    (T::TemplateDrawn, T::TemplateDrawnPrompt),
    (T::TemplateFrames, T::TemplateFramesPrompt),
];

/// The help, folded; what is in it is made when it is first opened.
pub fn help(studio: Studio, text: Text) -> El {
    let opened = RwSignal::new(false);
    el("details")
        .class("help")
        .on("toggle", move |_| opened.set(true))
        .child(el("summary").text(text.of(T::Help)))
        .live(move || opened.get().then(|| later(text, help_content(studio, text))))
}

lazy! { tools => fn help_content(studio: Studio, text: Text) -> El {
    let prompt = studio.draft.prompt;
    let replaced = RwSignal::new(None::<String>);
    let start = move |whole: &'static str| {
        let before = prompt.get_untracked();
        let is_ours = TEMPLATES.iter().any(|(_, key)| text.of(*key) == before);
        if !before.trim().is_empty() && !is_ours {
            replaced.set(Some(before));
        }
        prompt.set(whole.to_owned());
    };
    let templates = TEMPLATES.iter().map(|(name, whole)| {
        let whole = text.of(*whole);
        button("button chip", text.of(*name), move || start(whole))
    });
    let back = move || {
        replaced.get().map(|before| {
            let bring = move || {
                prompt.set(before.clone());
                replaced.set(None);
            };
            button("button button--quiet", text.of(T::HelpBack), bring)
        })
    };
    div("help__content")
        .child(paragraph("quiet", text.of(T::HelpText)))
        .children(GUIDE.iter().map(|(name, words)| group(studio, text, *name, *words)))
        .child(
            div("help__group")
                .attr("role", "group")
                .attr("aria-label", text.of(T::Templates))
                .child(
                    el("span").class("field__label").attr("aria-hidden", "true").text(text.of(T::Templates)),
                )
                .child(div("chips").children(templates).live(back)),
        )
} }

fn group(studio: Studio, text: Text, name: T, words: T) -> El {
    let chips = text.of(words).split('|').map(|words| {
        let words = words.trim();
        button("button chip", words, move || put(studio, text, words))
    });
    let name = text.of(name);
    div("help__group")
        .attr("role", "group")
        .attr("aria-label", name)
        .child(el("span").class("field__label").attr("aria-hidden", "true").text(name))
        .child(div("chips").children(chips))
}

/// Adds words to the end of the prompt.
fn put(studio: Studio, text: Text, words: &str) {
    studio.draft.prompt.update(|prompt| {
        let end = prompt.trim_end().len();
        prompt.truncate(end);
        if !prompt.is_empty() && !prompt.ends_with([',', '.', ';', ':', '，', '。', '；', '：']) {
            prompt.push_str(text.of(T::HelpComma));
        }
        if prompt.ends_with(|last: char| last.is_ascii_punctuation()) {
            prompt.push(' ');
        }
        prompt.push_str(words);
    });
}
