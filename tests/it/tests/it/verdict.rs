//! The provider's verdicts, as its records tell them.

use rstest::rstest;
use veo_api::{Class, Spent};
use vireo_core::intent::{Cause, State};
use vireo_core::machine::EMPTY_LOOKS;
use vireo_it::{Fault, MINUTE, SECOND, in_lab};

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

#[test]
fn a_finished_video_asked_again_keeps_its_verdict_and_its_link_can_be_renewed() {
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "[sim:fast]").await;
        let ended = lab.reach(&tab, &id, State::Succeeded, 5 * MINUTE).await;
        tab.engine.fetch_again(&id).await;
        let again = tab.shows(&id);
        assert_eq!(
            (again.state, again.ended_ms, &again.outcome),
            (State::Succeeded, ended.ended_ms, &ended.outcome)
        );
        let link = &ended.outcome.as_ref().expect("an outcome").urls[0];
        assert!(tab.engine.fresh_link(link).await.is_some());
        assert_eq!(tab.engine.fresh_link("https://elsewhere.example/v.mp4").await, None);
    });
}

#[test]
fn a_dead_link_is_replaced_by_what_its_record_names_now() {
    const NEW: &str = "https://media.example/new.mp4";
    in_lab(1, false, async |lab| {
        let tab = lab.open().await;
        let id = lab.submit(&tab, "[sim:fast]").await;
        let ended = lab.reach(&tab, &id, State::Succeeded, 5 * MINUTE).await;
        let dead = &ended.outcome.as_ref().expect("an outcome").urls[0];
        let record = format!(
            r#"{{"code":200,"msg":"success","data":{{"successFlag":1,"response":{{"resultUrls":["{NEW}"]}}}}}}"#
        );
        lab.faults(move |call| call.path.contains("record-info").then(|| Fault::Answer(200, record.clone())));
        assert_eq!(tab.engine.fresh_link(dead).await.as_deref(), Some(NEW));
        let outcome = tab.shows(&id).outcome.expect("an outcome");
        assert_eq!((outcome.urls, tab.shows(&id).ended_ms), (vec![NEW.to_owned()], ended.ended_ms));
    });
}
