//! A real browser: headless Chromium, driven through `WebDriver`.

use crate::program::Program;
use crate::{http, tree};
use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long an element may take to appear, or a page to give way to the next.
const PATIENCE: Duration = Duration::from_secs(10);

/// Nothing but what the tests ask for goes over the network.
const FLAGS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser with a fresh profile. It ends with this value, or with the test process. Elements are named by CSS
/// selectors, and waited for.
#[derive(Debug)]
pub struct Browser {
    runtime: tokio::runtime::Runtime,
    client: Client,
    session: String,
    driver: SocketAddr,
    // Dropped in this order: the browser writes to its profile until its end.
    _driver: Program,
    _profile: tempfile::TempDir,
}

/// A driver and its port. It takes a free port of IPv6 and then the same of IPv4, which somebody else may have.
fn driver(home: &Path) -> Result<(Program, u16)> {
    const ATTEMPTS: usize = 5;
    let start = || {
        let mut command = std::process::Command::new("chromedriver");
        let mut program = Program::start(command.arg("--port=0").env("HOME", home))?;
        let port = program.wait_for(|line| {
            line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse().ok()
        })?;
        Ok((program, port))
    };
    let is_taken = |outcome: &Result<_>| {
        outcome.as_ref().is_err_and(|error: &anyhow::Error| format!("{error:#}").contains("port not available"))
    };
    let mut outcome = start();
    for _ in 1..ATTEMPTS {
        if !is_taken(&outcome) {
            break;
        }
        outcome = start();
    }
    outcome
}

impl Browser {
    /// Starts a browser; the error says how to get what is missing.
    pub fn start() -> Result<Self> {
        Self::start_at_home(tempfile::tempdir()?)
    }

    /// Starts a browser whose user has that home, with the certificates that are trusted there.
    pub fn start_at_home(profile: tempfile::TempDir) -> Result<Self> {
        let (program, port) = driver(profile.path())?;
        let driver = SocketAddr::from(([127, 0, 0, 1], port));
        let mut flags = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({
            "goog:chromeOptions": { "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { bail!("capabilities are an object") };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let started = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let client = builder.capabilities(capabilities).connect(&format!("http://{driver}")).await?;
            let session = client.session_id().await?.context("no session")?;
            anyhow::Ok((client, session))
        });
        let (client, session) =
            started.context("this test needs Chromium, which does not start; `cargo xtask test` gets it")?;
        Ok(Self { runtime, client, session, driver, _driver: program, _profile: profile })
    }

    /// Goes to that address and waits until the page is there.
    pub fn visit(&self, url: &str) -> Result<()> {
        self.runtime.block_on(self.client.goto(url)).with_context(|| format!("visiting {url}"))
    }

    /// The address of the page.
    pub fn url(&self) -> Result<String> {
        Ok(self.runtime.block_on(self.client.current_url())?.into())
    }

    /// The text that a person sees of an element.
    pub fn text(&self, selector: &str) -> Result<String> {
        let element = self.find(Locator::Css(selector))?;
        Ok(self.runtime.block_on(element.text())?)
    }

    /// How many elements there are now; waits for none.
    pub fn count(&self, selector: &str) -> Result<usize> {
        Ok(self.runtime.block_on(self.client.find_all(Locator::Css(selector)))?.len())
    }

    /// A property of an element as the page's scripts would see it: `value`, `checked`.
    pub fn property(&self, selector: &str, name: &str) -> Result<String> {
        let element = self.find(Locator::Css(selector))?;
        self.runtime.block_on(element.prop(name))?.with_context(|| format!("{selector} has no {name}"))
    }

    /// Types into a field, in place of what it holds.
    pub fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.find(Locator::Css(selector))?;
        self.runtime.block_on(element.clear())?;
        Ok(self.runtime.block_on(element.send_keys(text))?)
    }

    /// Clicks what changes this page alone, a checkbox for example.
    pub fn click(&self, selector: &str) -> Result<()> {
        let element = self.find(Locator::Css(selector))?;
        self.runtime.block_on(element.click()).with_context(|| format!("clicking {selector}"))
    }

    /// Clicks what leads to another page, and waits until this one is gone.
    pub fn follow(&self, selector: &str) -> Result<()> {
        let element = self.find(Locator::Css(selector))?;
        self.leave(|| Ok(self.runtime.block_on(element.click())?)).with_context(|| format!("following {selector}"))
    }

    /// Follows the link or button that bears this text.
    pub fn press(&self, text: &str) -> Result<()> {
        let path = format!("//*[self::a or self::button][normalize-space()='{text}']");
        let element = self.find(Locator::XPath(&path))?;
        self.leave(|| Ok(self.runtime.block_on(element.click())?)).with_context(|| format!("pressing {text:?}"))
    }

