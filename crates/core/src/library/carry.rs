//! Carrying records from one browser to another: what leaves, and what is let in.

use crate::intent::{Cause, Intent, IntentId, Order, RECORD_VERSION, State, Trouble};
use crate::machine::{Event, apply};
use crate::media_url::is_safe;
use veo_api::TaskId;

/// The version of the file that this build writes.
pub const FILE_VERSION: u32 = 1;

/// No larger file is read, in bytes; 10 000 records are about 15 MB.
pub const MAX_RECORDS_BYTES: u32 = 128 << 20;

/// Longest prompt that is let in, in bytes; the provider takes far less.
const MAX_PROMPT_BYTES: usize = 100_000;

/// A record may be from a clock that is this much ahead, in milliseconds.
const CLOCK_AHEAD_MS: u64 = 2 * 86_400_000;

/// Why a file was not read at all. Nothing was changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// It is not a library of Vireo, or it is damaged.
    NotALibrary,
    /// A newer Vireo wrote it.
    TooNew,
    /// It is larger than any library.
    TooLarge,
}

/// Whether a file of this version can be read.
pub fn check_version(version: Option<f64>) -> Result<(), FileError> {
    match version {
        Some(version) if version > f64::from(FILE_VERSION) => Err(FileError::TooNew),
        Some(version) if version >= 1.0 => Ok(()),
        _ => Err(FileError::NotALibrary),
    }
}

/// A record as it leaves: without the callback address, which may grant something, and without the tab.
pub fn portable(intent: &Intent) -> Intent {
    let mut intent = intent.clone();
    intent.tab.clear();
    match &mut intent.order {
        Order::Generate(generate) => generate.callback_url = None,
        Order::Extend(extend) => extend.callback_url = None,
        Order::Upgrade { callback_url, .. } => *callback_url = None,
    }
    intent
}

/// What became of the records of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admitted {
    /// Those to store, parents before what was bought for them.
    pub records: Vec<Intent>,
    /// Those that are here already.
    pub known: usize,
    /// Those that had not been sent: only the browser that has them may send them.
    pub unsent: usize,
    /// Those that make no sense.
    pub refused: usize,
}

/// Decides which records of a file are let in beside those that are `here`, which are sorted by id. None of them can be sent by itself: what was
/// being sent is `unknown`, what waited stays behind. Links are checked anew.
pub fn admit(file: Vec<Intent>, here: &[Intent], media_origins: &[String], now_ms: u64) -> Admitted {
    let mut admitted = Admitted::default();
    let mut ids: Vec<IntentId> = here.iter().map(|intent| intent.id.clone()).collect();
    let mut tasks: Vec<(String, IntentId)> = here.iter().filter_map(named_task).collect();
    tasks.sort_unstable();
    // Where a video is here under another id, what was bought for it belongs to that one.
    let mut renamed: Vec<(IntentId, IntentId)> = Vec::new();

    let (videos, upgrades): (Vec<Intent>, Vec<Intent>) =
        file.into_iter().partition(|intent| !intent.is_upgrade());
    for intent in videos.into_iter().chain(upgrades) {
        if intent.state == State::Queued {
            admitted.unsent += 1;
            continue;
        }
        let Some(mut intent) = sound(intent, media_origins, now_ms) else {
            admitted.refused += 1;
            continue;
        };
        if let Some(parent) = &mut intent.parent
            && let Some((_, here)) = renamed.iter().find(|(there, _)| there == parent)
        {
            *parent = here.clone();
        }
        let by_id = ids.binary_search(&intent.id);
        let task = named_task(&intent);
        let by_task = task.as_ref().map(|task| tasks.binary_search_by(|known| known.0.cmp(&task.0)));
        match (by_id, task, by_task) {
            (Ok(_), ..) => admitted.known += 1,
            (_, _, Some(Ok(place))) => {
                renamed.push((intent.id, tasks[place].1.clone()));
                admitted.known += 1;
            }
            (Err(place), task, by_task) => {
                ids.insert(place, intent.id.clone());
                if let (Some(task), Some(Err(place))) = (task, by_task) {
                    tasks.insert(place, task);
                }
                admitted.records.push(intent);
            }
        }
    }
    admitted
}

