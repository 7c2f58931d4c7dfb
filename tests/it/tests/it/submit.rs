//! One intent, at most one charge.

use vireo_core::intent::State;
use vireo_it::{Kind, MINUTE, in_lab};

#[test]
fn a_prompt_becomes_a_video() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "a paper boat").await;
        let intent = lab.reach(&tab, &id, State::Succeeded, 10 * MINUTE).await;
        assert_eq!(intent.outcome.expect("an outcome").urls.len(), 1);
        assert_eq!(lab.ledger().charges, 1);
        assert_eq!(lab.calls(Kind::Create).len(), 1);
    });
}
