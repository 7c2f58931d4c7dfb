//! `polls`: the simulation lives with the schedule, in the core crate.

use anyhow::Result;

use crate::process::{cargo, run, say};

/// Polls per task and mean lag, by schedule.
pub fn polls() -> Result<()> {
    say("Polls: simulating tasks under each schedule");
    run(&mut cargo(["run", "--quiet", "--release", "--package", "vireo-core", "--example", "polls"]))
}