/// What a record is about at the provider, to tell that two are about the same.
fn named_task(intent: &Intent) -> Option<(String, IntentId)> {
    let task = intent.task_id.as_ref().map(TaskId::as_str)?;
    let kind = match &intent.order {
        Order::Upgrade { height: crate::intent::Height::P1080, .. } => "/1080p",
        Order::Upgrade { .. } => "/4k",
        _ => "",
    };
    Some(([task, kind].concat(), intent.id.clone()))
}

/// The record as it may be kept here; `None` for one that makes no sense.
fn sound(intent: Intent, media_origins: &[String], now_ms: u64) -> Option<Intent> {
    let mut intent = portable(&intent);
    let accepted = matches!(intent.state, State::Generating | State::Succeeded | State::Stale);
    let has_links = intent.outcome.as_ref().is_some_and(|outcome| !outcome.urls.is_empty());
    let makes_sense = (1..=RECORD_VERSION).contains(&intent.version)
        && IntentId::parse(intent.id.as_str()).is_some()
        && intent.order.prompt().len() <= MAX_PROMPT_BYTES
        && intent.created_ms <= now_ms.saturating_add(CLOCK_AHEAD_MS)
        && (intent.task_id.is_some() || !accepted)
        && (has_links || intent.state != State::Succeeded)
        && (intent.parent.is_some() || !intent.is_upgrade());
    if !makes_sense {
        return None;
    }
    if let Some(outcome) = &mut intent.outcome {
        let (safe, refused) = outcome.urls.drain(..).partition(|url| is_safe(url, media_origins));
        outcome.urls = safe;
        outcome.refused_urls.extend::<Vec<String>>(refused);
    }
    let links = intent.outcome.as_ref().map_or(0, |outcome| outcome.urls.len());
    if intent.state == State::Succeeded && links == 0 {
        intent.state = State::Failed;
        intent.trouble = Some(Trouble::new(Cause::UnsafeLink));
    }
    intent.follow.next_ms = intent.follow.next_ms.min(now_ms);
    apply(&mut intent, Event::Orphaned, now_ms);
    Some(intent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{Height, Outcome};
    use rstest::rstest;
    use veo_api::Generate;

    const NOW: u64 = 1_800_000_000_000;

    fn video(n: u8, state: State) -> Intent {
        let order = Order::Generate(Generate { prompt: "boat".into(), ..Generate::default() });
        let mut intent = Intent::new(IntentId::new(NOW, [n; 10]), order, "tab", NOW);
        intent.state = state;
        intent.task_id = TaskId::parse(&["task", &n.to_string()].concat());
        intent.outcome =
            Some(Outcome { urls: vec!["https://files.example.com/v.mp4".into()], ..Outcome::default() });
        intent
    }

    fn upgrade(n: u8, of: &Intent) -> Intent {
        let mut intent = video(n, State::Succeeded);
        intent.task_id.clone_from(&of.task_id);
        intent.parent = Some(of.id.clone());
        let task_id = of.task_id.clone().expect("a task");
        intent.order = Order::upgrade(task_id, Height::P4k);
        intent
    }

    fn admit_one(intent: Intent) -> Admitted {
        admit(vec![intent], &[], &[], NOW)
    }

    #[test]
    fn what_leaves_grants_nothing() {
        let mut intent = video(1, State::Generating);
        if let Order::Generate(generate) = &mut intent.order {
            generate.callback_url = Some("https://relay.example.org/relay/callback/id/token".into());
        }
        let text = veo_api::json::to_text(&portable(&intent));
        assert!(!text.contains("callback/id") && !text.contains("\"tab\":\"tab\""), "{text}");
    }

    #[test]
    fn a_library_comes_back_whole_and_once() {
        let (a, b) = (video(1, State::Succeeded), video(2, State::Failed));
        let bought = upgrade(3, &a);
        let file = vec![bought.clone(), a.clone(), b.clone(), a.clone()];
        let admitted = admit(file.clone(), &[], &[], NOW);
        let ids: Vec<_> = admitted.records.iter().map(|intent| &intent.id).collect();
        assert_eq!(ids, [&a.id, &b.id, &bought.id]);
        assert_eq!(admitted.known, 1);
        let again = admit(file, &admitted.records, &[], NOW);
        assert_eq!((again.records.len(), again.known), (0, 4));
    }

    #[test]
    fn the_same_task_under_another_id_is_one_video() {
        let here = video(1, State::Succeeded);
        let mut there = here.clone();
        there.id = IntentId::new(NOW, [9; 10]);
        let bought = upgrade(3, &there);
        let admitted = admit(vec![there, bought], std::slice::from_ref(&here), &[], NOW);
        assert_eq!(admitted.known, 1);
        assert_eq!(admitted.records[0].parent.as_ref(), Some(&here.id));
    }

    #[test]
    fn nothing_that_comes_in_can_be_sent() {
        assert_eq!(admit_one(video(1, State::Queued)), Admitted { unsent: 1, ..Admitted::default() });
        let mut sending = video(1, State::Sending);
        sending.task_id = None;
        let admitted = admit_one(sending);
        assert_eq!(admitted.records[0].state, State::Unknown);
        assert_eq!(
            admitted.records[0].trouble.as_ref().map(|trouble| trouble.cause),
            Some(Cause::PageClosed)
        );
    }

    #[test]
    fn links_are_checked_anew() {
        let mut intent = video(1, State::Succeeded);
        let outcome = intent.outcome.as_mut().expect("an outcome");
        outcome.urls.insert(0, "javascript:alert(1)".into());
        let admitted = admit_one(intent);
        let outcome = admitted.records[0].outcome.as_ref().expect("an outcome");
        assert_eq!(outcome.urls, ["https://files.example.com/v.mp4"]);
        assert_eq!(outcome.refused_urls, ["javascript:alert(1)"]);
    }

    #[test]
    fn a_video_without_a_safe_link_is_shown_as_such() {
        let mut intent = video(1, State::Succeeded);
        intent.outcome.as_mut().expect("an outcome").urls = vec!["http://127.0.0.1/v.mp4".into()];
        let admitted = admit_one(intent);
        assert_eq!(admitted.records[0].state, State::Failed);
        assert_eq!(
            admitted.records[0].trouble.as_ref().map(|trouble| trouble.cause),
            Some(Cause::UnsafeLink)
        );
    }

    #[rstest]
    #[case::version(|intent: &mut Intent| intent.version = RECORD_VERSION + 1)]
    #[case::no_version(|intent: &mut Intent| intent.version = 0)]
    #[case::future(|intent: &mut Intent| intent.created_ms = u64::MAX)]
    #[case::bomb(|intent: &mut Intent| if let Order::Generate(generate) = &mut intent.order {
        generate.prompt = "x".repeat(MAX_PROMPT_BYTES + 1);
    })]
    #[case::no_task(|intent: &mut Intent| intent.task_id = None)]
    #[case::no_link(|intent: &mut Intent| intent.outcome = None)]
    fn what_makes_no_sense_stays_out(#[case] spoil: fn(&mut Intent)) {
        let mut intent = video(1, State::Succeeded);
        spoil(&mut intent);
        assert_eq!(admit_one(intent), Admitted { refused: 1, ..Admitted::default() });
    }

    #[test]
    fn an_id_that_is_none_stays_out() {
        let text = veo_api::json::to_text(&video(1, State::Succeeded));
        let id = video(1, State::Succeeded).id.to_string();
        let bad = veo_api::json::read::<Intent>(&text.replace(&id, "../../etc")).expect("a record");
        assert_eq!(admit_one(bad).refused, 1);
    }

    #[rstest]
    #[case(None, Err(FileError::NotALibrary))]
    #[case(Some(0.0), Err(FileError::NotALibrary))]
    #[case(Some(f64::NAN), Err(FileError::NotALibrary))]
    #[case(Some(1.0), Ok(()))]
    #[case(Some(2.0), Err(FileError::TooNew))]
    fn versions(#[case] version: Option<f64>, #[case] expected: Result<(), FileError>) {
        assert_eq!(check_version(version), expected);
    }
}
