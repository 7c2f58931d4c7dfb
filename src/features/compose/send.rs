//! The button that spends credits, and what has to be right before it does.

use crate::browser::clock;
use crate::features::problems;
use crate::i18n::{T, Text};
use crate::lazy;
use crate::state::Studio;
use crate::state::draft::Progress;
use crate::ui::{El, button, div, el, follow, live_notes, told};
use leptos::prelude::*;
use veo_api::{Generate, Mode, Spent};
use vireo_core::check::check;
use vireo_core::intent::{Intent, Order, State};

/// Turns the form into an intent.
#[derive(Clone, Copy)]
pub struct Sender {
    studio: Studio,
    text: Text,
    troubles: RwSignal<Vec<String>>,
    /// What was asked for while images were still on their way, and which images.
    held: RwSignal<Option<(Generate, Vec<u32>)>>,
}

impl Sender {
    pub fn new(studio: Studio, text: Text) -> Self {
        let sender = Sender { studio, text, troubles: RwSignal::default(), held: RwSignal::default() };
        follow(move || sender.go_on_when_uploaded());
        sender
    }

    /// Checks the form and hands it in. What is wrong is said, and nothing is sent.
    pub fn submit(self) {
        if !self.studio.ready.get_untracked() {
            self.studio.ask_to_connect(true);
            return;
        }
        // As the form stands now: what goes on with it may have to be fetched.
        let (generate, seed_reads) = untrack(move || self.studio.draft.read());
        let keys =
            self.studio.draft.images.with_untracked(|images| images.iter().map(|image| image.key).collect());
        self.studio.run(go_on(self, Step::Check { generate, seed_reads, keys }));
    }

    fn check(self, generate: Generate, seed_reads: bool, keys: Vec<u32>) {
        self.studio.renew_images();
        let going_up = generate.mode != Mode::Text && self.image_state() == ImageState::GoingUp;
        let mut troubles = self.image_troubles(&generate);
        if !seed_reads {
            troubles.push(self.text.of(T::SeedBad).to_owned());
        }
        let origins = self.studio.net().media_origins();
        let mut checked = generate.clone();
        if going_up {
            // Checked for real once the addresses are known.
            checked
                .image_urls
                .iter_mut()
                .filter(|url| url.is_empty())
                .for_each(|url| url.push_str("https://image.example/"));
        }
        if troubles.is_empty() {
            troubles = check(&checked, &origins).iter().map(|p| problems::problem(self.text, p)).collect();
        }
        let fine = troubles.is_empty();
        self.troubles.set(troubles);
        match (fine, going_up) {
            (false, _) => self.held.set(None),
            (true, true) => self.held.set(Some((generate, keys))),
            (true, false) => self.hand_in(generate),
        }
    }

    fn hand_in(self, generate: Generate) {
        let studio = self.studio;
        let order = Order::Generate(generate);
        let id = studio.pressed("form", &order, || studio.draft.take_id());
        let price = studio.prices.with_untracked(|prices| prices.order(&order));
        studio.agree(price, move || _ = studio.submit(id, order, None));
    }

    fn image_troubles(self, generate: &Generate) -> Vec<String> {
        let failed = generate.mode != Mode::Text && self.image_state() == ImageState::Failed;
        failed.then(|| self.text.of(T::ImageFailed).to_owned()).into_iter().collect()
    }

    fn image_state(self) -> ImageState {
        self.studio.draft.images.with_untracked(|images| {
            let mut state = ImageState::Ready;
            for image in images {
                match image.progress {
                    Progress::Failed(_) | Progress::Stopped => return ImageState::Failed,
                    Progress::Preparing | Progress::Waiting | Progress::Uploading(_) => {
                        state = ImageState::GoingUp;
                    }
                    Progress::Ready => {}
                }
            }
            state
        })
    }

    fn go_on_when_uploaded(self) {
        self.studio.draft.images.track();
        let Some((mut generate, keys)) = self.held.get() else {
            return;
        };
        match self.image_state() {
            ImageState::GoingUp => {}
            ImageState::Failed => {
                self.held.set(None);
                self.troubles.set(vec![self.text.of(T::ImageFailed).to_owned()]);
            }
            ImageState::Ready => {
                self.held.set(None);
                let images = self.studio.draft.images.get_untracked();
                let address =
                    |key: &u32| images.iter().find(|image| image.key == *key).map(|i| i.address.clone());
                // An image taken away meanwhile takes the wish back.
                if let Some(addresses) = keys.iter().map(address).collect::<Option<Vec<_>>>() {
                    generate.image_urls = addresses;
                    self.studio.run(go_on(self, Step::HandIn(generate)));
                }
            }
        }
    }
}

