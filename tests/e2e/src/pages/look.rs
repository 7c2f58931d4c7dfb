//! What can be seen and heard on the page.

use super::Studio;
use crate::engine::Engine;
use anyhow::Result;
use serde_json::Value;
use thirtyfour::prelude::*;

impl Studio {
    /// The text of the whole page, as it is laid out.
    pub async fn text(&self) -> Result<String> {
        let text = self.run("return document.body.innerText", vec![]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page says something.
    pub async fn wait_text(&self, words: &str) -> Result<()> {
        self.until(&format!("the words {words:?}"), async || {
            Ok(self.text().await?.contains(words).then_some(()))
        })
        .await
    }

    /// Waits until an alert says something.
    pub async fn wait_alert(&self, words: &str) -> Result<()> {
        self.until(&format!("an alert with the words {words:?}"), async || {
            for alert in self.driver.find_all(By::Css("[role=alert]")).await? {
                if alert.text().await?.contains(words) {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Waits until a live region has said something, if only for a moment.
    pub async fn wait_said(&self, words: &str) -> Result<()> {
        self.until(&format!("hearing {words:?}"), async || {
            Ok(strings(&self.run("return __witness.said", vec![]).await?)
                .iter()
                .any(|said| said.contains(words))
                .then_some(()))
        })
        .await
    }

    /// Waits until an image of the form has arrived: its tile shows neither progress nor waiting.
    pub async fn wait_uploaded(&self) -> Result<()> {
        self.until("the upload", async || {
            let tile = "const tiles = [...document.querySelectorAll('button[aria-label^=\"Remove image\"]')].map((b) => b.parentElement);
                return tiles.length > 0 && tiles.every((t) => !t.querySelector('progress') && !t.innerText.includes('Goes up'));";
            Ok(self.run(tile, vec![]).await?.as_bool().unwrap_or(false).then_some(()))
        })
        .await
    }

    /// The states a card went through, oldest first.
    pub async fn states_of(&self, prompt: &str) -> Result<Vec<String>> {
        let states = self.run("return __witness.states[arguments[0]] ?? []", vec![prompt.into()]).await?;
        Ok(strings(&states))
    }

    /// The tasks that the cards stand for.
    pub async fn task_ids(&self) -> Result<Vec<String>> {
        let ids = "return [...document.querySelectorAll('article[data-task-id]')].map((card) => card.dataset.taskId);";
        Ok(strings(&self.run(ids, vec![]).await?))
    }

    /// Methods and paths of the requests the page itself has sent, oldest first.
    pub async fn sent(&self) -> Result<Vec<String>> {
        Ok(strings(&self.run("return __witness.sent", vec![]).await?))
    }

    /// Violations of the page's policy since it was opened.
    pub async fn violations(&self) -> Result<Vec<String>> {
        Ok(strings(&self.run("return __witness.violations", vec![]).await?))
    }

    /// Levels (`SEVERE`, `WARNING`, `INFO`) and messages of the console since the page was opened; in Chromium since
    /// the last call. Only Chromium tells its own complaints, elsewhere it is what the page wrote.
    pub async fn log(&self) -> Result<Vec<(String, String)>> {
        if self.engine == Engine::Chromium {
            let log = self.driver.browser_log().await?;
            return Ok(log.into_iter().map(|entry| (entry.level, entry.message)).collect());
        }
        let log = self.run("return __witness.console", vec![]).await?;
        Ok(serde_json::from_value(log)?)
    }

    /// The messages of [`Studio::log`] at one level.
    pub async fn console(&self, level: &str) -> Result<Vec<String>> {
        let log = self.log().await?.into_iter();
        Ok(log.filter(|(its, _)| its == level).map(|(_, message)| message).collect())
    }

    /// Role and name of every element as the browser tells them to a screen reader.
    pub async fn spoken(&self) -> Result<Vec<(String, String)>> {
        let tree = self.driver.cdp().send_raw("Accessibility.getFullAXTree", serde_json::json!({})).await?;
        let text = |node: &Value, field: &str| node[field]["value"].as_str().unwrap_or_default().to_owned();
        let nodes = tree["nodes"].as_array().cloned().unwrap_or_default();
        Ok(nodes
            .iter()
            .filter(|node| node["ignored"] != true)
            .map(|node| (text(node, "role"), text(node, "name")))
            .collect())
    }

    /// Everything in which this page could keep something: its elements with their values, storage of every kind,
    /// cookies, its address and title.
    pub async fn everything_kept(&self) -> Result<String> {
        let kept = self.run(include_str!("kept.js"), vec![]).await?;
        Ok(kept.as_str().unwrap_or_default().to_owned())
    }
}

fn strings(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
