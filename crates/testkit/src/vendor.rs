//! A vendor whose users log in, with a client of its fixtures.

use crate::agent::{Agent, form};
use crate::gateway::Gateway;
use crate::http::{self, Response};
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where the clients of the tests are told.
pub const REDIRECT: &str = "https://client.test/cb";
/// The PKCE verifier of RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// A second confidential client of each mount.
pub const OTHER: &str = "another";
/// A client without a secret.
pub const PUBLIC: &str = "public";

/// One mount and a client of it.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// The mount's name.
    pub mount: &'static str,
    /// Its issuer.
    pub issuer: &'static str,
    /// The path of its authorization endpoint.
    pub authorize: &'static str,
    /// The path of its token endpoint.
    pub token: &'static str,
    /// The path of its sign-in page.
    pub login: &'static str,
    /// The path of its users' account page.
    pub account: &'static str,
    /// The path of its sign-out page.
    pub logout: &'static str,
    /// How the link to the page that says what was wrong begins.
    pub error: &'static str,
    /// The path of userinfo, where it has one.
    pub userinfo: Option<&'static str>,
    /// The path of introspection, where it has one.
    pub introspect: Option<&'static str>,
    /// Whether a refused request is told to the client once its redirect URI holds.
    pub tells_client: bool,
    /// The fixtures' client: its id and secret.
    pub client: (&'static str, &'static str),
    /// `sub` of the fixtures' user.
    pub user: &'static str,
    /// What the client asks for.
    pub scope: &'static str,
    /// What its token endpoint says of a code or token that is none.
    pub refusal: &'static str,
    /// What the tests have set at its mount, each in JSON.
    pub settings: &'static [(&'static str, &'static str)],
}

