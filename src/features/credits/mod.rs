//! Credits: the price table, the bounds a person sets, what each day has cost, and the question before more is spent.

mod table;

use crate::browser::clock;
use crate::i18n::{T, Text};
use crate::state::{Screen, Studio};
use crate::ui::{El, button, dialog, div, el, ends, field, hand_in, paragraph, question, told};
use leptos::prelude::*;
use vireo_core::budget::{Budget, Day, Worry, read_credits};
use web_sys::HtmlInputElement;

/// Days that are listed.
const SHOWN_DAYS: usize = 14;

/// The dialog with prices, bounds and totals.
pub fn credits(studio: Studio, text: Text) -> El {
    let close = move || studio.screen.set(None);
    let budget = studio.budget();
    let bound = |credits: Option<f64>| {
        let input = el("input").class("input").attr("inputmode", "decimal").attr("autocomplete", "off");
        input.attr("value", &credits.map(|credits| credits.to_string()).unwrap_or_default())
    };
    let (above, cap) = (bound(budget.confirm_above), bound(budget.daily_cap));
    let typed: [HtmlInputElement; 2] = [above.node(), cap.node()];
    let (table, save_prices) = table::table(studio, text);
    let trouble = RwSignal::new(None::<T>);
    let save = move |event: web_sys::Event| {
        event.prevent_default();
        let [above, cap] = typed.each_ref().map(|field| read_credits(&field.value()));
        let (Ok(confirm_above), Ok(daily_cap)) = (above, cap) else {
            return trouble.set(Some(T::CreditsUnreadable));
        };
        if !save_prices() {
            return trouble.set(Some(T::PriceUnreadable));
        }
        studio.set_budget(Budget { confirm_above, daily_cap });
        close();
    };
    let form = el("form")
        .class("ways")
        .attr("novalidate", "")
        .on("submit", save)
        .child(el("h3").text(text.of(T::Bounds)))
        .child(paragraph("field__note", text.of(T::BoundsNote)))
        .child(
            div("credits__bounds")
                .child(field("confirm-above", text.of(T::ConfirmAbove), above))
                .child(field("daily-cap", text.of(T::DailyCap), cap)),
        )
        .child(el("h3").text(text.of(T::Prices)))
        .child(table)
        .child(el("h3").text(text.of(T::Spent)))
        .child(days(studio, text))
        .child(told("alert", "note note--danger", move || trouble.get().map(|key| text.of(key).to_owned())))
        .child(ends(text.of(T::Cancel), close, hand_in(text.of(T::Save))));
    dialog(text.of(T::Credits), close, [form]).class("dialog dialog--wide")
}

/// What each day has cost.
fn days(studio: Studio, text: Text) -> El {
    let days = studio.days();
    if days.is_empty() {
        return paragraph("quiet", text.of(T::SpentNothing));
    }
    let row = |day: &Day| {
        let credits = clock::number(day.credits, text.tag());
        let key = if day.measured { T::DayCost } else { T::DayCostAbout };
        let cost = text.with(key, &[("credits", &credits)]);
        el("tr")
            .child(el("th").attr("scope", "row").text(&day.date))
            .child(el("td").text(&day.orders.to_string()))
            .child(el("td").text(&cost))
    };
    let head = [T::Day, T::Orders, T::Credits].map(|key| el("th").attr("scope", "col").text(text.of(key)));
    let table = el("table")
        .class("credits__table")
        .attr("aria-label", text.of(T::Spent))
        .child(el("thead").child(el("tr").children(head)))
        .child(el("tbody").children(days.iter().take(SHOWN_DAYS).map(row)));
    div("credits__days").child(table).child(paragraph("field__note", text.of(T::SpentNote)))
}

/// Asks before more is spent than the person wanted to without a word; a day's cap stops it.
pub fn spend(studio: Studio, text: Text, worry: Worry) -> El {
    let close = move || studio.screen.set(None);
    let number = |credits: f64| clock::number(credits, text.tag());
    let (title, words) = match worry {
        Worry::Dear { credits, limit } => (
            T::SpendTitle,
            text.with(T::SpendDear, &[("credits", &number(credits)), ("limit", &number(limit))]),
        ),
        Worry::OverCap { credits, spent, cap } => (
            T::SpendCapTitle,
            text.with(
                T::SpendOverCap,
                &[("credits", &number(credits)), ("spent", &number(spent)), ("cap", &number(cap))],
            ),
        ),
        Worry::PriceUnknown => (T::SpendTitle, text.of(T::SpendUnknown).to_owned()),
    };
    let agree = move || {
        close();
        studio.agreed();
    };
    let change = move || studio.screen.set(Some(Screen::Credits));
    let on = match title {
        T::SpendCapTitle => button("", text.of(T::SpendChange), change),
        _ => button("", text.of(T::SpendConfirm), agree),
    };
    let nothing = paragraph("quiet", text.of(T::SpendNothingYet));
    question(text.of(title), close, vec![paragraph("", &words), nothing], text.of(T::Cancel), on)
}
