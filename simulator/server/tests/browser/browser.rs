//! A browser session: what a person does with it and sees in it. Ends with its test, whatever came of that.

use crate::chromium;
use crate::driver::Driver;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long something may take to appear.
const LIMIT: Duration = Duration::from_secs(15);
/// How often it is looked for.
const OFTEN: Duration = Duration::from_millis(20);
/// No network but this machine's, nothing of its own in the background, no sandbox of its own (tests may run as root).
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1280,900",
];

/// What none of our pages has: they work without scripts and keep their style in sheets.
const FORBIDDEN: &str =
    "script, style, [style], iframe, object, embed, base, [onerror], [onload], [onclick], [onfocus], a[href^='javascript']";

/// A browser.
pub(crate) struct Browser {
    client: Client,
    session: String,
    driver: Arc<Driver>,
}

impl Browser {
    /// A phone's browser, 390 pixels wide.
    pub(crate) async fn phone() -> Self {
        Self::start(json!({"mobileEmulation": phone_screen()})).await
    }

    /// The same with scripts switched off.
    pub(crate) async fn phone_without_script() -> Self {
        let forbidden = json!({"profile.managed_default_content_settings.javascript": 2});
        Self::start(json!({"mobileEmulation": phone_screen(), "prefs": forbidden})).await
    }

    /// A browser on a desk.
    pub(crate) async fn desk() -> Self {
        Self::start(json!({})).await
    }

    async fn start(kind: Value) -> Self {
        let driver = match tokio::task::spawn_blocking(Driver::shared).await {
            Ok(driver) => driver,
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        };
        let mut options = kind;
        options["args"] = json!(FLAGS);
        options["prefs"]["intl.accept_languages"] = json!("zh-CN,zh");
        options["binary"] = json!(driver.programs.chromium);
        let wanted = json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}, "pageLoadStrategy": "normal"});
        let Value::Object(wanted) = wanted else { unreachable!("written as an object") };
        let mut client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let client = client.capabilities(wanted).connect(&driver.address()).await.unwrap();
        let session = client.session_id().await.unwrap().expect("it was just begun");
        Self { client, session, driver }
    }

    /// Goes to an address.
    pub(crate) async fn open(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Where it is.
    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// The element at a CSS selector, as soon as it is there.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        self.await_element(Locator::Css(selector)).await
    }

    /// Whether there is such an element now.
    pub(crate) async fn has(&self, selector: &str) -> bool {
        !self.client.find_all(Locator::Css(selector)).await.unwrap().is_empty()
    }

    async fn await_element(&self, locator: Locator<'_>) -> Element {
        match self.client.wait().at_most(LIMIT).every(OFTEN).for_element(locator).await {
            Ok(element) => element,
            Err(error) => panic!("{locator:?}: {error}; {} shows:\n{}", self.address().await, self.text().await),
        }
    }

    /// Clicks what a selector finds.
    pub(crate) async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.unwrap();
    }

    /// Presses the button with these words.
    pub(crate) async fn press(&self, words: &str) {
        self.await_element(Locator::XPath(&format!("//button[normalize-space()='{words}']"))).await.click().await.unwrap();
    }

    /// Follows the link with these words in it.
    pub(crate) async fn follow(&self, words: &str) {
        self.await_element(Locator::XPath(&format!("//a[contains(normalize-space(), '{words}')]"))).await.click().await.unwrap();
    }

    /// Types into a field, in place of what stood there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("[name='{name}']")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What stands in a field.
    pub(crate) async fn value(&self, name: &str) -> String {
        self.find(&format!("[name='{name}']")).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// What a reader sees.
    pub(crate) async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until a reader sees all these words.
    pub(crate) async fn sees(&self, words: &[&str]) {
        let begun = Instant::now();
        loop {
            let text = self.text().await;
            let Some(missing) = words.iter().find(|words| !text.contains(**words)) else { return };
            assert!(begun.elapsed() < LIMIT, "`{missing}` is not seen at {}:\n{text}", self.address().await);
            tokio::time::sleep(OFTEN).await;
        }
    }

    /// Whether pictures at a selector were really loaded and drawn.
    pub(crate) async fn draws(&self, selector: &str) -> bool {
        let picture = serde_json::to_value(self.find(selector).await).unwrap();
        self.client.execute("return arguments[0].complete && arguments[0].naturalWidth > 0", vec![picture]).await.unwrap() == json!(true)
    }

    /// What its console complained about since it was last asked.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let http = reqwest::Client::builder().no_proxy().timeout(LIMIT).build().unwrap();
        let asked = http.post(format!("{}/session/{}/se/log", self.driver.address(), self.session)).json(&json!({"type": "browser"}));
        let answer: Value = asked.send().await.unwrap().json().await.unwrap();
        let entries = answer["value"].as_array().unwrap_or_else(|| panic!("no log in {answer}"));
        entries.iter().map(|entry| format!("{}: {}", entry["level"], entry["message"])).collect()
    }

    /// Fails unless the page brings no script or style of its own text, no dialog is open, and nothing was complained about.
    pub(crate) async fn is_clean(&self) {
        assert!(matches!(self.client.get_alert_text().await, Err(CmdError::Standard(_))), "a dialog is open");
        assert!(!self.has(FORBIDDEN).await, "{} has one of {FORBIDDEN}", self.address().await);
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "{}: {complaints:?}", self.address().await);
    }

    /// Fails when the page is wider than its window.
    pub(crate) async fn fits(&self) {
        let measure = "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]";
        let measured = self.client.execute(measure, Vec::new()).await.unwrap();
        let (content, window) = (measured[0].as_u64(), measured[1].as_u64());
        assert!(content <= window, "{} needs {measured:?} pixels", self.address().await);
    }

    /// A picture of the window.
    pub(crate) async fn photograph(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }

    /// Leaves a picture of the window in the build folder.
    pub(crate) async fn keep_picture(&self, name: &str) {
        let folder = chromium::build_folder().join("screens");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name).with_extension("png"), self.photograph().await).unwrap();
    }
}

fn phone_screen() -> Value {
    json!({"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 2.0, "touch": false}})
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.tell("DELETE", &format!("/session/{}", self.session));
    }
}
