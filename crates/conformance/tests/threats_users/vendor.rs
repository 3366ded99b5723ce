//! A vendor whose users log in, with a client of its fixtures.

use crate::browser::{Browser, form};
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use conformance::gateway::Gateway;
use conformance::http::{self, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const REDIRECT: &str = "https://client.test/cb";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// A second confidential client of each mount.
pub(crate) const OTHER: &str = "another";
/// A client without a secret.
pub(crate) const PUBLIC: &str = "public";

/// One mount and a client of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vendor {
    pub(crate) mount: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) authorize: &'static str,
    pub(crate) token: &'static str,
    pub(crate) login: &'static str,
    pub(crate) account: &'static str,
    pub(crate) logout: &'static str,
    /// How the link to the page that says what was wrong begins.
    pub(crate) error: &'static str,
    pub(crate) userinfo: Option<&'static str>,
    pub(crate) introspect: Option<&'static str>,
    /// Whether a refused request is told to the client once its redirect URI holds.
    pub(crate) tells_client: bool,
    pub(crate) client: (&'static str, &'static str),
    /// `sub` of the fixtures' user.
    pub(crate) user: &'static str,
    pub(crate) scope: &'static str,
}

pub(crate) const BRIGHTHR: Vendor = Vendor {
    mount: "brighthr-sandbox",
    issuer: "https://sandbox-login.brighthr.com",
    authorize: "/brighthr-sandbox/connect/authorize",
    token: "/brighthr-sandbox/connect/token",
    login: "/brighthr-sandbox/account/login",
    account: "/brighthr-sandbox/account",
    logout: "/brighthr-sandbox/account/logout",
    error: "https://sandbox-login.brighthr.com/home/error?errorId=",
    userinfo: Some("/brighthr-sandbox/connect/userinfo"),
    introspect: Some("/brighthr-sandbox/connect/introspect"),
    tells_client: false,
    client: ("web", "web-secret"),
    user: "6f1c2e0a-93b7-4d0e-8a55-1f2d3c4b5a69",
    scope: "openid email company:read offline_access",
};
/// The same vendor's other mount, whose clients and users have the same names.
pub(crate) const PRODUCTION: Vendor = Vendor {
    mount: "brighthr",
    issuer: "https://login.brighthr.com",
    authorize: "/brighthr/connect/authorize",
    token: "/brighthr/connect/token",
    login: "/brighthr/account/login",
    account: "/brighthr/account",
    logout: "/brighthr/account/logout",
    error: "https://login.brighthr.com/home/error?errorId=",
    userinfo: Some("/brighthr/connect/userinfo"),
    introspect: Some("/brighthr/connect/introspect"),
    ..BRIGHTHR
};
pub(crate) const EAGLE: Vendor = Vendor {
    mount: "screeningeagle",
    issuer: "Screening Eagle ID",
    authorize: "/_gateway/authorize/screeningeagle",
    token: "/screeningeagle/api/id/v1/auth/token",
    login: "/_gateway/login/screeningeagle",
    account: "/_gateway/account/screeningeagle",
    logout: "/_gateway/logout/screeningeagle",
    error: "/_gateway/error/screeningeagle?errorId=",
    userinfo: None,
    introspect: None,
    tells_client: true,
    client: ("integration-dev-VNZQqDt4Hv", "se-secret"),
    user: "1302",
    scope: "openid email",
};
pub(crate) const VENDORS: [Vendor; 3] = [BRIGHTHR, PRODUCTION, EAGLE];
/// One mount of each vendor.
pub(crate) const EACH: [Vendor; 2] = [BRIGHTHR, EAGLE];

/// The S256 challenge of a verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

