//! The library: finding, taking back, carrying elsewhere.

use super::{Studio, find};
use anyhow::{Context, Result};
use serde_json::json;
use std::path::Path;
use thirtyfour::prelude::*;

impl Studio {
    /// Types into the search box, in place of what stood there.
    pub async fn search(&self, words: &str) -> Result<()> {
        self.fill("Search videos", words).await
    }

    /// Chooses a state in `Show`.
    pub async fn show_only(&self, name: &str) -> Result<()> {
        let select = self.find("the field Show", find::field("Show")).await?;
        let option = By::XPath(format!(".//option[normalize-space(.)='{name}']"));
        Ok(select.find(option).await?.click().await?)
    }

    /// Prompts of the cards that stand in the page, in their order.
    pub async fn prompts(&self) -> Result<Vec<String>> {
        let mut prompts = Vec::new();
        for article in self.driver.find_all(By::Css("ul[aria-label=Videos] article")).await? {
            prompts.push(article.attr("aria-label").await?.unwrap_or_default());
        }
        Ok(prompts)
    }

    /// Waits until exactly these cards stand in the page.
    pub async fn wait_prompts(&self, prompts: &[&str]) -> Result<()> {
        self.until(&format!("the cards {prompts:?}"), async || {
            Ok((self.prompts().await? == prompts).then_some(()))
        })
        .await
    }

    /// Puts that many copies of the only video into the journal; the page shows them after a reload.
    pub async fn seed(&self, count: usize) -> Result<()> {
        self.run(include_str!("seed.js"), vec![json!(count)]).await.map(drop)
    }

    /// Deletes the journal with all records and saved videos.
    pub async fn wipe_journal(&self) -> Result<()> {
        let script = "return new Promise((done, fail) => { const gone = indexedDB.deleteDatabase('vireo'); gone.onsuccess = () => done(); gone.onerror = fail; });";
        self.run(script, vec![]).await.map(drop)
    }

    /// Puts a record into the journal that nobody can read.
    pub async fn spoil_journal(&self) -> Result<()> {
        let script = "return new Promise((done, fail) => { const open = indexedDB.open('vireo'); open.onsuccess = () => {
            const change = open.result.transaction('intents', 'readwrite');
            change.objectStore('intents').put({ id: 'broken', odd: [1, 2] });
            change.oncomplete = () => { open.result.close(); done(); };
            change.onabort = fail; }; });";
        self.run(script, vec![]).await.map(drop)
    }

    /// Chooses a file of the disk for a file input.
    pub async fn choose_file(&self, label: &str, path: &Path) -> Result<()> {
        let what = format!("choosing a file for {label}");
        let path = path.to_str().context("a path that is no text")?;
        self.until(&what, async || {
            let input = self.driver.find(find::field(label)).await?;
            if !input.is_enabled().await? {
                return Ok(None);
            }
            input.send_keys(path).await?;
            Ok(Some(()))
        })
        .await
    }

    /// Waits until the page shows cards again after a reload, and gives their number.
    pub async fn wait_cards(&self, fits: impl Fn(usize) -> bool) -> Result<usize> {
        self.until("the cards", async || Ok(Some(self.card_count().await?).filter(|count| fits(*count))))
            .await
    }
}
