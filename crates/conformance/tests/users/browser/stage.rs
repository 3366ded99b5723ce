//! One gateway and one relying party for all tests; a browser and a user for each.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::OnceLock;
use testkit::browser::Browser;
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::tree;
use testkit::{ports::free_port, program::Program};

/// The mount under test.
pub(crate) const MOUNT: &str = "brighthr-sandbox";
/// Every user's password.
pub(crate) const PASSWORD: &str = "a-long-demo-password";

struct Site {
    gateway: Gateway,
    _relying_party: Program,
    /// The base of the mount's pages.
    base: String,
    /// The base of the relying party's.
    relying_party: String,
}

/// Ends with the test process, by its programs' watchdogs.
fn site() -> Result<&'static Site> {
    static SITE: OnceLock<Result<Site, String>> = OnceLock::new();
    match SITE.get_or_init(|| Site::start().map_err(|error| format!("{error:#}"))) {
        Ok(site) => Ok(site),
        Err(error) => bail!("{error}"),
    }
}

impl Site {
    fn start() -> Result<Self> {
        let example = tree::root().join("examples/node");
        let modules = example.join("node_modules/openid-client");
        ensure!(modules.is_dir(), "this test needs {}; `cargo xtask test` gets it", modules.display());
        let port = free_port()?;
        let relying_party = format!("http://localhost:{port}");
        let gateway = Gateway::start(&format!(
            r#"
            [store]
            path = ":memory:"

            [[mount]]
            name = "{MOUNT}"
            dialect = "brighthr-connect"

            [[mount.client]]
            id = "rp"
            secret = "rp-secret"
            grants = ["authorization_code", "refresh_token"]
            scopes = ["openid", "profile", "email", "company:read", "offline_access"]
            redirect_uris = ["{relying_party}/cb"]
            post_logout_redirect_uris = ["{relying_party}/bye"]
            "#
        ))?;
        let base = format!("http://localhost:{}/{MOUNT}", gateway.public().port());
        let mut command = Command::new("node");
        command.arg("relying-party.mjs").current_dir(example);
        command.args(["--issuer", &base, "--client-id", "rp", "--client-secret", "rp-secret"]);
        let mut program = Program::start(command.args(["--port", &port.to_string()]))?;
        program.wait_for(|line| line.starts_with("relying party at ").then_some(()))?;
        Ok(Self { gateway, _relying_party: program, base, relying_party })
    }
}

/// A browser of one user.
pub(crate) struct Stage {
    site: &'static Site,
    pub(crate) browser: Browser,
    /// The name for signing in, the given name too; it begins the subject.
    pub(crate) user: &'static str,
}

impl Stage {
    /// A fresh browser, and a user of that name whom no other test has.
    pub(crate) fn start(user: &'static str) -> Result<Self> {
        let site = site()?;
        let spec = json!({
            "sub": format!("{user}-sub"),
            "username": user,
            "password": PASSWORD,
            "claims": {
                "given_name": user,
                "family_name": "Example",
                "company_id": "1001",
                "email": format!("{user}@client.test"),
            },
        });
        site.gateway.admin().put(MOUNT, "users", &format!("{user}-sub"), &spec)?;
        Ok(Self { site, browser: Browser::start()?, user })
    }

    /// A client of the test's own, and where its authorization request is made.
    pub(crate) fn client(&self, id: &str, redirect_uri: &str, more: &str) -> Result<String> {
        let spec = json!({"secret": "rp-secret-of-its-own", "grants": ["authorization_code"],
            "scopes": ["openid", "email"], "redirect_uris": [redirect_uri]});
        self.site.gateway.admin().put(MOUNT, "clients", id, &spec)?;
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let query = serde_urlencoded::to_string([
            ("client_id", id),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ])?;
        Ok(self.page(&format!("/connect/authorize?{query}&{more}")))
    }

    /// The address of a page of the mount.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.site.base)
    }

    /// The address of a page of the relying party.
    pub(crate) fn relying_party(&self, path: &str) -> String {
        format!("{}{path}", self.site.relying_party)
    }

    /// The browser is at that page of the mount, whatever the query.
    pub(crate) fn expect_page(&self, path: &str) -> Result<()> {
        self.expect_url(&self.page(path))
    }

    fn expect_url(&self, wanted: &str) -> Result<()> {
        let url = self.browser.url()?;
        let at = url.split('?').next().unwrap_or_default();
        ensure!(at == wanted, "at {url} and not {wanted}:\n{}", self.browser.text("body")?);
        Ok(())
    }

    /// What the relying party shows at that path.
    pub(crate) fn result_at(&self, path: &str) -> Result<Value> {
        self.expect_url(&self.relying_party(path))?;
        let text = self.browser.text("#result")?;
        serde_json::from_str(&text).with_context(|| format!("the relying party shows {text:?}"))
    }

    /// Begins a sign-in at the relying party, with parameters of the authorization request.
    pub(crate) fn begin(&self, parameters: &str) -> Result<()> {
        self.browser.visit(&self.relying_party(&format!("/login?{parameters}")))
    }

    /// Signs in on the login page.
    pub(crate) fn log_in(&self, password: &str) -> Result<()> {
        self.expect_page("/account/login")?;
        self.browser.fill("[name=username]", self.user)?;
        self.browser.fill("[name=password]", password)?;
        self.browser.press("Sign in")
    }

    /// Consents to what is ticked.
    pub(crate) fn decide(&self, decision: &str) -> Result<()> {
        self.expect_page("/consent")?;
        self.browser.follow(&format!("[name=decision][value={decision}]"))
    }

    /// From the relying party through login and consent, and back.
    pub(crate) fn sign_in(&self) -> Result<Value> {
        self.begin("")?;
        self.log_in(PASSWORD)?;
        self.decide("allow")?;
        self.result_at("/")
    }

    /// Presses a button of the relying party; what it shows then.
    pub(crate) fn press(&self, button: &str, path: &str) -> Result<Value> {
        self.browser.press(button)?;
        self.result_at(path)
    }

    /// Userinfo as a program asks for it.
    pub(crate) fn userinfo(&self, token: &str) -> Result<Response> {
        let bearer = format!("Bearer {token}");
        let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
        let request = http::request("GET", &format!("/{MOUNT}/connect/userinfo"), &headers, b"");
        http::exchange(self.site.gateway.public(), &request)
    }

    /// Whether a page's policy has forbidden anything since the last look.
    pub(crate) fn expect_no_violation(&self) -> Result<()> {
        let mut complaints = self.browser.complaints()?;
        complaints.retain(|line| line.contains("Content Security Policy"));
        ensure!(complaints.is_empty(), "{complaints:#?}");
        Ok(())
    }
}
