//! The wire format against recorded bodies, golden tables and hostile input.
#![cfg(not(target_arch = "wasm32"))]

mod codes;
mod fixtures;
mod hostile;
mod requests;
mod shapes;

use veo_api::{Reply, TaskId};

/// The task that the fixtures are about.
fn task() -> TaskId {
    TaskId::parse("9b0c4f6f2d3a4e7b8c1d0e2f3a4b5c6d").expect("a task id")
}

/// A body as it usually comes, trouble included: under HTTP 200.
fn reply(body: impl Into<String>) -> Reply {
    answer(200, body)
}

fn answer(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, body: body.into(), ..Reply::default() }
}
