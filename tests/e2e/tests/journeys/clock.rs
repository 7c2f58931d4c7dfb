//! The clock of this machine jumps while a task is followed.

use anyhow::Result;
use rstest::rstest;
use vireo_e2e::Stage;
use vireo_e2e::faults::{KEY, Tally, tally};

const DAY_MS: i64 = 86_400_000;

#[rstest]
#[case::a_day_ahead(DAY_MS)]
#[case::a_day_back(-DAY_MS)]
#[tokio::test(flavor = "multi_thread")]
async fn a_jump_loses_nothing_and_calls_nothing_failed(#[case] ms: i64) -> Result<()> {
    let prompt = "summer time [sim:slow]";
    let (stage, studio) = Stage::ready().await?;
    let card = studio.order(prompt).await?;
    card.wait_state("generating").await?;
    let jump = "const { now } = Date; Date.now = () => now() + arguments[0];";
    studio.run(&jump.replace("arguments[0]", &ms.to_string()), vec![]).await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    let states = studio.states_of(prompt).await?;
    assert!(!states.iter().any(|state| state == "failed"), "{states:?}");

    // The clock is set right again.
    studio.reload().await?;
    studio.reconnect(KEY).await?;
    assert_eq!(studio.card(prompt).await?.state().await?, "succeeded");
    assert_eq!(tally(&stage, &studio).await?, Tally { charges: 1, orphans: 0 });
    Ok(())
}
