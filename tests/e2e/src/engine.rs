//! The three engines, and what each is asked for.

use anyhow::{Result, bail};
use serde_json::json;
use std::path::{Path, PathBuf};
use thirtyfour::Capabilities;
use thirtyfour::common::capabilities::desiredcapabilities::PageLoadStrategy;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::common::log::LoggingPrefsLogLevel;
use thirtyfour::prelude::*;

const CHROMIUM_ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
    "--autoplay-policy=no-user-gesture-required",
    "--window-size=1280,900",
];

/// Where a browser of this profile puts what is downloaded.
pub(crate) fn downloads(profile: &Path) -> PathBuf {
    profile.join("downloads")
}

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium with chromedriver.
    Chromium,
    /// Firefox with geckodriver.
    Firefox,
    /// WebKitGTK: its MiniBrowser with WebKitWebDriver. It wants a display; `xvfb-run` is one.
    WebKit,
}

impl Engine {
    /// What `VIREO_ENGINE` names: `chromium` (also where it is not set), `firefox` or `webkit`.
    ///
    /// # Errors
    /// Any other name.
    pub fn chosen() -> Result<Self> {
        match std::env::var("VIREO_ENGINE").as_deref() {
            Err(_) | Ok("chromium") => Ok(Engine::Chromium),
            Ok("firefox") => Ok(Engine::Firefox),
            Ok("webkit") => Ok(Engine::WebKit),
            Ok(other) => bail!("VIREO_ENGINE is {other:?}: it is one of chromium, firefox, webkit"),
        }
    }

    /// The variable that names the driver, and the driver where it is not set.
    pub(crate) fn driver(self) -> (&'static str, &'static str) {
        match self {
            Engine::Chromium => ("CHROMEDRIVER", "/usr/bin/chromedriver"),
            Engine::Firefox => ("GECKODRIVER", "geckodriver"),
            Engine::WebKit => ("WEBKITWEBDRIVER", "/usr/bin/WebKitWebDriver"),
        }
    }

    /// What a new browser is to be like.
    pub(crate) fn wishes(self, profile: &Path) -> Result<Capabilities> {
        // Whether the app has started is looked at; a page that is held back still has its form.
        let eager = PageLoadStrategy::Eager;
        match self {
            Engine::Chromium => {
                let mut wishes = DesiredCapabilities::chrome();
                for argument in CHROMIUM_ARGUMENTS {
                    wishes.add_arg(argument)?;
                }
                let binary = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
                if Path::new(&binary).exists() {
                    wishes.set_binary(&binary)?;
                }
                // The browser without windows opens no page in a profile that it is given.
                if !binary.ends_with("headless-shell") {
                    wishes.add_arg(&format!("--user-data-dir={}", profile.display()))?;
                }
                wishes.set_browser_log_level(LoggingPrefsLogLevel::All)?;
                wishes.set_page_load_strategy(eager)?;
                Ok(wishes.into())
            }
            Engine::Firefox => {
                let mut wishes = DesiredCapabilities::firefox();
                for argument in ["-headless", "--width=1280", "--height=900"] {
                    wishes.add_arg(argument)?;
                }
                let mut preferences = FirefoxPreferences::new();
                preferences.set("media.autoplay.default", 0)?;
                preferences.set("intl.accept_languages", "en")?;
                preferences.set("browser.download.folderList", 2)?;
                preferences.set("browser.download.dir", downloads(profile).to_string_lossy().into_owned())?;
                // Reads of the clipboard are not asked about.
                preferences.set("dom.events.testing.asyncClipboard", true)?;
                wishes.set_preferences(preferences)?;
                wishes.set_page_load_strategy(eager)?;
                Ok(wishes.into())
            }
            Engine::WebKit => {
                let mut wishes = Capabilities::new();
                wishes.set("browserName", "MiniBrowser")?;
                let arguments = ["--automation", "--autoplay-policy=allow"];
                wishes.set("webkitgtk:browserOptions", json!({ "args": arguments }))?;
                // Not `eager`: its driver forgets a script whose promise is pending while the page goes on loading.
                wishes.set("pageLoadStrategy", "normal")?;
                Ok(wishes)
            }
        }
    }
}