    /// Presses Tab until an element has the focus.
    pub fn tab_to(&self, selector: &str) -> Result<()> {
        const MOST: usize = 40;
        for _ in 0..MOST {
            self.key(Key::Tab.into())?;
            let focused = "return Boolean(document.activeElement?.matches(arguments[0]))";
            if self.execute(focused, vec![selector.into()])? == true {
                return Ok(());
            }
        }
        bail!("{selector} has no focus after {MOST} tabs")
    }

    /// Types on the keyboard, wherever the focus is.
    pub fn keys(&self, text: &str) -> Result<()> {
        text.chars().try_for_each(|key| self.key(key))
    }

    /// Presses Enter, and waits until this page is gone.
    pub fn enter(&self) -> Result<()> {
        self.leave(|| self.key(Key::Enter.into())).context("pressing Enter")
    }

    /// Gives the page a size in CSS pixels; a mobile one is laid out as a phone does.
    pub fn set_viewport(&self, width: u32, height: u32, mobile: bool) -> Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.cdp("Emulation.setDeviceMetricsOverride", &metrics).map(drop)
    }

    /// Asks pages for their dark colours.
    pub fn emulate_dark(&self) -> Result<()> {
        let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
        self.cdp("Emulation.setEmulatedMedia", &dark).map(drop)
    }

    /// Writes a picture of the whole page, what is below the viewport included, as PNG.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        let size = self.cdp("Page.getLayoutMetrics", &json!({}))?["cssContentSize"].clone();
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let shot = self.cdp("Page.captureScreenshot", &json!({ "captureBeyondViewport": true, "clip": clip }))?;
        let png = STANDARD.decode(shot["data"].as_str().context("no picture")?)?;
        fs::write(path, png).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Runs a function's body in the page, whatever its policy says of scripts; what it returns.
    pub fn execute(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.runtime.block_on(self.client.execute(script, arguments))?)
    }

    /// What axe-core finds serious or critical, one line each.
    pub fn axe(&self) -> Result<Vec<String>> {
        let path = tree::root().join("examples/node/node_modules/axe-core/axe.min.js");
        let source = fs::read_to_string(&path)
            .with_context(|| format!("this test needs {}; `cargo xtask test` gets it", path.display()))?;
        self.execute(&source, Vec::new())?;
        let run = "const done = arguments[0];
            axe.run(document, { resultTypes: ['violations'] }).then(
                ({ violations }) => done(violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
                    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`)),
                (error) => done([`axe failed: ${error}`]));";
        let found = self.runtime.block_on(self.client.execute_async(run, Vec::new()))?;
        serde_json::from_value(found).context("axe's answer")
    }

    /// What the browser has complained of since the last call: scripts that failed, what a page's policy forbade.
    pub fn complaints(&self) -> Result<Vec<String>> {
        let log = self.command("se/log", &json!({ "type": "browser" }))?;
        let entries = log.as_array().context("no log")?;
        Ok(entries.iter().map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect())
    }

    fn find(&self, locator: Locator<'_>) -> Result<Element> {
        let found = self.runtime.block_on(self.client.wait().at_most(PATIENCE).for_element(locator));
        found.map_err(|error| {
            let url = self.url().unwrap_or_default();
            let page = self.execute("return document.body.innerText", Vec::new()).unwrap_or_default();
            anyhow::Error::from(error).context(format!("no {locator:?} at {url}:\n{page}"))
        })
    }

    fn key(&self, key: char) -> Result<()> {
        let press = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        Ok(self.runtime.block_on(self.client.perform_actions(press))?)
    }

    /// Does something that leads to another page, and waits until this one's elements are no more.
    fn leave(&self, act: impl FnOnce() -> Result<()>) -> Result<()> {
        let before = self.runtime.block_on(self.client.find(Locator::Css("html")))?;
        act()?;
        let started = Instant::now();
        while self.runtime.block_on(before.tag_name()).is_ok() {
            if started.elapsed() > PATIENCE {
                bail!("the page does not change: {}\n{:#?}", self.url()?, self.complaints()?);
            }
            crate::pause(Duration::from_millis(20));
        }
        Ok(())
    }

    /// A command of the Chrome `DevTools` Protocol, and its answer.
    pub fn cdp(&self, method: &str, parameters: &Value) -> Result<Value> {
        self.command("goog/cdp/execute", &json!({ "cmd": method, "params": parameters }))
    }

    /// A command of the driver's own, beyond the standard's.
    fn command(&self, name: &str, body: &Value) -> Result<Value> {
        let (host, path) = (self.driver.to_string(), format!("/session/{}/{name}", self.session));
        let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
        let request = http::request("POST", &path, &headers, &serde_json::to_vec(body)?);
        let mut answer = http::exchange(self.driver, &request)?.json()?;
        ensure!(answer["value"].get("error").is_none(), "{name}: {answer}");
        Ok(answer["value"].take())
    }
}
