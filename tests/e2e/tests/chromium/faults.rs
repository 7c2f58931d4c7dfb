//! One wish, one charge, and no paid video without its card.

use anyhow::Result;
use rstest::rstest;
use vireo_e2e::faults::{BadDay, Tally};

/// Over HTTP/2, as the provider is reached.
#[rstest]
#[case::answer_lost(BadDay::AnswerLost)]
#[case::hints_then_lost(BadDay::HintsThenLost)]
#[case::error_500(BadDay::Status(500))]
#[case::bad_gateway(BadDay::Status(502))]
#[case::gateway_timeout(BadDay::Status(504))]
#[case::reload_in_flight(BadDay::Reload)]
#[case::crash(BadDay::Crash)]
#[case::two_tabs(BadDay::TwoTabs)]
#[case::fifty_clicks(BadDay::FiftyClicks)]
#[tokio::test(flavor = "multi_thread")]
async fn costs_once_and_loses_nothing(#[case] day: BadDay) -> Result<()> {
    assert_eq!(day.play(true).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}

/// Chromium makes an empty answer with the status 200 of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_interim_answer_over_http_1_is_no_answer() -> Result<()> {
    assert_eq!(BadDay::HintsThenLost.play(false).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}
