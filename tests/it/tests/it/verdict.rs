//! The provider's verdicts, as its records tell them.

use rstest::rstest;
use veo_api::{Class, Spent};
use vireo_core::intent::{Cause, State};
use vireo_core::machine::EMPTY_LOOKS;
use vireo_it::{MINUTE, SECOND, in_lab};

#[rstest]
#[case("[sim:policy]", Class::Policy)]
#[case("[sim:busy]", Class::HighTraffic)]
#[case("[sim:fail-422]", Class::Policy)]
#[case("[sim:flag-7]", Class::Other)]
fn a_failure_is_told_soon_and_in_the_provider_s_words(#[case] words: &str, #[case] class: Class) {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, words).await;
        let intent = lab.reach(&tab, &id, State::Failed, 30 * SECOND).await;
        assert_eq!(intent.trouble.expect("it says why").cause, Cause::Provider(class));
    });
}

#[rstest]
#[case("[sim:legacy-shape]")]
#[case("[sim:no-audio]")]
#[case("[sim:expired]")]
#[case("[sim:no-cors]")]
#[case("[sim:fast]")]
#[case("[sim:slow]")]
fn an_odd_success_is_a_success(#[case] words: &str) {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, words).await;
        let intent = lab.reach(&tab, &id, State::Succeeded, 60 * MINUTE).await;
        assert_eq!(intent.outcome.expect("an outcome").urls.len(), 1);
    });
}

#[test]
fn success_without_an_address_is_a_failure_only_after_more_looks() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "[sim:no-url]").await;
        assert!(lab.until(10 * MINUTE, || tab.shows(&id).follow.empty == 1).await);
        assert_eq!(tab.shows(&id).state, State::Generating);
        let found = lab.true_ms();
        let intent = lab.reach(&tab, &id, State::Failed, 10 * MINUTE).await;
        assert_eq!(intent.follow.empty, EMPTY_LOOKS);
        assert!(lab.true_ms() - found >= 30 * SECOND, "the provider gets some time to list it");
        assert_eq!(intent.trouble.as_ref().map(|trouble| trouble.cause), Some(Cause::NoVideo));
        assert_eq!(intent.spent(), Spent::Yes);
    });
}
