//! `SIGKILL` at every moment of a paid request, and the same key again afterwards.

use crate::process::{KEY, Process, generate, get};
use crate::provider::Provider;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// What the relay finds on its disk after the kill: nothing yet, or one of the durable steps.
const STEPS: [&str; 4] = ["nothing", "reserved", "unknown", "accepted"];
/// Reserving, marking, sending and storing take less.
const LONGEST: Duration = Duration::from_millis(60);

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_buys_at_most_once() {
    let found = kill(24, |_| false).await;
    // Were it always the same, the kills would not have been spread.
    assert!(found.len() > 1, "{found:?}");
}

/// `cargo test -p vireo-relay --test process -- --ignored --nocapture`: some minutes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn killed_a_hundred_times_at_each_step_it_buys_at_most_once() {
    let enough = |found: &BTreeMap<String, usize>| {
        STEPS.iter().all(|step| found.get(*step).is_some_and(|times| *times >= 100))
    };
    let found = kill(4000, enough).await;
    println!("kills by what was on the disk: {found:?}");
    assert!(enough(&found), "{found:?}");
}

/// Kills the relay in so many paid requests, or until it is enough, and tells how often it was at each step. The moments
/// are chosen so that rare steps come up, too.
async fn kill(rounds: usize, enough: impl Fn(&BTreeMap<String, usize>) -> bool) -> BTreeMap<String, usize> {
    let provider = Provider::start(Duration::from_millis(6)).await;
    let dir = TempDir::new().unwrap();
    let upstream = ["--upstream", &provider.url];
    let mut found = BTreeMap::<String, usize>::new();
    let mut moments = BTreeMap::<String, Duration>::new();
    let mut relay = Process::start(dir.path(), &upstream).await;
    for round in 0..rounds {
        let key = format!("round-{round}");
        let asking = {
            let (address, key) = (relay.address.clone(), key.clone());
            tokio::spawn(async move { generate(&address, &key, &key).await })
        };
        let spread = LONGEST.mul_f64((round * 7 % 24) as f64 / 24.0);
        let rarest = moments.iter().min_by_key(|(step, _)| found[*step]);
        let moment = rarest.filter(|_| round > 24 && round % 3 > 0).map(|(_, moment)| *moment);
        let moment = moment.map_or(spread, |moment| moment.mul_f64(0.9 + (round % 11) as f64 / 50.0));
        tokio::time::sleep(moment).await;
        relay.kill().await;
        asking.await.unwrap();
        assert!(!relay.log().await.contains(KEY));

        relay = Process::start(dir.path(), &upstream).await;
        let state = get(&relay.address, &format!("/relay/intents/{key}")).await;
        let step = match state.split_once(r#""state":""#) {
            Some((_, rest)) => rest.split('"').next().unwrap(),
            None => "nothing",
        };
        assert!(STEPS.contains(&step), "{state}");
        *found.entry(step.to_owned()).or_default() += 1;
        moments.insert(step.to_owned(), moment);
        let again = generate(&relay.address, &key, &key).await;
        match step {
            "unknown" => assert!(again.contains(r#""state":"unknown""#), "{again}"),
            _ => assert!(again.contains(r#""code":200"#), "{again}"),
        }
        let charges = provider.world.ledger().by_prompt.get(&key).copied().unwrap_or_default();
        assert!(charges <= 1, "round {round}: {charges} charges after {step}");
        assert!(charges == 1 || step == "unknown", "round {round}: nothing was bought after {step}");
        // The provider takes 20 in 10 s of its own clock.
        provider.clock.advance(1000);
        if enough(&found) {
            break;
        }
    }
    for headers in provider.seen.lock().unwrap().iter() {
        assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
        let holders = headers.values().filter(|value| value.to_str().unwrap().contains(KEY));
        assert_eq!(holders.count(), 1);
    }
    assert_eq!(files_with(dir.path(), KEY.as_bytes()), 0);
    found
}

fn files_with(dir: &Path, needle: &[u8]) -> usize {
    let files = fs::read_dir(dir).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.filter(|bytes| bytes.windows(needle.len()).any(|window| window == needle)).count()
}
