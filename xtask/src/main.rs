//! The project's commands: `cargo xtask run | test | dist | bench`.
//!
//! Each command brings its own tools and starts the project's crates as processes; it links none of them, so it compiles
//! in seconds and works when they do not compile.

mod bench;
mod browser;
mod checks;
mod dist;
mod embed;
mod examples;
mod journeys;
mod page;
mod prepare;
mod process;
mod relay;
mod run;
mod screens;
mod site;
mod split;
mod table;
mod test;
mod tools;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The commands of Vireo")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the page and serve it on this machine: simulated without KIE_API_KEY, the real API with it
    Run {
        /// Port on the loopback address
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Open the page in the default browser once it is ready
        #[arg(long)]
        open: bool,
    },
    /// Run every test
    Test {
        /// Leave out the tests that need a browser
        #[arg(long)]
        fast: bool,
        /// Only this part, which is not run otherwise
        part: Option<Part>,
    },
    /// Build what the tests in browsers need
    #[command(hide = true)]
    Prepare,
    /// Write the production page to dist/: static files for any host and any path
    Dist,
    /// Write a picture of every screen in both themes and three widths to target/screenshots, and check each
    Screenshots,
    /// Check every screen: axe, room at 320 px, what a screen reader is told
    Screens {
        /// Write down what a screen reader is told as it is now
        #[arg(long)]
        bless: bool,
    },
    /// Run the benchmarks, or one of them
    Bench { name: Option<bench::Name> },
}

/// Parts of the tests that take long, or need more than the others.
#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// The relay on Cloudflare's runtime, asked what the native one is asked
    Worker,
    /// Every journey in Firefox, with the page as it is in dist/
    Firefox,
    /// Every journey in WebKitGTK, with the page as it is in dist/
    Webkit,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run { port, open } => run::run(port, open),
        Command::Test { part: Some(Part::Worker), .. } => worker::test(),
        Command::Test { part: Some(Part::Firefox), .. } => test::every_journey(test::Other::Firefox),
        Command::Test { part: Some(Part::Webkit), .. } => test::every_journey(test::Other::WebKit),
        Command::Test { fast, part: None } => test::test(fast),
        Command::Prepare => prepare::prepare(),
        Command::Dist => dist::dist().map(drop),
        Command::Screenshots => page::build().and_then(|dist| screens::screenshots(&dist)),
        Command::Screens { bless } => page::build().and_then(|dist| screens::check(&dist, bless)),
        Command::Bench { name } => bench::bench(name),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("✗ {error:#}");
            ExitCode::FAILURE
        }
    }
}
