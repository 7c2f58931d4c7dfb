//! `SIGKILL` at every moment of a paid request, and the same key again afterwards.

use crate::process::{KEY, Process, generate, get};
use crate::provider::Provider;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const ROUNDS: u64 = 24;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_buys_at_most_once() {
    let provider = Provider::start(Duration::from_millis(6)).await;
    let dir = TempDir::new().unwrap();
    let upstream = ["--upstream", &provider.url];
    let (mut unknown, mut found) = (0, 0);
    for round in 0..ROUNDS {
        let key = format!("round-{round}");
        let mut relay = Process::start(dir.path(), &upstream).await;
        let address = relay.address.clone();
        let asking = {
            let (address, key) = (address.clone(), key.clone());
            tokio::spawn(async move { generate(&address, &key, &key).await })
        };
        // Over the 20 ms that reserving, marking, sending and storing take.
        tokio::time::sleep(Duration::from_micros(round * 20_000 / ROUNDS)).await;
        relay.kill().await;
        asking.await.unwrap();

        let mut relay = Process::start(dir.path(), &upstream).await;
        let mut again = generate(&relay.address, &key, &key).await;
        // The provider takes 20 in 10 s of its own clock.
        while again.contains(r#""code":429"#) {
            tokio::time::sleep(Duration::from_millis(500)).await;
            again = generate(&relay.address, &key, &key).await;
        }
        let state = get(&relay.address, &format!("/relay/intents/{key}")).await;
        let charges = provider.world.ledger().by_prompt.get(&key).copied();
        assert!(charges.unwrap_or_default() <= 1, "round {round}");
        if again.contains(r#""state":"unknown""#) {
            assert!(state.contains(r#""state":"unknown""#), "{state}");
            unknown += 1;
        } else {
            assert!(again.contains(r#""code":200"#) && state.contains(r#""state":"accepted""#), "{again}");
            found += 1;
        }
        relay.kill().await;
        assert!(!relay.log().await.contains(KEY));
    }
    assert_eq!(unknown + found, ROUNDS);
    // Were it always the same, the kills would not have been spread.
    assert!(found > 0, "no request survived: {unknown} unknown");
    for headers in provider.seen.lock().unwrap().iter() {
        assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
        let holders = headers.values().filter(|value| value.to_str().unwrap().contains(KEY));
        assert_eq!(holders.count(), 1);
    }
    assert_eq!(files_with(dir.path(), KEY.as_bytes()), 0);
}

fn files_with(dir: &Path, needle: &[u8]) -> usize {
    let files = fs::read_dir(dir).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.filter(|bytes| bytes.windows(needle.len()).any(|window| window == needle)).count()
}
