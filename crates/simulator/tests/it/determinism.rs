//! The same seed and the same requests give the same world.

use super::Sim;
use super::sim::AGES_MS;
use serde_json::Value;
use vireo_simulator::Settings;

/// Everything a client gets to see of a few jobs.
async fn history(seed: u64) -> Vec<Value> {
    let sim = Sim::with(Settings { seed, ..Settings::default() });
    let mut seen = Vec::new();
    for _ in 0..3 {
        let id = sim.task("p").await;
        sim.clock.advance(AGES_MS);
        seen.push(sim.record(&id).await);
        sim.full_hd(&id).await;
        sim.clock.advance(AGES_MS);
        seen.push(sim.full_hd(&id).await);
    }
    seen
}

#[tokio::test]
async fn a_seed_decides_everything() {
    assert_eq!(history(1).await, history(1).await);
    assert_ne!(history(1).await, history(2).await);
}
