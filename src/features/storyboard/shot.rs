//! One shot: what it shows, where it stands, what can be done with it.

use super::Context;
use crate::browser::clock;
use crate::browser::files::BlobUrl;
use crate::browser::media;
use crate::features::{facts, problems};
use crate::i18n::{T, Text};
use crate::state::board::ShotError;
use crate::ui::{El, button, div, el, focus, follow, keeping_focus, paragraph, ticked, told, value_of};
use leptos::prelude::*;
use std::rc::Rc;
use veo_api::Generate;
use vireo_core::intent::IntentId;
use vireo_core::storyboard::{Source, Standing};

pub fn shot(context: Context, key: u32) -> Option<El> {
    let Context { studio, text, board, said } = context;
    let source = board.film.with_untracked(|film| Some(film.shots[film.place(key)?].source.clone()))?;
    let place = move || board.film.with(|film| film.place(key)).unwrap_or_default();
    let standing = Memo::new(move |_| standing_name(&board.standing(place())).to_owned());
    let name = move |key: T| text.with(key, &[("n", &(place() + 1).to_string())]);
    let head = div("shot__head")
        .child(el("strong").live_text(move || name(T::ShotN)))
        .child(el("span").class("quiet").live_text(move || words_for(text, &board.standing(place()))));
    let content = match &source {
        Source::New(generate) => new_shot(context, key, generate, place),
        Source::Video(id) => {
            let prompt = studio.engine().intent(id).map(|intent| intent.order.prompt().to_owned());
            paragraph("card__prompt", &prompt.unwrap_or_default()).attr("dir", "auto")
        }
    };
    let trouble = move || {
        let (of, error) = board.trouble.get()?;
        (of == key).then(|| why(text, &error))
    };
    let last = move || place() + 1 == board.film.with(|film| film.shots.len());
    let act = move |label: T, run: Box<dyn Fn()>| {
        button("button button--quiet", text.of(label), run).live_attr("aria-label", {
            let of = move || {
                text.with(T::ShotAction, &[("action", text.of(label)), ("n", &(place() + 1).to_string())])
            };
            move || Some(of())
        })
    };
    let move_by = move |by: isize| {
        let place = untrack(place).saturating_add_signed(by);
        keeping_focus(|| board.change(|film| film.move_to(key, place)));
        said.set(untrack(|| name(T::ShotN)));
    };
    let remove = move || {
        board.change(|film| film.remove(key));
        focus(".shots__add button");
    };
    let actions = div("card__actions")
        .live(takes(context, key))
        .maybe(matches!(source, Source::New(_)).then(|| generate_button(context, key, place, standing)))
        .child(act(T::ShotEarlier, Box::new(move || move_by(-1))).live_off(move || place() == 0))
        .child(act(T::ShotLater, Box::new(move || move_by(1))).live_off(last))
        .child(act(T::Remove, Box::new(remove)));
    let body = div("shot__body")
        .child(head)
        .child(content)
        .child(told("alert", "note note--danger", trouble))
        .child(actions);
    let item = el("li")
        .class("shot")
        .live_attr("aria-label", move || Some(name(T::ShotN)))
        .live_attr("data-standing", move || Some(standing.get()));
    Some(item.child(picture(context, place)).child(body))
}

/// The prompt, the choices and the chain of a shot that is to be generated.
fn new_shot(
    context: Context,
    key: u32,
    generate: &Generate,
    place: impl Fn() -> usize + Copy + Send + Sync + 'static,
) -> El {
    let Context { text, board, .. } = context;
    let edit = move |event: web_sys::Event| {
        let prompt = value_of(&event);
        board.change(|film| {
            if let Some(Source::New(generate)) = film.shot_mut(key).map(|shot| &mut shot.source) {
                generate.prompt = prompt;
            }
        });
    };
    let prompt = el("textarea")
        .class("input")
        .attr("rows", "2")
        .attr("dir", "auto")
        .live_attr("aria-label", move || Some(text.with(T::ShotPrompt, &[("n", &(place() + 1).to_string())])))
        .on("input", edit)
        .text(&generate.prompt);
    let chained = el("input")
        .attr("type", "checkbox")
        .live_prop("checked", move || {
            board.film.with(|film| film.shots.get(place()).is_some_and(|shot| shot.chained)).into()
        })
        .on("change", move |event| {
            let on = ticked(&event);
            board.change(|film| {
                if let Some(shot) = film.shot_mut(key) {
                    shot.chained = on;
                }
            });
        });
    div("shot__new").child(prompt).child(paragraph("quiet", &facts::facts(text, generate))).child(
        el("label")
            .class("check")
            .child(chained)
            .text(text.of(T::ShotChained))
            .live_flag("hidden", move || place() == 0),
    )
}

