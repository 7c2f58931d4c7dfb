//! A row of radio buttons drawn as segments.

use super::{El, div, el};
use leptos::prelude::*;

/// One radio button.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its value.
    pub value: &'static str,
    /// What stands on it; also its accessible name.
    pub label: &'static str,
    /// A class for a drawn shape before the label; empty for none.
    pub shape: &'static str,
}

impl Choice {
    /// A radio button without a drawn shape.
    pub fn new(value: &'static str, label: &'static str) -> Self {
        Choice { value, label, shape: "" }
    }
}

/// A group of radio buttons named `label`. `allowed` says which can be chosen now; the others say why in `why`.
pub fn choices(
    name: &'static str,
    label: &'static str,
    options: Vec<Choice>,
    value: Signal<&'static str>,
    allowed: impl Fn(&'static str) -> bool + Copy + 'static,
    why: &'static str,
    pick: impl Fn(&'static str) + Copy + 'static,
) -> El {
    let radio = move |option: Choice| {
        let own = option.value;
        let input = el("input")
            .attr("type", "radio")
            .attr("name", name)
            .attr("value", own)
            .live_prop("checked", move || (value.get() == own).into())
            .live_flag("disabled", move || !allowed(own))
            .on("change", move |_| pick(own));
        let shape = (!option.shape.is_empty())
            .then(|| el("i").class(&["shape ", option.shape].concat()).attr("aria-hidden", "true"));
        let face = el("span").maybe(shape).text(option.label);
        el("label")
            .live_attr("title", move || (!allowed(own)).then(|| why.to_owned()))
            .child(input)
            .child(face)
    };
    let group = div("segments").attr("role", "radiogroup").attr("aria-label", label);
    div("field")
        .child(el("span").class("field__label").attr("aria-hidden", "true").text(label))
        .child(group.children(options.into_iter().map(radio)))
}
