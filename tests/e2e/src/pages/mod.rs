//! What a person can do on the page, and what they can see.

mod card;
mod find;
mod library;
mod look;

pub use card::Card;

use crate::engine::Engine;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use thirtyfour::prelude::*;

/// Nothing that a person waits for takes longer than this here.
const PATIENCE: Duration = Duration::from_secs(20);
/// One look is answered within this time.
const LOOK: Duration = Duration::from_secs(5);
/// How often is looked again.
const PACE: Duration = Duration::from_millis(40);

/// The page.
#[derive(Clone, Debug)]
pub struct Studio {
    driver: WebDriver,
    engine: Engine,
    downloads: PathBuf,
}

impl Studio {
    pub(crate) fn new(driver: WebDriver, engine: Engine, downloads: PathBuf) -> Self {
        Studio { driver, engine, downloads }
    }

    /// The browser, for what only one test needs.
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Whether the engine is Chromium, which alone can be asked for some things.
    pub fn has_devtools(&self) -> bool {
        self.engine == Engine::Chromium
    }

    /// Looks again and again until there is something. An element that is missing or was just replaced counts as
    /// "not yet".
    ///
    /// # Errors
    /// After 20 seconds: what was waited for, what the page says, and where a screenshot is.
    pub async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
        let start = Instant::now();
        loop {
            // WebKit's driver now and then never answers a question that came while a page was loading.
            let seen = tokio::time::timeout(LOOK, look()).await.unwrap_or(Ok(None));
            match seen {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) if start.elapsed() > PATIENCE => {
                    return Err(error.context(self.gave_up(what).await));
                }
                Err(_) => {}
            }
            if start.elapsed() > PATIENCE {
                bail!(self.gave_up(what).await);
            }
            tokio::time::sleep(PACE).await;
        }
    }

    async fn gave_up(&self, what: &str) -> String {
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/e2e");
        std::fs::create_dir_all(&folder).ok();
        let picture = folder.join(format!("{test}.png"));
        self.driver.screenshot(&picture).await.ok();
        let text = self.text().await.unwrap_or_default();
        format!("waited in vain for: {what}\nscreenshot: {}\nthe page says:\n{text}", picture.display())
    }

    /// Runs a function body in the page and returns what it returns (a promise's value too).
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.driver.execute(script, arguments).await?.json().clone())
    }

    /// From now on the page takes itself for hidden, as in a tab behind, or for seen again.
    pub async fn hide(&self, hidden: bool) -> Result<()> {
        const HIDE: &str =
            "Object.defineProperty(document, 'hidden', { value: arguments[0], configurable: true });
            document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));";
        self.run(HIDE, vec![hidden.into()]).await.map(drop)
    }

    /// Waits for an element.
    async fn find(&self, what: &str, by: By) -> Result<WebElement> {
        self.until(what, async || Ok(Some(self.driver.find(by.clone()).await?))).await
    }

    async fn press(&self, what: &str, by: By) -> Result<()> {
        self.until(&format!("pressing {what}"), async || {
            self.driver.find(by.clone()).await?.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Waits until the app has taken the page over.
    pub async fn wait_started(&self) -> Result<()> {
        self.find("the app's form", find::radio("Mode", "Text")).await.map(drop)
    }

    /// Presses `Try the demo` in the first-run dialog.
    pub async fn try_demo(&self) -> Result<()> {
        self.press("Try the demo", find::button("Try the demo")).await?;
        self.wait_no_dialog().await
    }

    /// Enters a key in the dialog that is open, which has to have the field, and saves.
    pub async fn connect_with_key(&self, key: &str) -> Result<()> {
        self.fill("API key", key).await?;
        self.press("Save", find::button("Save")).await?;
        self.wait_no_dialog().await
    }

    /// Enters a key after a reload: in the dialog that opens by itself where something waits for it, or in the settings.
    pub async fn reconnect(&self, key: &str) -> Result<()> {
        self.until("a field for the key", async || {
            if self.driver.find_all(find::field("API key")).await?.is_empty() {
                self.driver.find(find::button("Settings")).await?.click().await?;
                return Ok(None);
            }
            Ok(Some(()))
        })
        .await?;
        self.connect_with_key(key).await
    }

    /// Waits for a dialog.
    pub async fn wait_dialog(&self, name: &str) -> Result<()> {
        self.find(&format!("the dialog {name}"), find::dialog(name)).await.map(drop)
    }

    /// Waits until no dialog is open.
    pub async fn wait_no_dialog(&self) -> Result<()> {
        self.until("no dialog", async || {
            Ok(self.driver.find_all(By::Css("dialog[open]")).await?.is_empty().then_some(()))
        })
        .await
    }

    /// Types into a field in place of what stood there.
    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        let field = self.find(&format!("the field {label}"), find::field(label)).await?;
        // Not by Ctrl+A, which WebKit's driver may carry out after the first letters.
        self.run("arguments[0].focus(); arguments[0].select();", vec![field.to_json()?]).await?;
        field.send_keys(if text.is_empty() { Key::Delete.into() } else { TypingData::from(text) }).await?;
        Ok(())
    }

    /// Puts a long text into a field at once, as pasting does.
    pub async fn paste(&self, label: &str, text: &str) -> Result<()> {
        let field = self.find(&format!("the field {label}"), find::field(label)).await?;
        let script = "arguments[0].focus(); arguments[0].select(); document.execCommand('insertText', false, arguments[1]);";
        self.run(script, vec![field.to_json()?, json!(text)]).await.map(drop)
    }

    /// What stands in a field.
    pub async fn value(&self, label: &str) -> Result<String> {
        let field = self.find(&format!("the field {label}"), find::field(label)).await?;
        Ok(field.prop("value").await?.unwrap_or_default())
    }

    /// Types the prompt.
    pub async fn type_prompt(&self, text: &str) -> Result<()> {
        self.fill("Prompt", text).await
    }

    /// Presses Generate.
    pub async fn generate(&self) -> Result<()> {
        self.press("Generate", find::button_that_begins("Generate")).await
    }

    /// Presses Generate this many times within one frame.
    pub async fn click_generate(&self, times: u32) -> Result<()> {
        self.click_impatiently("Generate", times, 0).await
    }

    /// Presses the first button whose name begins like this again and again, while the page stands still for so long
    /// after each press.
    pub async fn click_impatiently(&self, name: &str, times: u32, standstill_ms: u32) -> Result<()> {
        let clicks = "const [name, times, standstill] = arguments;
            const button = [...document.querySelectorAll('button')].find((b) => b.textContent.startsWith(name));
            for (let i = 0; i < times; i++) {
                button.click();
                const end = performance.now() + standstill;
                while (performance.now() < end);
            }";
        self.run(clicks, vec![name.into(), times.into(), standstill_ms.into()]).await.map(drop)
    }

    /// Types a prompt, presses Generate and returns the new card.
    pub async fn order(&self, prompt: &str) -> Result<Card> {
        self.type_prompt(prompt).await?;
        self.generate().await?;
        self.card(prompt).await
    }

    /// The card of a prompt, once it is there.
    pub async fn card(&self, prompt: &str) -> Result<Card> {
        self.find(&format!("the card of {prompt:?}"), find::article(prompt)).await?;
        Ok(Card::new(self.clone(), prompt))
    }

    /// How many cards there are.
    pub async fn card_count(&self) -> Result<usize> {
        Ok(self.driver.find_all(By::Css("ul[aria-label=Videos] article")).await?.len())
    }

    /// Presses a button by its name.
    pub async fn press_button(&self, name: &str) -> Result<()> {
        self.press(name, find::button(name)).await
    }

    /// Presses a button of the open dialog.
    pub async fn press_in_dialog(&self, name: &str) -> Result<()> {
        self.until(&format!("pressing {name} in the dialog"), async || {
            let dialog = self.driver.find(By::Css("dialog[open]")).await?;
            dialog.find(find::button(name)).await?.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Chooses one of a group.
    pub async fn choose(&self, group: &str, name: &str) -> Result<()> {
        self.press(&format!("{group}: {name}"), find::radio(group, name)).await
    }

    /// Ticks a box, or takes the tick away.
    pub async fn tick(&self, name: &str) -> Result<()> {
        self.press(name, find::check(name)).await
    }

    /// Opens a part that is folded away, or folds it away.
    pub async fn toggle(&self, name: &str) -> Result<()> {
        self.press(name, find::summary(name)).await
    }

    /// Adds an image by its address.
    pub async fn add_image_address(&self, address: &str) -> Result<()> {
        self.fill("Image URL", address).await?;
        self.press("Add URL", find::button("Add URL")).await
    }

    /// Picks a file from the disk.
    pub async fn add_image_file(&self, path: &Path) -> Result<()> {
        let input = self.find("the file input", find::field("Add images")).await?;
        let path = path.to_str().context("a path that is no text")?;
        Ok(input.send_keys(path).await?)
    }

    /// Takes all images out of the form.
    pub async fn remove_images(&self) -> Result<()> {
        self.until("no image in the form", async || {
            let removes = self.driver.find_all(By::Css("button[aria-label^='Remove image']")).await?;
            let Some(remove) = removes.first() else {
                return Ok(Some(()));
            };
            remove.click().await?;
            Ok(None)
        })
        .await
    }

    /// Presses keys wherever the focus is.
    pub async fn press_keys(&self, keys: impl Into<TypingData>) -> Result<()> {
        let keys: TypingData = keys.into();
        self.driver.active_element().await?.send_keys(keys).await?;
        Ok(())
    }

    /// The text in the clipboard. WebKit lets no script read it, so that it is pasted there.
    pub async fn copied(&self) -> Result<String> {
        if self.engine != Engine::WebKit {
            let read = "return navigator.clipboard.readText().catch(() => '')";
            return Ok(self.run(read, vec![]).await?.as_str().unwrap_or_default().to_owned());
        }
        let begin = "const before = document.activeElement;
            const field = document.createElement('textarea');
            (document.querySelector('dialog[open]') ?? document.body).append(field);
            field.focus();
            window.afterPaste = () => { const { value } = field; field.remove(); before?.focus(); return value; };";
        self.run(begin, vec![]).await?;
        self.press_keys(Key::Control + "v").await?;
        let pasted = self.run("return window.afterPaste()", vec![]).await?;
        Ok(pasted.as_str().unwrap_or_default().to_owned())
    }

    /// Reloads the page and waits until the app runs again.
    pub async fn reload(&self) -> Result<()> {
        if self.engine == Engine::Firefox {
            // What its driver calls a refresh passes by the service worker, as with Shift.
            self.driver.goto(self.driver.current_url().await?.as_str()).await?;
            return self.wait_started().await;
        }
        // See `until`: the page is reloaded all the same.
        if let Ok(done) = tokio::time::timeout(LOOK, self.driver.refresh()).await {
            done?;
        }
        self.wait_started().await
    }

    /// Whether downloads can be followed: nobody tells WebKit's driver where to put them.
    pub fn has_downloads(&self) -> bool {
        self.engine != Engine::WebKit
    }

    /// The downloaded file whose name ends like this, once it is whole.
    ///
    /// # Errors
    /// There is none after a while.
    pub async fn downloaded(&self, ending: &str) -> Result<PathBuf> {
        self.until("the downloaded file", async || {
            let files = std::fs::read_dir(&self.downloads)?.map(|file| Ok(file?.path()));
            let files: Vec<PathBuf> = files.collect::<Result<_>>()?;
            let is_whole = |path: &PathBuf| path.metadata().is_ok_and(|file| file.len() > 0);
            Ok(files.into_iter().find(|path| path.to_string_lossy().ends_with(ending) && is_whole(path)))
        })
        .await
    }
}