impl Vendor {
    /// The query of a request that is in order, with these parameters instead; an empty one is left out.
    pub(crate) fn query(&self, instead: &[(&str, &str)]) -> Result<String> {
        let challenge = challenge(VERIFIER);
        let mut query = vec![
            ("client_id", self.client.0),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", self.scope),
            ("state", "st"),
            ("nonce", "n-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        query.retain(|(name, _)| !instead.iter().any(|(other, _)| other == name));
        query.extend(instead.iter().filter(|(_, value)| !value.is_empty()));
        Ok(serde_urlencoded::to_string(query)?)
    }

    /// The authorization request in that browser.
    pub(crate) fn ask(&self, browser: &mut Browser, instead: &[(&str, &str)]) -> Result<Response> {
        browser.get(&format!("{}?{}", self.authorize, self.query(instead)?))
    }

    /// The same, on the way to the page that it leads to or to the client.
    pub(crate) fn go(&self, browser: &mut Browser, instead: &[(&str, &str)]) -> Result<Response> {
        let response = self.ask(browser, instead)?;
        browser.follow(response)
    }

    /// A code that the mount approved by itself.
    pub(crate) fn approved(&self, gateway: &Gateway, instead: &[(&str, &str)]) -> Result<String> {
        let mut browser = Browser::new(gateway.public());
        code(&self.ask(&mut browser, &[&[("login_hint", self.user)], instead].concat())?)
    }

    /// Signs the user in by a click on the login page.
    pub(crate) fn sign_in(&self, browser: &mut Browser, sub: &str) -> Result<()> {
        let page = browser.get(self.login)?;
        let response = browser.submit(&form(&page, "csrf")?.with("pick", sub))?;
        ensure!(response.status == 303, "{}: {} {}", self.mount, response.status, response.text());
        self.is_signed_in(browser)?.then_some(()).context("not signed in")
    }

    /// A browser in which the user has signed in.
    pub(crate) fn signed_in(&self, gateway: &Gateway, sub: &str) -> Result<Browser> {
        let mut browser = Browser::new(gateway.public());
        self.sign_in(&mut browser, sub)?;
        Ok(browser)
    }

    /// Whether the browser's session opens the account.
    pub(crate) fn is_signed_in(&self, browser: &mut Browser) -> Result<bool> {
        let response = browser.get(self.account)?;
        let to = response.header("location");
        ensure!(response.status == 200 || to == Some(self.login), "{} {to:?}", response.status);
        Ok(response.status == 200)
    }

    /// Makes a user with a password, whose `sub` and user name these are.
    pub(crate) fn make_user(&self, gateway: &Gateway, sub: &str, more: &Value) -> Result<()> {
        let mut body = json!({"username": format!("user{sub}"), "claims": {"email": format!("{sub}@client.test")}});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        gateway.admin().put(self.mount, "users", sub, &body)
    }

    /// Redeems a code as the fixtures' client.
    pub(crate) fn redeem(&self, gateway: &Gateway, code: &str, verifier: Option<&str>) -> Result<Response> {
        let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
        fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        call(gateway, self.token, self.client, &fields)
    }

    /// The tokens of a code.
    pub(crate) fn tokens(&self, gateway: &Gateway, code: &str) -> Result<Tokens> {
        Tokens::of(&self.redeem(gateway, code, Some(VERIFIER))?)
    }

    /// Uses a refresh token as the fixtures' client.
    pub(crate) fn refresh(&self, gateway: &Gateway, token: &str) -> Result<Response> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        call(gateway, self.token, self.client, &fields)
    }

    /// Whether a token opens what a resource server asks about: forward auth, userinfo and introspection agree.
    pub(crate) fn is_live(&self, gateway: &Gateway, token: &str) -> Result<bool> {
        let bearer = format!("Bearer {token}");
        let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
        let get = |path: &str| -> Result<bool> {
            let answer = http::exchange(gateway.public(), &http::request("GET", path, &headers, b""))?;
            ensure!(matches!(answer.status, 200 | 401), "{path}: {} {}", answer.status, answer.text());
            Ok(answer.status == 200)
        };
        let mut answers = vec![get(&format!("/_gateway/verify/{}", self.mount))?];
        if let Some(path) = self.userinfo {
            answers.push(get(path)?);
        }
        if let Some(path) = self.introspect {
            let answer = call(gateway, path, self.client, &[("token", token)])?;
            answers.push(answer.json()?["active"] == true);
        }
        ensure!(answers.iter().all(|answer| *answer == answers[0]), "{}: {answers:?}", self.mount);
        Ok(answers[0])
    }

    /// Whether the token endpoint refuses for the grant's sake.
    pub(crate) fn is_invalid_grant(&self, response: &Response) -> Result<()> {
        let told = if self.tells_client { "permission denied" } else { r#"{"error":"invalid_grant"}"# };
        ensure!(response.status == 400 && response.text().contains(told), "{} {}", response.status, response.text());
        Ok(())
    }
}

/// A form to an endpoint by a client; a public one names itself in the body.
pub(crate) fn call(
    gateway: &Gateway,
    path: &str,
    (id, secret): (&str, &str),
    fields: &[(&str, &str)],
) -> Result<Response> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let mut headers = vec![("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let mut fields = fields.to_vec();
    if secret.is_empty() {
        fields.push(("client_id", id));
    } else {
        headers.push(("Authorization", &basic));
    }
    let body = serde_urlencoded::to_string(fields)?;
    http::exchange(gateway.public(), &http::request("POST", path, &headers, body.as_bytes()))
}

/// What the token endpoint granted.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id: String,
    pub(crate) scope: String,
}

impl Tokens {
    /// The tokens of an answer.
    pub(crate) fn of(response: &Response) -> Result<Self> {
        ensure!(response.status == 200, "{} {}", response.status, response.text());
        let body = response.json()?;
        let member = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            access: member("access_token"),
            refresh: member("refresh_token"),
            id: member("id_token"),
            scope: member("scope"),
        })
    }
}

/// What the client is told: the parameters of a redirect to it.
pub(crate) fn told(response: &Response) -> Result<Vec<(String, String)>> {
    let shown = || format!("{} {:?} {}", response.status, response.header("location"), response.text());
    let location = response.header("location").with_context(shown)?;
    let query = location.strip_prefix(REDIRECT).and_then(|rest| rest.strip_prefix('?')).with_context(shown)?;
    Ok(serde_urlencoded::from_str(query.split('#').next().unwrap_or_default())?)
}

/// One parameter of what the client is told.
pub(crate) fn param(response: &Response, name: &str) -> Result<Option<String>> {
    Ok(told(response)?.into_iter().find(|(key, _)| key == name).map(|(_, value)| value))
}

/// The code that the client is told.
pub(crate) fn code(response: &Response) -> Result<String> {
    param(response, "code")?.with_context(|| format!("no code in {:?}", response.header("location")))
}