/// What follows a press of the button, once there is a connection.
enum Step {
    Check { generate: Generate, seed_reads: bool, keys: Vec<u32> },
    HandIn(Generate),
}

lazy! { work => fn go_on(sender: Sender, step: Step) -> () {
    match step {
        Step::Check { generate, seed_reads, keys } => sender.check(generate, seed_reads, keys),
        Step::HandIn(generate) => sender.hand_in(generate),
    }
} }

/// Hands in a request that the page around the element made. Answers with the intent once the provider has accepted
/// it; otherwise with what is wrong, and with the intent if there is one.
pub async fn by_host(studio: Studio, wished: Generate) -> Result<Intent, (String, Option<Intent>)> {
    let text = studio.text();
    let troubles = check(&wished, &studio.net().media_origins());
    if !troubles.is_empty() {
        let words: Vec<String> = troubles.iter().map(|trouble| problems::problem(text, trouble)).collect();
        return Err((words.join(" "), None));
    }
    if !studio.ready.get_untracked() {
        return Err((text.of(T::HostNotConnected).to_owned(), None));
    }
    let id = studio.new_id();
    let answered = studio.answered(id.clone());
    if !studio.submit(id, Order::Generate(wished), None) {
        return Err((text.of(T::HostDeclined).to_owned(), None));
    }
    match answered.await {
        Ok(intent) if intent.task_id.is_some() => Ok(intent),
        Ok(intent) => Err((why_nothing(text, &intent), Some(intent))),
        Err(_) => Err((text.of(T::WhatPageClosed).to_owned(), None)),
    }
}

/// Why a request came to nothing, in the provider's words where it has any, and what that cost.
fn why_nothing(text: Text, intent: &Intent) -> String {
    let words = intent.trouble.as_ref().map(|trouble| trouble.words.as_str()).unwrap_or_default();
    let what = match (words, intent.state) {
        ("", State::Unknown) => text.of(T::UnknownText),
        ("", _) => text.of(T::WhatNotSent),
        (words, _) => words,
    };
    let free = intent.spent() == Spent::No;
    [what, text.of(if free { T::MoneyNone } else { T::MoneyUnknown })].join(" · ")
}

#[derive(Clone, Copy, PartialEq)]
enum ImageState {
    Ready,
    GoingUp,
    Failed,
}

/// The last rows of the form.
pub fn view(sender: Sender, open: RwSignal<bool>) -> El {
    let Sender { studio, text, troubles, held } = sender;
    let estimate = Memo::new(move |_| {
        let choice = studio.draft.choice.get();
        studio.prices.with(|prices| prices.video(&choice.model, &choice.resolution))
    });
    let label = move || match estimate.get() {
        Some(credits) => text.with(T::GenerateFor, &[("credits", &clock::number(credits, text.tag()))]),
        None => text.of(T::Generate).to_owned(),
    };
    let poor = move || {
        let short = studio.balance.get()? < estimate.get()?;
        short.then(|| text.of(T::TooFewCredits).to_owned())
    };
    let waits = move || held.get().is_some().then(|| text.of(T::SendsWhenUploaded).to_owned());
    let toggle =
        button("button composer__toggle", text.of(T::Options), move || open.update(|open| *open = !*open))
            .live_attr("aria-expanded", move || Some(open.get().to_string()));
    div("composer__send")
        .child(live_notes("alert", "note note--danger", move || troubles.get()))
        .child(told("status", "note", waits))
        .child(told("status", "note note--amber", poor))
        .child(toggle)
        .child(
            el("button")
                .attr("type", "submit")
                .attr("part", "submit")
                .class("button button--main")
                // Not by the form's own event alone: a frame without `allow-forms` never gets to it.
                .on("click", move |event| {
                    event.prevent_default();
                    sender.submit();
                })
                .live_text(label),
        )
}
