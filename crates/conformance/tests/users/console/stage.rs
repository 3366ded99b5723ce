//! A gateway with its console, and a browser.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::browser::Browser;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::ports::free_port;
use testkit::vendor::form_of;
use testkit::wait_until;

const CONFIG: &str = r#"
[store]
path = ":memory:"
[[mount]]
name = "bits"
dialect = "bits-basic-form"
[[mount.client]]
id = "batch"
secret = "batch-secret"
scopes = ["application"]
claims = { customerId = "bits:customer::e0d429f2-635b-418c-8b74-4a554f82c0bc" }
[[mount]]
name = "brighthr"
dialect = "brighthr-connect"
settings = { alg = "HS256" }
[[mount.client]]
id = "web"
secret = "web-secret"
grants = ["client_credentials", "authorization_code", "refresh_token"]
scopes = ["openid", "profile", "email"]
redirect_uris = ["https://client.test/cb"]
[[mount.user]]
sub = "alice-1"
username = "alice"
password = "alice-password"
"#;

/// What is on the page, in words: a script that says so.
const SEES: &str = "return document.body.innerText.includes(arguments[0])";

pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
    pub(crate) browser: Browser,
}

impl Stage {
    pub(crate) fn start() -> Result<Self> {
        Self::start_with("")
    }

    /// The same, with more of a configuration before its mounts.
    pub(crate) fn start_with(more: &str) -> Result<Self> {
        Self::of(Gateway::start(&format!("{more}{CONFIG}"))?)
    }

    /// The same, with a port of the admin listener that stays when the gateway is started again.
    pub(crate) fn start_at_one_port() -> Result<Self> {
        let listen = ("IDP_GATEWAY__ADMIN__LISTEN".to_owned(), format!("127.0.0.1:{}", free_port()?));
        Self::of(Gateway::start_in(vec![listen], CONFIG)?)
    }

    fn of(gateway: Gateway) -> Result<Self> {
        let browser = Browser::start()?;
        browser.set_viewport(1440, 900, false)?;
        Ok(Self { gateway, browser })
    }

    /// Goes to a page of the console.
    pub(crate) fn open(&self, path: &str) -> Result<()> {
        self.browser.visit(&format!("http://{}{path}", self.gateway.admin_address()))?;
        wait_until("the console", || Ok(self.browser.count("h1")? > 0))
    }

    /// Waits until the page says that.
    pub(crate) fn sees(&self, words: &str) -> Result<()> {
        let seen = wait_until("words", || Ok(self.browser.execute(SEES, vec![words.into()])? == true));
        seen.with_context(|| {
            format!("{words:?} is not on the page:\n{}", self.browser.text("body").unwrap_or_default())
        })
    }

    /// Waits until the page does not say that any more.
    pub(crate) fn misses(&self, words: &str) -> Result<()> {
        let gone = wait_until("words to go", || Ok(self.browser.execute(SEES, vec![words.into()])? == false));
        gone.with_context(|| format!("{words:?} is still on the page"))
    }

    /// Clicks the button or link of that name, as a screen reader says it.
    pub(crate) fn press(&self, name: &str) -> Result<()> {
        let script = "const name = (one) => (one.getAttribute('aria-label') ?? one.innerText).replace(/\\s+/g, ' ').trim();
            const found = [...document.querySelectorAll('button, a, summary, [role=option]')].filter((one) => one.offsetParent !== null
                && (name(one) === arguments[0] || name(one).replace(/ [a-z?]$/, '') === arguments[0]));
            found[0]?.click();
            return found.length > 0;";
        let pressed = wait_until("a button", || Ok(self.browser.execute(script, vec![name.into()])? == true));
        pressed
            .with_context(|| format!("nothing is called {name:?}:\n{}", self.browser.text("body").unwrap_or_default()))
    }

    /// Writes into the field of that label, or chooses there.
    pub(crate) fn fill(&self, label: &str, value: &str) -> Result<()> {
        let script = "const label = [...document.querySelectorAll('label')].find((one) => one.offsetParent !== null
                && one.firstElementChild?.innerText.trim() === arguments[0]);
            const field = label?.querySelector('input, select, textarea');
            if (!field) return false;
            const kind = field instanceof HTMLSelectElement ? HTMLSelectElement
                : field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
            if (kind === HTMLSelectElement && ![...field.options].some((one) => one.value === arguments[1])) return false;
            Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, arguments[1]);
            field.dispatchEvent(new Event(kind === HTMLSelectElement ? 'change' : 'input', { bubbles: true }));
            return true;";
        let filled =
            wait_until("a field", || Ok(self.browser.execute(script, vec![label.into(), value.into()])? == true));
        filled.with_context(|| {
            format!("no field {label:?} takes {value:?}:\n{}", self.browser.text("body").unwrap_or_default())
        })
    }

    /// A token request of the mount `bits`, as its clients make it.
    pub(crate) fn token(&self, secret: &str) -> Result<Response> {
        let fields = [("grant_type", "client_credentials"), ("scope", "application")];
        http::exchange(self.gateway.public(), &form_of("/bits/v1/oauth2/token", ("batch", secret), &fields)?)
    }

    /// An access token of the mount `bits`.
    pub(crate) fn access_token(&self) -> Result<String> {
        let order = json!({ "client_id": "batch" });
        let made = self.gateway.admin().call("POST", "/v1/mounts/bits/tokens", Some(&order))?;
        made["access_token"].as_str().map(str::to_owned).context("no token")
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        self.gateway.admin().call("GET", path, None)
    }

    /// The browser has nothing to complain of: no policy was broken, and no script failed.
    pub(crate) fn expect_quiet(&self) -> Result<()> {
        let mut complaints = self.browser.complaints()?;
        complaints.retain(|line| !line.contains("status of 4") && !line.contains("ERR_"));
        ensure!(complaints.is_empty(), "{complaints:#?}");
        Ok(())
    }
}