/// BrightHR's sandbox.
pub const BRIGHTHR: Vendor = Vendor {
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
    refusal: r#"{"error":"invalid_grant"}"#,
    settings: &[("revocable_access_tokens", "true")],
};
/// The same vendor's other mount, whose clients and users have the same names.
pub const PRODUCTION: Vendor = Vendor {
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
/// Screening Eagle.
pub const EAGLE: Vendor = Vendor {
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
    refusal: "permission denied",
    settings: &[],
};
/// The standard, which is no vendor's. The tests ask for refresh tokens by the scope alone, and want unknown scopes refused.
pub const OPENID: Vendor = Vendor {
    mount: "openid",
    issuer: "https://openid.test",
    authorize: "/openid/authorize",
    token: "/openid/token",
    login: "/openid/account/login",
    account: "/openid/account",
    logout: "/openid/account/logout",
    error: "https://openid.test/account/error?errorId=",
    userinfo: Some("/openid/userinfo"),
    introspect: Some("/openid/introspect"),
    tells_client: true,
    client: ("web", "web-secret"),
    user: "248289761001",
    scope: "openid email profile offline_access",
    refusal: r#""error":"invalid_grant""#,
    settings: &[("offline_access", "\"scope\""), ("unknown_scopes", "\"refused\"")],
};
/// Every mount whose users sign in.
pub const VENDORS: [Vendor; 4] = [BRIGHTHR, PRODUCTION, EAGLE, OPENID];
/// One mount of each vendor, and one of the standard.
pub const EACH: [Vendor; 3] = [BRIGHTHR, EAGLE, OPENID];

/// The S256 challenge of a verifier.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

impl Vendor {
    /// The query of a request that is in order, with these parameters instead; an empty one is left out.
    pub fn query(&self, instead: &[(&str, &str)]) -> Result<String> {
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
    pub fn ask(&self, browser: &mut Agent, instead: &[(&str, &str)]) -> Result<Response> {
        browser.get(&format!("{}?{}", self.authorize, self.query(instead)?))
    }

    /// The same, on the way to the page that it leads to or to the client.
    pub fn go(&self, browser: &mut Agent, instead: &[(&str, &str)]) -> Result<Response> {
        let response = self.ask(browser, instead)?;
        browser.follow(response)
    }

    /// A code that the mount approved by itself.
    pub fn approved(&self, gateway: &Gateway, instead: &[(&str, &str)]) -> Result<String> {
        let mut browser = Agent::new(gateway.public());
        code(&self.ask(&mut browser, &[&[("login_hint", self.user)], instead].concat())?)
    }

    /// Signs the user in by a click on the login page.
    pub fn sign_in(&self, browser: &mut Agent, sub: &str) -> Result<()> {
        let page = browser.get(self.login)?;
        let response = browser.submit(&form(&page, "csrf")?.with("pick", sub))?;
        ensure!(response.status == 303, "{}: {} {}", self.mount, response.status, response.text());
        self.is_signed_in(browser)?.then_some(()).context("not signed in")
    }

    /// A browser in which the user has signed in.
    pub fn signed_in(&self, gateway: &Gateway, sub: &str) -> Result<Agent> {
        let mut browser = Agent::new(gateway.public());
        self.sign_in(&mut browser, sub)?;
        Ok(browser)
    }

    /// Whether the browser's session opens the account.
    pub fn is_signed_in(&self, browser: &mut Agent) -> Result<bool> {
        let response = browser.get(self.account)?;
        let to = response.header("location");
        ensure!(response.status == 200 || to == Some(self.login), "{} {to:?}", response.status);
        Ok(response.status == 200)
    }

    /// Makes a user with a password, whose `sub` and user name these are.
    pub fn make_user(&self, gateway: &Gateway, sub: &str, more: &Value) -> Result<()> {
        let mut body = json!({"username": format!("user{sub}"), "claims": {"email": format!("{sub}@client.test")}});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        gateway.admin().put(self.mount, "users", sub, &body)
    }

    /// Redeems a code as the fixtures' client.
    pub fn redeem(&self, gateway: &Gateway, code: &str, verifier: Option<&str>) -> Result<Response> {
        http::exchange(gateway.public(), &self.redemption(code, verifier)?)
    }

    /// The request that redeems a code as the fixtures' client.
    pub fn redemption(&self, code: &str, verifier: Option<&str>) -> Result<Vec<u8>> {
        let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
        fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        form_of(self.token, self.client, &fields)
    }

    /// The request that uses a refresh token as the fixtures' client.
    pub fn rotation(&self, token: &str) -> Result<Vec<u8>> {
        form_of(self.token, self.client, &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// The tokens of a code.
    pub fn tokens(&self, gateway: &Gateway, code: &str) -> Result<Tokens> {
        Tokens::of(&self.redeem(gateway, code, Some(VERIFIER))?)
    }

    /// Uses a refresh token as the fixtures' client.
    pub fn refresh(&self, gateway: &Gateway, token: &str) -> Result<Response> {
        http::exchange(gateway.public(), &self.rotation(token)?)
    }

    /// Whether a token opens what a resource server asks about: forward auth, userinfo and introspection agree.
    pub fn is_live(&self, gateway: &Gateway, token: &str) -> Result<bool> {
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
    pub fn is_invalid_grant(&self, response: &Response) -> Result<()> {
        ensure!(
            response.status == 400 && response.text().contains(self.refusal),
            "{} {}",
            response.status,
            response.text()
        );
        Ok(())
    }
}

/// Sends a form to an endpoint by a client.
pub fn call(gateway: &Gateway, path: &str, client: (&str, &str), fields: &[(&str, &str)]) -> Result<Response> {
    http::exchange(gateway.public(), &form_of(path, client, fields)?)
}

/// A form to an endpoint by a client; a public one, whose secret is empty, names itself in the body.
pub fn form_of(path: &str, (id, secret): (&str, &str), fields: &[(&str, &str)]) -> Result<Vec<u8>> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let mut headers = vec![("Host", "localhost"), ("Content-Type", "application/x-www-form-urlencoded")];
    let mut fields = fields.to_vec();
    if secret.is_empty() {
        fields.push(("client_id", id));
    } else {
        headers.push(("Authorization", &basic));
    }
    let body = serde_urlencoded::to_string(fields)?;
    Ok(http::request("POST", path, &headers, body.as_bytes()))
}

/// What the token endpoint granted.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token; empty where none was granted.
    pub refresh: String,
    /// The ID token; empty where none was granted.
    pub id: String,
    /// The scope granted.
    pub scope: String,
}

impl Tokens {
    /// The tokens of an answer.
    pub fn of(response: &Response) -> Result<Self> {
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
pub fn told(response: &Response) -> Result<Vec<(String, String)>> {
    let shown = || format!("{} {:?} {}", response.status, response.header("location"), response.text());
    let location = response.header("location").with_context(shown)?;
    let query = location.strip_prefix(REDIRECT).and_then(|rest| rest.strip_prefix('?')).with_context(shown)?;
    Ok(serde_urlencoded::from_str(query.split('#').next().unwrap_or_default())?)
}

/// One parameter of what the client is told.
pub fn param(response: &Response, name: &str) -> Result<Option<String>> {
    Ok(told(response)?.into_iter().find(|(key, _)| key == name).map(|(_, value)| value))
}

/// The code that the client is told.
pub fn code(response: &Response) -> Result<String> {
    param(response, "code")?.with_context(|| format!("no code in {:?}", response.header("location")))
}
