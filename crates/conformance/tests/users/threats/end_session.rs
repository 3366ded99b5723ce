//! The end-session endpoint (OpenID Connect RP-Initiated Logout): nobody is signed out or sent away by a stranger.

use super::browser::Browser;
use super::gateway;
use super::vendor::{BRIGHTHR, PRODUCTION, Tokens, VERIFIER, Vendor, code};
use anyhow::{Context, Result, ensure};
use testkit::gateway::Gateway;
use testkit::http::Response;

pub(crate) const BYE: &str = "https://client.test/bye";

pub(crate) fn path(vendor: &Vendor) -> String {
    format!("/{}/connect/endsession", vendor.mount)
}

/// A browser whose user signed in for tokens, and these.
pub(crate) fn signed_in(vendor: &Vendor, gateway: &Gateway) -> Result<(Browser, Tokens)> {
    let mut browser = Browser::new(gateway.public());
    let response = vendor.ask(&mut browser, &[("login_hint", vendor.user)])?;
    let tokens = Tokens::of(&vendor.redeem(gateway, &code(&response)?, Some(VERIFIER))?)?;
    Ok((browser, tokens))
}

pub(crate) fn end(vendor: &Vendor, browser: &mut Browser, query: &[(&str, &str)]) -> Result<Response> {
    browser.get(&format!("{}?{}", path(vendor), serde_urlencoded::to_string(query)?))
}

/// Whether the user was asked on the gateway's own page, and nothing has ended.
pub(crate) fn is_asked(vendor: &Vendor, browser: &mut Browser, response: &Response) -> Result<()> {
    let own = format!("{}/account/logout", vendor.issuer);
    ensure!(response.status == 302 && response.header("location") == Some(&*own), "{:?}", response.header("location"));
    ensure!(vendor.is_signed_in(browser)?, "signed out unasked");
    Ok(())
}

#[test]
fn t60_with_its_id_token_a_client_signs_its_user_out() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &[BRIGHTHR, PRODUCTION] {
        let (mut browser, tokens) = signed_in(vendor, gateway)?;
        let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE), ("state", "a&b\r\nc")];
        let response = end(vendor, &mut browser, &query)?;
        ensure!(response.header("location") == Some("https://client.test/bye?state=a%26b%0D%0Ac"), "{response:?}");
        ensure!(browser.cookie("idp_session").is_none() && !vendor.is_signed_in(&mut browser)?);
        // Without a session there is nothing to end, and nothing to ask.
        let again = end(vendor, &mut browser, &query[..2])?;
        ensure!(again.header("location") == Some(BYE), "{again:?}");

        let (mut browser, tokens) = signed_in(vendor, gateway)?;
        let mut thief = Browser::new(gateway.public());
        thief.copy(&browser, "idp_session");
        let fields = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE)];
        ensure!(browser.post(&path(vendor), &fields)?.header("location") == Some(BYE), "by a form");
        ensure!(!vendor.is_signed_in(&mut thief)?, "the session itself is over");
    }
    Ok(())
}

#[test]
fn t60_no_redirect_to_what_is_not_registered() -> Result<()> {
    let gateway = gateway()?;
    let vendor = &BRIGHTHR;
    let (mut browser, tokens) = signed_in(vendor, gateway)?;
    for uri in [
        "",
        "https://evil.test/bye",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/bye",
        "https://client.test/cb",
        "https://client.test/bye/",
        "https://client.test/BYE",
        "https://client.test/bye?x=1",
        "https://client.test/bye#x",
        "https://client.test@evil.test/bye",
        "https://client.test/x/../bye",
        "javascript:alert(1)",
        " https://client.test/bye",
    ] {
        let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", uri), ("state", "s")];
        let response = end(vendor, &mut browser, &query)?;
        is_asked(vendor, &mut browser, &response).with_context(|| uri.to_owned())?;
    }
    Ok(())
}

#[test]
fn t60_no_hint_no_end() -> Result<()> {
    let gateway = gateway()?;
    let vendor = &BRIGHTHR;
    let (mut browser, tokens) = signed_in(vendor, gateway)?;
    let (_, elsewhere) = signed_in(&PRODUCTION, gateway)?;
    let (header, rest) = tokens.id.split_once('.').context("a JWT")?;
    let (payload, signature) = rest.split_once('.').context("a JWT")?;
    let other_payload = elsewhere.id.split('.').nth(1).context("a JWT")?;
    for (how, hint) in [
        ("none", ""),
        ("no token", "x"),
        ("another mount's", &*elsewhere.id),
        ("an access token", &*tokens.access),
        ("a refresh token", &*tokens.refresh),
        ("without its signature", &format!("{header}.{payload}.")),
        ("of another payload", &format!("{header}.{other_payload}.{signature}")),
        ("of no algorithm", &format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")),
    ] {
        let query = [("id_token_hint", hint), ("post_logout_redirect_uri", BYE), ("client_id", "web")];
        let response = end(vendor, &mut browser, &query)?;
        is_asked(vendor, &mut browser, &response).with_context(|| how.to_owned())?;
    }
    let repeated =
        format!("{}?post_logout_redirect_uri={BYE}&post_logout_redirect_uri=https://evil.test", path(vendor));
    let response = browser.get(&repeated)?;
    ensure!(response.header("location").is_none_or(|to| !to.contains("evil")), "{response:?}");
    ensure!(vendor.is_signed_in(&mut browser)?);
    Ok(())
}

#[test]
fn t60_another_users_session_is_not_ended() -> Result<()> {
    let gateway = gateway()?;
    let vendor = &BRIGHTHR;
    let (_, tokens) = signed_in(vendor, gateway)?;
    vendor.make_user(gateway, "6001", &serde_json::json!({}))?;
    let mut browser = vendor.signed_in(gateway, "6001")?;
    let query = [("id_token_hint", &*tokens.id), ("post_logout_redirect_uri", BYE)];
    let response = end(vendor, &mut browser, &query)?;
    is_asked(vendor, &mut browser, &response)
}
