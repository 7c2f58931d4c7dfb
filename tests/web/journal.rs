//! The journal in the browser's own IndexedDB.

use veo_api::Generate;
use vireo::browser::clock;
use vireo::browser::journal::BrowserJournal;
use vireo_client::{Added, Journal, Start};
use vireo_core::intent::{Intent, IntentId, Order, State};
use wasm_bindgen_test::wasm_bindgen_test;

/// A journal of its own for each test.
fn fresh() -> (String, BrowserJournal) {
    let name = ["test-", &clock::random_name()].concat();
    (name.clone(), BrowserJournal::new(&name))
}

fn intent(prompt: &str) -> Intent {
    let id = IntentId::new(clock::now_ms(), clock::random_bytes());
    let order = Order::Generate(Generate { prompt: prompt.into(), ..Generate::default() });
    Intent::new(id, order, "tab", clock::now_ms())
}

/// Everything, in the order of its reading, and how many were set aside.
async fn load(journal: &BrowserJournal) -> (Vec<Intent>, usize) {
    let mut all = Vec::new();
    let set_aside = journal.load(&mut |portion| all.splice(..0, portion).for_each(drop)).await.unwrap();
    (all, set_aside)
}

#[wasm_bindgen_test]
async fn a_long_journal_is_read_in_portions_the_newest_first() {
    let (_, journal) = fresh();
    let intents: Vec<Intent> =
        (0..1_200).map(|n| Intent { id: IntentId::new(n + 1, [0; 10]), ..intent("boat") }).collect();
    journal.put(&intents).await.unwrap();
    let mut portions = Vec::new();
    journal.load(&mut |portion| portions.push(portion)).await.unwrap();
    assert!(portions.len() > 2 && portions[0].len() <= 100, "{}", portions[0].len());
    assert_eq!(portions[0].last(), intents.last());
    portions.reverse();
    assert_eq!(portions.concat(), intents);
}

#[wasm_bindgen_test]
async fn a_record_is_there_for_the_next_visit() {
    let (name, journal) = fresh();
    let mut kept = intent("纸船 🚤\n\"quoted\"");
    kept.estimate = Some(60.5);
    assert_eq!(journal.add(&kept).await, Ok(Added::New));
    let next_visit = BrowserJournal::new(&name);
    let (loaded, set_aside) = load(&next_visit).await;
    assert_eq!((loaded, set_aside), (vec![kept], 0));
}

#[wasm_bindgen_test]
async fn one_intent_is_stored_once() {
    let (name, journal) = fresh();
    let wish = intent("boat");
    journal.add(&wish).await.unwrap();
    let other_tab = BrowserJournal::new(&name);
    assert_eq!(other_tab.add(&wish).await, Ok(Added::Existing(Box::new(wish))));
}

#[wasm_bindgen_test]
async fn two_tabs_start_an_intent_once() {
    let (name, journal) = fresh();
    let other_tab = BrowserJournal::new(&name);
    let wish = intent("boat");
    journal.add(&wish).await.unwrap();
    let now = clock::now_ms();
    let first = journal.start(&wish.id, now).await.unwrap();
    let second = other_tab.start(&wish.id, now).await.unwrap();
    assert!(matches!(first, Start::Now(started) if started.state == State::Sending));
    assert!(matches!(second, Start::Taken(Some(there)) if there.state == State::Sending));
}

#[wasm_bindgen_test]
async fn the_budget_of_the_rate_is_shared() {
    let (name, journal) = fresh();
    let now = clock::now_ms();
    for _ in 0..18 {
        let wish = intent("boat");
        journal.add(&wish).await.unwrap();
        assert!(matches!(journal.start(&wish.id, now).await, Ok(Start::Now(_))));
    }
    let other_tab = BrowserJournal::new(&name);
    let late = intent("late");
    other_tab.add(&late).await.unwrap();
    assert!(
        matches!(other_tab.start(&late.id, now + 1).await, Ok(Start::Wait(wait)) if (9_000..=11_000).contains(&wait))
    );
    assert!(matches!(other_tab.start(&late.id, now + 11_001).await, Ok(Start::Now(_))));
}

#[wasm_bindgen_test]
async fn an_update_sees_what_another_tab_wrote_and_a_removed_record_stays_gone() {
    let (name, journal) = fresh();
    let other_tab = BrowserJournal::new(&name);
    let wish = intent("boat");
    journal.add(&wish).await.unwrap();
    let mut rename = |intent: &mut Intent| {
        intent.tab = "other".into();
        true
    };
    other_tab.update(&wish.id, &mut rename).await.unwrap();
    let mut seen = String::new();
    let mut look = |intent: &mut Intent| {
        seen = intent.tab.clone();
        false
    };
    journal.update(&wish.id, &mut look).await.unwrap();
    assert_eq!(seen, "other");
    journal.remove(&wish.id, &|_| true).await.unwrap();
    assert_eq!(other_tab.update(&wish.id, &mut rename).await, Ok(None));
    assert!(load(&other_tab).await.0.is_empty());
}

#[wasm_bindgen_test]
async fn notes_are_kept() {
    let (name, journal) = fresh();
    journal.keep_note("durations", "[]").await;
    assert_eq!(BrowserJournal::new(&name).note("durations").await.as_deref(), Some("[]"));
    assert_eq!(journal.note("other").await, None);
}

#[wasm_bindgen_test]
async fn a_visit_without_memory_leaves_nothing_behind() {
    let (name, journal) = fresh();
    journal.use_memory();
    journal.add(&intent("boat")).await.unwrap();
    assert_eq!(load(&journal).await.0.len(), 1);
    assert!(load(&BrowserJournal::new(&name)).await.0.is_empty());
}