/// Which of several takes is in the film.
fn takes(context: Context, key: u32) -> impl Fn() -> Option<El> {
    let Context { text, board, .. } = context;
    let takes =
        Memo::new(move |_| board.takes(key).iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    move || {
        let takes: Vec<IntentId> = takes.with(|takes| takes.split(' ').filter_map(IntentId::parse).collect());
        if takes.len() < 2 {
            return None;
        }
        // By age, so that a take keeps its number when another is preferred.
        let mut by_age = takes.clone();
        by_age.sort();
        let option = |(n, id): (usize, &IntentId)| {
            let label = text.with(T::TakeN, &[("n", &n.to_string())]);
            let option = el("option").attr("value", id.as_str()).text(&label);
            if takes.last() == Some(id) { option.attr("selected", "") } else { option }
        };
        let options: Vec<El> = (1..).zip(&by_age).map(option).collect();
        let prefer = move |event: web_sys::Event| {
            let Some(take) = IntentId::parse(&value_of(&event)) else { return };
            board.change(|film| {
                if let Some(shot) = film.shot_mut(key) {
                    shot.prefer(&take);
                }
            });
        };
        let select = el("select").class("input").attr("aria-label", text.of(T::Take));
        let compare =
            move || context.studio.compared.set(Some(by_age.iter().rev().take(4).rev().cloned().collect()));
        let compare = button("button button--quiet", text.of(T::CompareThese), compare);
        Some(div("shot__takes").child(select.on("change", prefer).children(options)).child(compare))
    }
}

fn generate_button(
    context: Context,
    key: u32,
    place: impl Fn() -> usize + Copy + Send + Sync + 'static,
    standing: Memo<String>,
) -> El {
    let Context { text, board, .. } = context;
    let price = move || board.price_of(key);
    let label = Memo::new(move |_| {
        let again = standing.with(|standing| matches!(standing.as_str(), "done" | "failed"));
        let credits = price().map_or_else(|| "?".to_owned(), |credits| clock::number(credits, text.tag()));
        text.with(if again { T::ShotAgain } else { T::ShotGenerate }, &[("credits", &credits)])
    });
    let name = move || {
        label.with(|label| text.with(T::ShotAction, &[("action", label), ("n", &(place() + 1).to_string())]))
    };
    // A retake in a chain needs a video to begin with too.
    let can_begin = move || {
        board.film.with(|film| {
            film.before(place()).is_none_or(|before| film.shots[before].video(|id| board.state(id)).is_some())
        })
    };
    let can = move || {
        board.preparing.get().is_none()
            && can_begin()
            && standing.with(|standing| matches!(standing.as_str(), "ready" | "done" | "failed"))
    };
    let buy = move || {
        if untrack(can) {
            context.studio.agree(untrack(price), move || board.generate(key));
        }
    };
    button("button button--quiet", "", buy)
        .live_text(move || label.get())
        .live_attr("aria-label", move || Some(name()))
        .live_off(move || !can())
}

/// A picture of the shot's video: its poster where the bytes are on this device, else the beginning of what its link
/// shows.
fn picture(context: Context, place: impl Fn() -> usize + Copy + Send + Sync + 'static) -> El {
    let Context { studio, board, .. } = context;
    let video = Memo::new(move |_| {
        let id = board.film.with(|film| film.shots.get(place())?.video(|id| board.state(id)).cloned());
        id.map(|id| id.to_string()).unwrap_or_default()
    });
    let poster = RwSignal::new_local(None::<Rc<BlobUrl>>);
    follow(move || {
        poster.set(None);
        let Some(id) = video.with(|id| IntentId::parse(id)) else { return };
        studio.spawn(async move {
            let journal = studio.engine().journal().clone();
            let kept = media::kept(&journal, &id).await.and_then(|kept| kept.poster);
            if video.try_get_untracked().as_deref() == Some(id.as_str()) {
                poster.try_set(kept.and_then(|kept| BlobUrl::new(&kept)).map(Rc::new));
            }
        });
    });
    div("shot__picture").live(move || match poster.get() {
        Some(url) => Some(el("img").attr("src", url.as_str()).attr("alt", "")),
        None => {
            let outcome = studio.engine().intent(&video.with(|id| IntentId::parse(id))?)?.outcome?;
            let still =
                el("video").attr("preload", "metadata").attr("aria-hidden", "true").attr("tabindex", "-1");
            Some(still.attr("src", outcome.urls.first()?))
        }
    })
}

fn standing_name(standing: &Standing) -> &'static str {
    match standing {
        Standing::Ready => "ready",
        Standing::WaitsFor(_) => "waits",
        Standing::Running => "running",
        Standing::Done => "done",
        Standing::Failed => "failed",
        Standing::Unsure => "unsure",
        Standing::Gone => "gone",
        Standing::Wrong(_) => "wrong",
    }
}

fn words_for(text: Text, standing: &Standing) -> String {
    match standing {
        Standing::Ready => text.of(T::ShotReady).to_owned(),
        Standing::WaitsFor(before) => text.with(T::ShotWaits, &[("n", &(before + 1).to_string())]),
        Standing::Running => text.of(T::PhaseGenerating).to_owned(),
        Standing::Done => text.of(T::PhaseReady).to_owned(),
        Standing::Failed => text.of(T::ShotFailed).to_owned(),
        Standing::Unsure => text.of(T::ShotUnsure).to_owned(),
        Standing::Gone => text.of(T::ShotGone).to_owned(),
        Standing::Wrong(problems) => {
            problems.iter().map(|problem| problems::problem(text, problem)).collect::<Vec<_>>().join(" ")
        }
    }
}

fn why(text: Text, error: &ShotError) -> String {
    match error {
        ShotError::Bytes(_) => text.of(T::ShotNoBytes).to_owned(),
        ShotError::Frame(_) => text.of(T::ShotNoFrame).to_owned(),
        ShotError::Upload(said) if said.is_empty() => text.of(T::ShotNoUpload).to_owned(),
        ShotError::Upload(said) => text.with(T::UploadRefused, &[("words", said)]),
    }
}
