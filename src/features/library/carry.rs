//! Taking the library along: exports, imports, and tasks ordered elsewhere.

use crate::browser::task::spawn_local;
use crate::browser::{clock, files, save};
use crate::i18n::{T, Text};
use crate::lazy;
use crate::lazy::later;
use crate::state::{ImportError, Imported, Studio};
use crate::ui::{El, button, div, el, field, hand_in, paragraph, told};
use leptos::prelude::*;
use veo_api::TaskId;
use vireo_client::{AddTaskError, TaskError};
use vireo_core::intent::Intent;
use vireo_core::library::carry::FileError;
use web_sys::{File, HtmlInputElement};

/// What all parts say in one place, and whether something is under way.
#[derive(Clone, Copy)]
struct Desk {
    studio: Studio,
    text: Text,
    words: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Desk {
    fn say(self, words: &str) {
        self.words.try_set(Some(words.to_owned()));
    }

    /// Runs one thing at a time; what it returns is said.
    fn work(self, begin: T, work: impl Future<Output = String> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.say(self.text.of(begin));
        spawn_local(async move {
            let words = work.await;
            self.say(&words);
            self.busy.try_set(false);
        });
    }
}

/// The part of the library that is folded away.
pub fn carry(studio: Studio, text: Text) -> El {
    let open = RwSignal::new(false);
    el("details")
        .class("library__carry")
        .on("toggle", move |_| open.set(true))
        .child(el("summary").text(text.of(T::Library)))
        .live(move || open.get().then(|| later(text, carry_desk(studio, text))))
}

lazy! { tools => fn carry_desk(studio: Studio, text: Text) -> El {
    let desk = Desk { studio, text, words: RwSignal::new(None), busy: RwSignal::new(false) };
    let busy = move || desk.busy.get();
    let export = move || desk.work(T::PackingBegins, export(desk));
    let export_all = move || desk.work(T::PackingBegins, export_with_videos(desk));
    let picked = move |event: web_sys::Event| {
        let input = files::input_of(&event);
        if let Some(file) = input.and_then(|input| files::take_from_input(&input).pop()) {
            desk.work(T::Importing, import(desk, file));
        }
    };
    let pick = el("input")
        .attr("type", "file")
        .attr("accept", ".json,.zip,application/json,application/zip")
        .attr("aria-label", text.of(T::Import))
        .live_off(busy)
        .on("change", picked);
    let ways = div("library__ways")
        .child(button("button", text.of(T::Export), export).live_off(busy))
        .child(button("button", text.of(T::ExportWithVideos), export_all).live_off(busy))
        .child(el("label").class("button picker").text(text.of(T::Import)).child(pick));
    div("library__desk")
        .child(paragraph("quiet", text.of(T::LibraryNote)))
        .child(ways)
        .child(by_task(desk))
        .child(told("status", "note", move || desk.words.get()))
} }

fn file_name(kind: &str) -> String {
    ["vireo-library_", &clock::iso_date(clock::now_ms()), kind].concat()
}

async fn export(desk: Desk) -> String {
    let Some(file) = desk.studio.library_file().await else {
        return desk.text.of(T::ExportFailed).to_owned();
    };
    save::hand_over(&file, &file_name(".json"));
    exported(desk, 0)
}

async fn export_with_videos(desk: Desk) -> String {
    let tell = move |count: usize| {
        desk.say(&desk.text.with(T::Packing, &[("count", &count.to_string())]));
    };
    let Some((file, left_out)) = desk.studio.library_archive(tell).await else {
        return desk.text.of(T::ExportFailed).to_owned();
    };
    save::hand_over(&file, &file_name(".zip"));
    exported(desk, left_out)
}

fn exported(desk: Desk, left_out: usize) -> String {
    let count = desk.studio.engine().with_intents(<[Intent]>::len).to_string();
    match left_out {
        0 => desk.text.with(T::Exported, &[("count", &count)]),
        left => desk.text.with(T::ExportedWithout, &[("count", &count), ("left", &left.to_string())]),
    }
}

async fn import(desk: Desk, file: File) -> String {
    let text = desk.text;
    match desk.studio.import(file.into()).await {
        Ok(imported) => imported_words(text, imported),
        Err(ImportError::File(FileError::NotALibrary)) => text.of(T::ImportNotALibrary).to_owned(),
        Err(ImportError::File(FileError::TooNew)) => text.of(T::ImportTooNew).to_owned(),
        Err(ImportError::File(FileError::TooLarge)) => text.of(T::ImportTooLarge).to_owned(),
        Err(ImportError::Journal(error)) => text.with(T::ImportNotStored, &[("error", &error.to_string())]),
    }
}

fn imported_words(text: Text, imported: Imported) -> String {
    let [added, known, videos] =
        [imported.added, imported.known, imported.videos].map(|count| count.to_string());
    let mut words = text.with(T::Imported, &[("added", &added), ("known", &known), ("videos", &videos)]);
    for (count, key) in [(imported.unsent, T::ImportedUnsent), (imported.refused, T::ImportedRefused)] {
        if count > 0 {
            words.push(' ');
            words.push_str(&text.with(key, &[("count", &count.to_string())]));
        }
    }
    words
}

fn by_task(desk: Desk) -> El {
    let text = desk.text;
    let input = el("input").class("input").attr("autocomplete", "off").attr("spellcheck", "false");
    let typed: HtmlInputElement = input.node();
    let enter = move |event: web_sys::Event| {
        event.prevent_default();
        let Some(task) = TaskId::parse(&typed.value()) else {
            return desk.say(text.of(T::TaskIdUnreadable));
        };
        let typed = typed.clone();
        desk.work(T::Checking, async move {
            match desk.studio.add_task(&task).await {
                Ok(()) => {
                    typed.set_value("");
                    text.of(T::TaskAdded).to_owned()
                }
                Err(AddTaskError::Task(TaskError::Api(error))) => {
                    text.with(T::TaskIdRefused, &[("words", error.message())])
                }
                Err(AddTaskError::Task(_)) => text.of(T::WhatUnreachable).to_owned(),
                Err(AddTaskError::Journal(error)) => {
                    text.with(T::ImportNotStored, &[("error", &error.to_string())])
                }
            }
        });
    };
    let add = hand_in(text.of(T::Add)).class("button").live_flag("disabled", move || desk.busy.get());
    el("form")
        .class("library__task")
        .on("submit", enter)
        .child(field("library-task", text.of(T::AddByTaskId), input))
        .child(add)
}
