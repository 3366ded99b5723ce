//! What the certification of an OpenID provider checks, over HTTP against the real gateway: the numbers are those of the
//! list in the crate's README.

mod asking;
mod assertions;
mod backchannel;
mod basic;
mod codes;
mod configuration;
mod device;
mod device_seen;
mod exchanges;
mod logout;
mod modes;
mod passwords;
mod refusals;
mod tokens;

use anyhow::{Context, Result, anyhow, ensure};
use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};
use serde_json::Value;
use std::collections::BTreeMap;
use testkit::agent::{Agent, form};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};
use testkit::jwt;
use testkit::vendor::{Tokens, Vendor, param};

const ISSUER: &str = "http://localhost/openid";
const JANE: &str = "248289761001";
const JOHN: &str = "248289761002";

/// A client that users consent to.
const WEB: Vendor = Vendor {
    mount: "openid",
    issuer: ISSUER,
    authorize: "/openid/authorize",
    token: "/openid/token",
    login: "/openid/account/login",
    account: "/openid/account",
    logout: "/openid/account/logout",
    error: "http://localhost/openid/account/error?errorId=",
    userinfo: Some("/openid/userinfo"),
    introspect: Some("/openid/introspect"),
    tells_client: true,
    client: ("web", "web-secret"),
    user: JANE,
    scope: "openid",
    refusal: r#""error":"invalid_grant""#,
    settings: &[],
};
/// A client that users are not asked about.
const TRUSTED: Vendor = Vendor { client: ("trusted", "trusted-secret"), ..WEB };
/// Leaves the challenge out of a request.
const NO_PKCE: [(&str, &str); 2] = [("code_challenge", ""), ("code_challenge_method", "")];

/// The file of an empty pack over the standard dialect.
const EMPTY_PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../pack/tests/golden/openid-connect.toml");

/// The mounts of these tests: those of the standard dialect, and once more those of an empty pack over it.
fn site_text() -> String {
    let site = include_str!("site.toml");
    if module_path!().contains("openid_as_a_pack") {
        site.replace("\"openid-connect\"", &format!("\"pack\"\npack = \"{EMPTY_PACK}\""))
    } else {
        site.to_owned()
    }
}

/// The gateway, one test at a time, each from the start.
fn site() -> Result<MappedMutexGuard<'static, Gateway>> {
    static GATEWAY: Mutex<Option<Gateway>> = Mutex::new(None);
    let mut guard = GATEWAY.lock();
    match &*guard {
        Some(gateway) => gateway.admin().reset()?,
        None => *guard = Some(Gateway::start(&site_text())?),
    }
    MutexGuard::try_map(guard, Option::as_mut).map_err(|_| anyhow!("there is no gateway"))
}

/// The claims of a token whose signature holds by a key of the mount.
fn claims(gateway: &Gateway, token: &str) -> Result<Value> {
    claims_of(gateway, "openid", token)
}

/// The same of another mount's.
fn claims_of(gateway: &Gateway, mount: &str, token: &str) -> Result<Value> {
    let verified = jwt::verify(token, &gateway.admin().jwks(mount)?)?;
    Ok(serde_json::from_slice(&verified.payload)?)
}

/// A browser in which Jane has signed in, and the tokens of a trusted client's request with these parameters.
fn signed_in(gateway: &Gateway, instead: &[(&str, &str)]) -> Result<(Agent, Tokens)> {
    let mut browser = TRUSTED.signed_in(gateway, JANE)?;
    let tokens = tokens(gateway, &TRUSTED, &mut browser, instead)?;
    Ok((browser, tokens))
}

/// The tokens of an authorization that needs no page.
fn tokens(gateway: &Gateway, client: &Vendor, browser: &mut Agent, instead: &[(&str, &str)]) -> Result<Tokens> {
    let response = client.go(browser, instead)?;
    client.tokens(gateway, &testkit::vendor::code(&response)?)
}

/// What the client is told in the place of a code.
fn error(response: &Response) -> Result<String> {
    ensure!(param(response, "code")?.is_none(), "a code");
    ensure!(param(response, "iss")?.as_deref() == Some(ISSUER), "every answer names its issuer");
    param(response, "error")?.context("no error")
}

/// Consents on the page that an authorization led to.
fn allow(browser: &mut Agent, page: &Response, remember: bool) -> Result<Response> {
    let mut consent = form(page, "scope")?.with("decision", "allow");
    if remember {
        consent = consent.with("remember", "1");
    }
    browser.submit(&consent)
}

fn userinfo(gateway: &Gateway, token: &str) -> Result<Value> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    let answer = http::exchange(gateway.public(), &http::request("GET", "/openid/userinfo", &headers, b""))?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    answer.json()
}

fn get(gateway: &Gateway, path: &str) -> Result<Response> {
    http::exchange(gateway.public(), &http::request("GET", path, &[("Host", "localhost")], b""))
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// Members of an object by name.
fn members(value: &Value) -> BTreeMap<String, Value> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}
