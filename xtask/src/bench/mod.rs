//! `cargo xtask bench`: figures, each beside what it is measured against.

mod charges;
mod embed;
mod join;
mod library;
mod load;
mod page;
mod polls;
mod relay;
mod serve;
mod size;
pub mod webdriver;

use anyhow::{Result, ensure};
use clap::ValueEnum;

/// The benchmarks.
#[derive(Clone, Copy, ValueEnum)]
pub enum Name {
    /// Bytes of a first page load, against a page in plain HTML and JavaScript
    Size,
    /// Polls and lag of the poll schedule, against fixed intervals
    Polls,
    /// Time of a first page load on a slow phone, against a page in plain HTML and JavaScript
    Load,
    /// What a host page pays for the element
    Embed,
    /// Seconds and memory to join clips into one film, against ffmpeg
    Join,
    /// Charges and lost videos on bad days in Chromium, against the makers' own clients
    Charges,
    /// Lighthouse, first paint, layout shift and reaction time of the page as it is served
    Page,
    /// The relay as it is shipped, against nginx
    Relay,
    /// A library of 10 000 videos, against one of 10
    Library,
}

/// Runs one benchmark, or all.
pub fn bench(name: Option<Name>) -> Result<()> {
    match name {
        Some(Name::Size) => size::size(),
        Some(Name::Polls) => polls::polls(),
        Some(Name::Load) => load::load(),
        Some(Name::Embed) => embed::embed(),
        Some(Name::Join) => join::join(),
        Some(Name::Charges) => charges::charges(),
        Some(Name::Page) => page::page(),
        Some(Name::Relay) => relay::relay(),
        Some(Name::Library) => library::library(),
        None => all(),
    }
}

/// All of them, even where one fails.
fn all() -> Result<()> {
    let failures: Vec<String> = [
        size::size,
        embed::embed,
        polls::polls,
        load::load,
        page::page,
        join::join,
        charges::charges,
        library::library,
        relay::relay,
    ]
    .into_iter()
    .filter_map(|bench| Some(format!("{:#}", bench().err()?)))
    .collect();
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}
