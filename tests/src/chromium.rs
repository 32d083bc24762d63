//! A headless Chromium.

use std::{fs, ops::Deref, path::PathBuf, process::Command};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    process::Process,
    webdriver::{self, Session},
};

const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    // No other host can be reached, so that a page which needs one fails visibly.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// The color scheme that the visitor prefers.
#[derive(Clone, Copy, Debug)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A browser with a profile of its own. It is closed when this is dropped.
#[derive(Debug)]
pub struct Chromium {
    // In this order: the browser ends before its driver, and its profile is removed last.
    session: Session,
    _driver: Process,
    _profile: TempDir,
}

impl Chromium {
    /// Starts a browser.
    pub async fn start() -> Self {
        let driver = Process::start(Command::new("chromedriver").arg("--port=0"));
        let line = driver.line("started successfully on port").await;
        let port: String = line.chars().filter(char::is_ascii_digit).collect();
        let port = port.parse().unwrap_or_else(|_| panic!("no port in {line:?}"));
        let profile = TempDir::with_prefix("salon-chromium-").expect("a temporary folder");
        let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let session = Session::start(([127, 0, 0, 1], port).into(), &arguments).await;
        Self { session, _driver: driver, _profile: profile }
    }

    /// Shows pages on a screen of this width and in this scheme.
    pub async fn look(&self, width: u32, scheme: Scheme) {
        let scheme = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await;
        let screen = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    }

    /// Writes a picture of the whole page into the folder that `SALON_SCREENSHOTS` names, if it is set.
    pub async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("SALON_SCREENSHOTS").map(PathBuf::from) else { return };
        let picture = self.devtools("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
        let picture = picture["data"].as_str().and_then(|data| BASE64_STANDARD.decode(data).ok()).expect("a picture");
        fs::create_dir_all(&folder).expect("SALON_SCREENSHOTS can be created");
        fs::write(folder.join(format!("{name}.png")), picture).expect("SALON_SCREENSHOTS can be written");
    }
}

impl Deref for Chromium {
    type Target = webdriver::Session;

    fn deref(&self) -> &Self::Target {
        &self.session
    }
}
