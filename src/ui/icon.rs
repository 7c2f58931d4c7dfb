//! Drawings of 16 × 16, in lines of the text's colour.

use super::El;
use leptos::prelude::*;
use web_sys::Element;

/// An icon, by the path of its lines. It says nothing: a name stands beside it.
pub fn icon(lines: &str) -> El {
    let path = svg("path").attr("d", lines);
    svg("svg").attr("viewBox", "0 0 16 16").attr("class", "icon").attr("aria-hidden", "true").child(path)
}

fn svg(tag: &str) -> El {
    let made: Element = document()
        .create_element_ns(Some("http://www.w3.org/2000/svg"), tag)
        .expect("tag names are written in this program and valid");
    El::from(made)
}
