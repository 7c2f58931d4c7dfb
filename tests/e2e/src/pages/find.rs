//! Where things are, by role and accessible name.

use thirtyfour::prelude::*;

/// A text as XPath writes it.
fn quoted(text: &str) -> String {
    if text.contains('"') {
        let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
        format!("concat({})", parts.join(", '\"', "))
    } else {
        format!("\"{text}\"")
    }
}

/// A button by its exact name.
pub(super) fn button(name: &str) -> By {
    let name = quoted(name);
    By::XPath(format!(".//button[@aria-label={name} or (not(@aria-label) and normalize-space(.)={name})]"))
}

/// A button by the beginning of its name.
pub(super) fn button_that_begins(name: &str) -> By {
    let name = quoted(name);
    By::XPath(format!(".//button[starts-with(normalize-space(.), {name})]"))
}

/// A field by its label.
pub(super) fn field(label: &str) -> By {
    let label = quoted(label);
    By::XPath(format!(
        ".//*[self::input or self::textarea or self::select][@aria-label={label} or \
         @id=//label[normalize-space(.)={label}]/@for]"
    ))
}

/// What stands on one radio button of a group: the part that a person presses.
pub(super) fn radio(group: &str, name: &str) -> By {
    let (group, name) = (quoted(group), quoted(name));
    By::XPath(format!(".//*[@role='radiogroup'][@aria-label={group}]//label[normalize-space(.)={name}]"))
}

/// A box to tick by its label.
pub(super) fn check(name: &str) -> By {
    By::XPath(format!(".//label[input[@type='checkbox']][normalize-space(.)={}]", quoted(name)))
}

/// An open dialog by its name.
pub(super) fn dialog(name: &str) -> By {
    By::XPath(format!(".//dialog[@open][@aria-label={}]", quoted(name)))
}

/// The article of a prompt in the list of videos. Several with one prompt: the newest.
pub(super) fn article(prompt: &str) -> By {
    By::XPath(format!(".//ul/li/article[@aria-label={}]", quoted(prompt)))
}

/// An element of this kind with this text.
pub(super) fn summary(name: &str) -> By {
    By::XPath(format!(".//summary[normalize-space(.)={}]", quoted(name)))
}
