//! The bad days of one paid wish, each played in a real browser to its end. The tests ask that none costs twice or
//! loses a video; `cargo xtask bench charges` prints what they cost.

use crate::gate::Fault;
use crate::pages::{Card, Studio};
use crate::stage::{Setup, Stage};
use anyhow::{Context, Result, ensure};

/// The key that is entered again after a reload.
pub const KEY: &str = "not-a-real-key";

/// A bad day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadDay {
    /// The provider accepts, and the connection ends before its answer.
    AnswerLost,
    /// The provider accepts, an interim answer comes, and the connection ends before the one that counts.
    HintsThenLost,
    /// The provider accepts, and a gateway answers this status.
    Status(u16),
    /// The page is reloaded while the answer is under way.
    Reload,
    /// The browser is killed while the answer is under way.
    Crash,
    /// One draft is submitted in two tabs at once.
    TwoTabs,
    /// Generate is pressed fifty times in one frame.
    FiftyClicks,
}

/// What a bad day came to, after a person did what the page offers and reached the video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Jobs the provider charged for the one wish.
    pub charges: usize,
    /// Charged jobs that no card stands for.
    pub orphans: usize,
}

impl BadDay {
    /// All of them.
    pub const ALL: [BadDay; 9] = [
        BadDay::AnswerLost,
        BadDay::HintsThenLost,
        BadDay::Status(500),
        BadDay::Status(502),
        BadDay::Status(504),
        BadDay::Reload,
        BadDay::Crash,
        BadDay::TwoTabs,
        BadDay::FiftyClicks,
    ];

    /// Its name in the table.
    pub fn name(self) -> String {
        match self {
            BadDay::AnswerLost => "answer lost".to_owned(),
            BadDay::HintsThenLost => "103, then lost".to_owned(),
            BadDay::Status(status) => status.to_string(),
            BadDay::Reload => "reload in flight".to_owned(),
            BadDay::Crash => "crash".to_owned(),
            BadDay::TwoTabs => "two tabs".to_owned(),
            BadDay::FiftyClicks => "50 clicks".to_owned(),
        }
    }

    /// Plays it from an empty profile until the video plays. `secure`: see [`Setup`].
    ///
    /// # Errors
    /// Where the page does not lead to the video.
    pub async fn play(self, secure: bool) -> Result<Tally> {
        let prompt = format!("one wish, {}", self.name());
        let (mut stage, mut studio) = Stage::ready_with(Setup { secure, ..Setup::default() }).await?;
        studio.type_prompt(&prompt).await?;
        match self {
            BadDay::AnswerLost => {
                stage.gate.suffer(Fault::Lost);
                studio.generate().await?;
            }
            BadDay::HintsThenLost => {
                stage.gate.suffer(Fault::LostAfterHints);
                studio.generate().await?;
            }
            BadDay::Status(status) => {
                stage.gate.suffer(Fault::Status(status));
                studio.generate().await?;
            }
            BadDay::Reload => {
                stage.gate.suffer(Fault::HeldAfter);
                studio.generate().await?;
                stage.gate.wait_held().await?;
                studio.reload().await?;
                studio.reconnect(KEY).await?;
            }
            BadDay::Crash => {
                stage.gate.suffer(Fault::HeldAfter);
                studio.generate().await?;
                stage.gate.wait_held().await?;
                stage.restart_killed_browser().await?;
                studio = stage.open().await?;
                studio.reconnect(KEY).await?;
            }
            BadDay::TwoTabs => in_two_tabs(&stage, &studio).await?,
            BadDay::FiftyClicks => studio.click_generate(50).await?,
        }
        let card = studio.card(&prompt).await?;
        reach_the_video(&stage, &card).await?;
        tally(&stage, &studio).await
    }
}

/// Opens the page with the same draft in one more tab, and presses Generate in both.
async fn in_two_tabs(stage: &Stage, first: &Studio) -> Result<()> {
    let press = "const press = () => [...document.querySelectorAll('button')].find((b) => b.textContent.startsWith('Generate')).click();";
    let draft = first.value("Prompt").await?;
    let tab = first.driver().window().await?;
    let hear = "new BroadcastChannel('both').onmessage = press;";
    first.run(&format!("{press} {hear}"), vec![]).await?;
    let second = stage.open_another().await?;
    ensure!(second.value("Prompt").await? == draft, "the other tab has another draft");
    second.reconnect(KEY).await?;
    second.run(&format!("{press} new BroadcastChannel('both').postMessage(0); press();"), vec![]).await?;
    Ok(first.driver().switch_to_window(tab).await?)
}

/// Does what the page offers a person whose answer was lost: enters the task that the provider's own list shows.
///
/// # Errors
/// Where that does not lead to the video.
pub async fn reach_the_video(stage: &Stage, card: &Card) -> Result<()> {
    card.wait_settled().await?;
    stage.gate.heal();
    if card.state().await? == "unknown" {
        let jobs = stage.ledger().jobs;
        let task = &jobs.first().context("the answer was lost and nothing was accepted")?.task_id;
        card.enter_task_id(task).await?;
    }
    card.wait_state("succeeded").await?;
    card.play().await?;
    Ok(())
}

/// What one wish came to.
///
/// # Errors
/// Those of the browser.
pub async fn tally(stage: &Stage, studio: &Studio) -> Result<Tally> {
    let shown = studio.task_ids().await?;
    let jobs = stage.ledger().jobs;
    let orphans = jobs.iter().filter(|job| !shown.contains(&job.task_id)).count();
    Ok(Tally { charges: jobs.len(), orphans })
}
