//! The price table as fields.

use crate::browser::clock;
use crate::features::facts::model_name;
use crate::i18n::{T, Text};
use crate::state::Studio;
use crate::ui::{El, button, div, el, paragraph};
use leptos::prelude::*;
use vireo_core::budget::read_credits;
use vireo_core::intent::Height;
use vireo_core::price::{Item, MODELS, Prices};
use web_sys::HtmlInputElement;

/// The fields, and what keeps what they say: false where one of them says no price.
pub fn table(studio: Studio, text: Text) -> (El, impl Fn() -> bool) {
    let prices = studio.prices.get_untracked();
    let as_of = text.with(T::PricesAsOf, &[("date", &prices.as_of)]);
    let mut fields: Vec<(Item, HtmlInputElement)> = Vec::new();
    let mut cell = |item: Item, name: &str| {
        let input = el("input")
            .class("input")
            .attr("inputmode", "decimal")
            .attr("autocomplete", "off")
            .attr("aria-label", name)
            .attr("value", &prices.get(item).to_string());
        fields.push((item, input.node()));
        el("td").child(input)
    };
    let columns = ["720p", "1080p", "4K", text.of(T::Extend)];
    let mut body = el("tbody");
    for (row, model) in MODELS.iter().enumerate() {
        let model = model_name(text, model.as_str());
        let mut line = el("tr").child(el("th").attr("scope", "row").text(model));
        for (place, column) in columns.iter().enumerate() {
            let item = if place < 3 { Item::Video(row, place) } else { Item::Extension(row) };
            line = line.child(cell(item, &[model, " ", column].concat()));
        }
        body = body.child(line);
    }
    let upgrade = text.of(T::Upgrade);
    let mut line = el("tr").child(el("th").attr("scope", "row").text(upgrade)).child(el("td"));
    for (height, name) in [(Height::P1080, "1080p"), (Height::P4k, "4K")] {
        line = line.child(cell(Item::Upgrade(height), &[upgrade, " ", name].concat()));
    }
    let head = columns.iter().map(|column| el("th").attr("scope", "col").text(column));
    let head = el("tr").child(el("td")).children(head);
    let table = el("table")
        .class("credits__table credits__table--prices")
        .attr("aria-label", text.of(T::Prices))
        .child(el("thead").child(head))
        .child(body.child(line.child(el("td"))));
    let usual = {
        let fields = fields.clone();
        move || {
            let usual = Prices::default();
            fields.iter().for_each(|(item, field)| field.set_value(&usual.get(*item).to_string()));
        }
    };
    let all = div("credits__prices").child(paragraph("field__note", &as_of)).child(table).child(button(
        "button button--quiet",
        text.of(T::PricesUsual),
        usual,
    ));
    (all, move || save(studio, &fields))
}

/// Corrected figures are of today.
fn save(studio: Studio, fields: &[(Item, HtmlInputElement)]) -> bool {
    let before = studio.prices.get_untracked();
    let mut prices = before.clone();
    for (item, field) in fields {
        let Ok(Some(credits)) = read_credits(&field.value()) else { return false };
        if !prices.set(*item, credits) {
            return false;
        }
    }
    let mut usual = Prices::default();
    usual.as_of.clone_from(&prices.as_of);
    if prices == usual {
        studio.set_prices(Prices::default());
    } else if prices != before {
        prices.as_of = clock::iso_date(clock::now_ms());
        studio.set_prices(prices);
    }
    true
}
