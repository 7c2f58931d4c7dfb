//! The one stage of a test run, and what every test needs on it.

use crate::native::Native;
use crate::provider::Provider;
use crate::{AT_ONCE, LIMITS};
use crate::{Answer, get, post};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::env;
use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::Mutex;

/// The relay, the provider behind it and two callers.
pub struct Stage {
    /// The relay's address, without a slash at its end.
    pub relay: String,
    /// The address of another one with [`LIMITS`].
    pub limited: String,
    /// The address of a third one, where each caller may have [`AT_ONCE`] videos in the making.
    pub narrow: String,
    /// The provider's double.
    pub provider: Provider,
    /// The access tokens of three callers.
    pub tokens: [String; 3],
    _natives: Vec<Native>,
}

/// The stage; the first who asks has it built.
///
/// # Panics
/// If it cannot be built: no test can say anything then.
pub fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| build().unwrap_or_else(|error| panic!("the stage could not be built: {error}")))
}

fn build() -> Result<Stage, Box<dyn std::error::Error>> {
    let setting = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let provider = setting("VIREO_CONTRACT_PROVIDER").unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let provider = Provider::start(provider.parse()?)?;
    let tokens =
        setting("VIREO_CONTRACT_TOKENS").unwrap_or_else(|| "ann-token,bob-token,cyd-token".to_owned());
    let tokens: Vec<String> = tokens.split(',').map(str::to_owned).collect();
    let tokens: [String; 3] = tokens.try_into().map_err(|_| "VIREO_CONTRACT_TOKENS needs three tokens")?;
    let mut natives = Vec::new();
    let mut relay = |name, flags: &[String]| -> Result<String, Box<dyn std::error::Error>> {
        if let Some(relay) = setting(name) {
            return Ok(relay.trim_end_matches('/').to_owned());
        }
        natives.push(Native::start(&provider, &tokens, flags)?);
        Ok(natives.last().map(|native| native.base.clone()).unwrap_or_default())
    };
    let (credits, rate) = LIMITS;
    let limits = [format!("--daily-credits={credits}"), format!("--rate={rate}")];
    let narrow = relay("VIREO_CONTRACT_NARROW", &[format!("--concurrency={AT_ONCE}")])?;
    let (relay, limited) = (relay("VIREO_CONTRACT_RELAY", &[])?, relay("VIREO_CONTRACT_LIMITED", &limits)?);
    Ok(Stage { relay, limited, narrow, provider, tokens, _natives: natives })
}

/// A word that was never used before, for prompts and keys.
pub fn fresh(word: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{word}-{now:x}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Waits for a turn to create something: the account has 20 creations in ten seconds, and all tests share it.
pub async fn turn() {
    const CREATIONS: usize = 15;
    const WINDOW: Duration = Duration::from_secs(11);
    static LATEST: Mutex<VecDeque<Instant>> = Mutex::const_new(VecDeque::new());
    let mut latest = LATEST.lock().await;
    if latest.len() == CREATIONS
        && let Some(oldest) = latest.pop_front()
    {
        tokio::time::sleep((oldest + WINDOW).saturating_duration_since(Instant::now())).await;
    }
    latest.push_back(Instant::now());
}

/// Asks for a video under a key, in turn.
pub async fn create(prompt: &str, key: &str) -> Answer {
    turn().await;
    post("/api/v1/veo/generate", json!({ "prompt": prompt, "model": "veo3_lite" })).key(key).send().await
}

/// A video that is finished: the task.
pub async fn film(word: &str) -> String {
    let task = task_of(&create(&format!("{} [sim:fast]", fresh(word)), &fresh("key")).await);
    until("the video is made", async || {
        let record = get(&format!("/api/v1/veo/record-info?taskId={task}")).send().await.json();
        (record["data"]["successFlag"] == 1).then_some(())
    })
    .await;
    task
}

/// What became of a key.
pub async fn intent(key: &str) -> Value {
    let answer = get(&format!("/relay/intents/{key}")).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The task that an answer names.
///
/// # Panics
/// If it names none.
pub fn task_of(answer: &Answer) -> String {
    let json = answer.json();
    let task = json["data"]["taskId"].as_str().or(json["taskId"].as_str());
    task.unwrap_or_else(|| panic!("no task in {answer:?}")).to_owned()
}

/// The provider's `code` in an answer.
pub fn code_of(answer: &Answer) -> i64 {
    answer.json()["code"].as_i64().unwrap_or_default()
}

/// Asks every 200 ms until there is something, for 20 s at most.
///
/// # Panics
/// If nothing comes.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
