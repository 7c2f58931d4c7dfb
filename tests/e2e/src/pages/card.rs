//! One video in the list.

use super::{Studio, find};
use anyhow::{Result, bail};
use thirtyfour::prelude::*;

/// The article of one prompt. Found anew for every question, since the page may have drawn it anew.
#[derive(Clone, Debug)]
pub struct Card {
    studio: Studio,
    prompt: String,
}

impl Card {
    pub(super) fn new(studio: Studio, prompt: &str) -> Self {
        Card { studio, prompt: prompt.to_owned() }
    }

    async fn article(&self) -> Result<WebElement> {
        Ok(self.studio.driver.find(find::article(&self.prompt)).await?)
    }

    /// What stands in `data-state`.
    pub async fn state(&self) -> Result<String> {
        Ok(self.article().await?.attr("data-state").await?.unwrap_or_default())
    }

    /// The task's id, if it is known.
    pub async fn task_id(&self) -> Result<Option<String>> {
        Ok(self.article().await?.attr("data-task-id").await?)
    }

    /// Waits for a state.
    pub async fn wait_state(&self, state: &str) -> Result<()> {
        let what = format!("{:?} to be {state}", self.prompt);
        self.studio.until(&what, async || Ok((self.state().await? == state).then_some(()))).await
    }

    /// Waits until its order is answered, or known to be lost.
    pub async fn wait_settled(&self) -> Result<()> {
        let what = format!("{:?} to be answered", self.prompt);
        self.studio
            .until(&what, async || {
                let state = self.state().await?;
                Ok((!matches!(state.as_str(), "" | "queued" | "sending")).then_some(()))
            })
            .await
    }

    /// Enters the task of an order whose answer was lost.
    pub async fn enter_task_id(&self, task: &str) -> Result<()> {
        self.press("Enter task ID").await?;
        self.studio.fill("Task ID", task).await?;
        self.studio.press_in_dialog("Check").await?;
        self.studio.wait_no_dialog().await
    }

    /// Removes it.
    pub async fn remove(&self) -> Result<()> {
        self.press("Remove").await
    }

    /// All its words.
    pub async fn text(&self) -> Result<String> {
        let article = self.article().await?.to_json()?;
        let text = self.studio.run("return arguments[0].innerText", vec![article]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until it says something.
    pub async fn wait_text(&self, words: &str) -> Result<()> {
        let what = format!("{:?} to say {words:?}", self.prompt);
        self.studio.until(&what, async || Ok(self.text().await?.contains(words).then_some(()))).await
    }

    /// Fails unless it says all of these.
    pub async fn expect_words(&self, words: &[&str]) -> Result<()> {
        let text = self.text().await?;
        for words in words {
            if !text.contains(words) {
                bail!("the card of {:?} does not say {words:?}, but:\n{text}", self.prompt);
            }
        }
        Ok(())
    }

    /// Fails unless it has all of these buttons.
    pub async fn expect_buttons(&self, names: &[&str]) -> Result<()> {
        for name in names {
            if self.article().await?.find_all(find::button(name)).await?.is_empty() {
                bail!("the card of {:?} has no button {name}", self.prompt);
            }
        }
        Ok(())
    }

    /// Presses one of its buttons.
    pub async fn press(&self, name: &str) -> Result<()> {
        let what = format!("pressing {name} on {:?}", self.prompt);
        self.studio
            .until(&what, async || {
                self.article().await?.find(find::button(name)).await?.click().await?;
                Ok(Some(()))
            })
            .await
    }

    /// Waits for its button with this state of `aria-pressed`.
    pub async fn wait_pressed(&self, name: &str, pressed: bool) -> Result<()> {
        let what = format!("{name} of {:?} to be pressed: {pressed}", self.prompt);
        let wanted = pressed.to_string();
        self.studio
            .until(&what, async || {
                let button = self.article().await?.find(find::button(name)).await?;
                Ok((button.attr("aria-pressed").await? == Some(wanted.clone())).then_some(()))
            })
            .await
    }

    /// Plays its video and waits until it moves. Returns its height in pixels.
    pub async fn play(&self) -> Result<u64> {
        let what = format!("the video of {:?} to play", self.prompt);
        let script = "const v = arguments[0]; v.muted = true; if (v.paused) v.play(); return v.currentTime > 0 ? v.videoHeight : 0;";
        self.studio
            .until(&what, async || {
                let article = self.article().await?;
                article.scroll_into_view().await?;
                let video = article.find(By::Css("video[controls]")).await?;
                let height = self.studio.run(script, vec![video.to_json()?]).await?.as_u64();
                Ok(height.filter(|height| *height > 0))
            })
            .await
    }

    /// Where its video comes from.
    pub async fn video_address(&self) -> Result<String> {
        let video = self.article().await?.find(By::Css("video")).await?;
        Ok(video.attr("src").await?.unwrap_or_default())
    }
}
