//! What was granted stands on its key, its user and its client as they are now; a refusal spends nothing of it.

use super::browser::Browser;
use super::vendor::{BRIGHTHR, EACH, EAGLE, REDIRECT, Tokens, VERIFIER, Vendor, call, code};
use super::{alone, end_session, gateway};
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use testkit::gateway::Gateway;
use testkit::http::{self, Response};

const BITS: (&str, &str) = ("bits-client-1", "bits-secret-1");

/// Settings under which tokens outlive the key that signed them: it retires by those in force at its rotation.
fn outlive(gateway: &Gateway, mount: &str, get: impl FnOnce() -> Result<Tokens>) -> Result<Tokens> {
    let lives = |seconds: i64| {
        let settings = json!({"access_ttl": seconds, "id_ttl": seconds, "refresh_ttl": seconds});
        gateway.admin().patch_settings(mount, &settings)
    };
    lives(86_400)?;
    let tokens = get()?;
    lives(60)?;
    gateway.admin().rotate_key(mount, 0)?;
    Ok(tokens)
}

fn at_bits(gateway: &Gateway, path: &str, token: &str) -> Result<u16> {
    let bearer = format!("Bearer {token}");
    let headers = [("Host", "localhost"), ("Authorization", bearer.as_str())];
    Ok(http::exchange(gateway.public(), &http::request("GET", path, &headers, b""))?.status)
}

#[test]
fn n21_what_a_retired_key_signed_is_refused_everywhere() -> Result<()> {
    let gateway = alone()?;
    let bits = outlive(&gateway, "bits", || {
        let granted = call(&gateway, "/bits/v1/oauth2/token", BITS, &[("grant_type", "client_credentials")])?;
        Tokens::of(&granted)
    })?;
    let eagle = outlive(&gateway, EAGLE.mount, || EAGLE.tokens(&gateway, &EAGLE.approved(&gateway, &[])?))?;
    let mut browser = None;
    let brighthr = outlive(&gateway, BRIGHTHR.mount, || {
        let (signed_in, tokens) = end_session::signed_in(&BRIGHTHR, &gateway)?;
        browser = Some(signed_in);
        Ok(tokens)
    })?;
    for (live, bits_status) in [(true, 200), (false, 401)] {
        for path in ["/bits/oauth2/userinfo", "/_gateway/verify/bits"] {
            ensure!(at_bits(&gateway, path, &bits.access)? == bits_status, "{path}");
        }
        for (vendor, tokens) in [(BRIGHTHR, &brighthr), (EAGLE, &eagle)] {
            ensure!(vendor.is_live(&gateway, &tokens.access)? == live, "{}", vendor.mount);
        }
        if live {
            gateway.admin().advance_clock(61)?;
        }
    }
    EAGLE.is_invalid_grant(&EAGLE.refresh(&gateway, &eagle.refresh)?)?;
    let mut browser = browser.context("a browser")?;
    let query = [("id_token_hint", &*brighthr.id), ("post_logout_redirect_uri", "https://client.test/bye")];
    let asked = end_session::end(&BRIGHTHR, &mut browser, &query)?;
    ensure!(asked.header("location") == Some("https://sandbox-login.brighthr.com/account/logout"), "{asked:?}");
    ensure!(BRIGHTHR.is_signed_in(&mut browser)?, "signed out by a hint of a retired key");
    Ok(())
}

#[test]
fn n22_a_refusal_for_the_users_sake_spends_nothing() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let user = |disabled: bool| vendor.make_user(gateway, "2201", &json!({"disabled": disabled}));
        user(false)?;
        let approved = || code(&vendor.ask(&mut Browser::new(gateway.public()), &[("login_hint", "2201")])?);
        let tokens = vendor.tokens(gateway, &approved()?)?;
        let unspent = approved()?;
        user(true)?;
        for _ in 0..2 {
            let refused =
                [vendor.refresh(gateway, &tokens.refresh)?, vendor.redeem(gateway, &unspent, Some(VERIFIER))?];
            ensure!(refused.iter().all(|refused| (400..=404).contains(&refused.status)), "{}", vendor.mount);
        }
        user(false)?;
        let next = Tokens::of(&vendor.refresh(gateway, &tokens.refresh)?).context("the token was spent")?;
        vendor.tokens(gateway, &unspent).context("the code was spent")?;
        // What was spent before counts though the user is disabled: the family is dead when the user comes back.
        user(true)?;
        ensure!(vendor.refresh(gateway, &tokens.refresh)?.status >= 400);
        user(false)?;
        vendor.is_invalid_grant(&vendor.refresh(gateway, &tokens.refresh)?)?;
        vendor.is_invalid_grant(&vendor.refresh(gateway, &next.refresh)?)?;
    }
    Ok(())
}

/// A client of the test's own with these scopes, grants and redirect URI.
fn client(gateway: &Gateway, vendor: &Vendor, scope: &str, grants: &[&str], redirect: &str) -> Result<()> {
    let body = json!({"secret": "n23-a-secret", "grants": grants, "redirect_uris": [redirect], "user": vendor.user,
        "scopes": scope.split(' ').collect::<Vec<_>>()});
    gateway.admin().put(vendor.mount, "clients", "n23", &body)
}

const BOTH: [&str; 2] = ["authorization_code", "refresh_token"];

/// Whether that is how the vendor refuses a scope that the client may not have.
fn is_lost_scope(vendor: &Vendor, response: &Response) -> Result<()> {
    let is_eagle = *vendor.mount == *EAGLE.mount;
    let (status, told) = if is_eagle { (403, EAGLE.refusal) } else { (400, "\"invalid_scope\"") };
    let shown = format!("{}: {} {}", vendor.mount, response.status, response.text());
    ensure!(response.status == status && response.text().contains(told), "{shown}");
    Ok(())
}

#[test]
fn n23_a_scope_that_the_client_has_lost_is_refused_and_spends_nothing() -> Result<()> {
    let gateway = gateway()?;
    for vendor in &EACH {
        let own = Vendor { client: ("n23", "n23-a-secret"), ..*vendor };
        let without_email = vendor.scope.replace(" email", "");
        client(gateway, vendor, vendor.scope, &BOTH, REDIRECT)?;
        let tokens = own.tokens(gateway, &own.approved(gateway, &[])?)?;
        let code = own.approved(gateway, &[])?;
        client(gateway, vendor, &without_email, &BOTH, REDIRECT)?;
        is_lost_scope(vendor, &own.refresh(gateway, &tokens.refresh)?)?;
        is_lost_scope(vendor, &own.redeem(gateway, &code, Some(VERIFIER))?)?;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &*tokens.refresh), ("scope", &*without_email)];
        let narrowed = Tokens::of(&call(gateway, own.token, own.client, &fields)?).context("what it still has")?;
        is_lost_scope(vendor, &own.refresh(gateway, &narrowed.refresh)?)?;
        client(gateway, vendor, vendor.scope, &BOTH, REDIRECT)?;
        let whole = Tokens::of(&own.refresh(gateway, &narrowed.refresh)?).context("the token was spent")?;
        ensure!(whole.scope.split(' ').any(|scope| scope == "email"), "{}", whole.scope);
        own.tokens(gateway, &code).context("the code was spent")?;
    }
    Ok(())
}

#[test]
fn n23_a_redirect_uri_that_the_client_has_lost_redeems_no_code() -> Result<()> {
    let gateway = alone()?;
    for vendor in &EACH {
        let own = Vendor { client: ("n23", "n23-a-secret"), ..*vendor };
        client(&gateway, vendor, vendor.scope, &BOTH, REDIRECT)?;
        let code = own.approved(&gateway, &[])?;
        client(&gateway, vendor, vendor.scope, &BOTH, "https://client.test/other")?;
        vendor.is_invalid_grant(&own.redeem(&gateway, &code, Some(VERIFIER))?)?;
        client(&gateway, vendor, vendor.scope, &BOTH, REDIRECT)?;
        own.tokens(&gateway, &code).context("the code was spent")?;
    }
    Ok(())
}

#[test]
fn n23_a_grant_that_the_client_has_lost_is_refused() -> Result<()> {
    let gateway = alone()?;
    let own = Vendor { client: ("n23", "n23-a-secret"), ..BRIGHTHR };
    let with = |grants: &[&str]| client(&gateway, &BRIGHTHR, BRIGHTHR.scope, grants, REDIRECT);
    with(&BOTH)?;
    let tokens = own.tokens(&gateway, &own.approved(&gateway, &[])?)?;
    let code = own.approved(&gateway, &[])?;
    with(&BOTH[..1])?;
    for refused in [own.refresh(&gateway, &tokens.refresh)?, own.redeem(&gateway, &code, Some(VERIFIER))?] {
        ensure!(refused.text() == r#"{"error":"unauthorized_client"}"#, "{}", refused.text());
    }
    with(&BOTH)?;
    Tokens::of(&own.refresh(&gateway, &tokens.refresh)?)?;
    own.tokens(&gateway, &code)?;
    Ok(())
}

fn claims(id_token: &str) -> Result<Value> {
    let payload = id_token.split('.').nth(1).context("a payload")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?)
}

#[test]
fn n24_a_refreshed_id_token_has_no_nonce() -> Result<()> {
    let gateway = gateway()?;
    let first = BRIGHTHR.tokens(gateway, &BRIGHTHR.approved(gateway, &[])?)?;
    ensure!(claims(&first.id)?["nonce"] == "n-1");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &*first.refresh), ("scope", "openid")];
    let second = Tokens::of(&call(gateway, BRIGHTHR.token, BRIGHTHR.client, &fields)?)?;
    let third = Tokens::of(&BRIGHTHR.refresh(gateway, &second.refresh)?)?;
    for id in [&second.id, &third.id] {
        let claims = claims(id)?;
        ensure!(
            claims.get("nonce").is_none() && claims["sid"].is_string() && claims["sub"] == BRIGHTHR.user,
            "{claims}"
        );
    }
    Ok(())
}

#[test]
fn n30_failed_authentications_are_limited_by_client_and_source() -> Result<()> {
    let gateway = alone()?;
    let at_token =
        |path: &str, client: (&str, &str)| call(&gateway, path, client, &[("grant_type", "client_credentials")]);
    for (mount, path, client) in
        [("bits", "/bits/v1/oauth2/token", BITS), (BRIGHTHR.mount, BRIGHTHR.token, BRIGHTHR.client)]
    {
        for _ in 0..50 {
            ensure!(at_token(path, (client.0, "wrong"))?.status < 429, "off by default");
        }
        gateway.admin().patch_settings(mount, &json!({"auth_failures": "3/1h"}))?;
        for _ in 0..3 {
            ensure!(at_token(path, client)?.status < 429, "what holds does not count");
            ensure!(at_token(path, (client.0, "wrong"))?.status < 429);
        }
        for secret in ["wrong", client.1] {
            let refused = at_token(path, (client.0, secret))?;
            let wait: u32 = refused.header("retry-after").context("a wait")?.parse()?;
            ensure!(refused.status == 429 && (3000..=3601).contains(&wait), "{} {wait}", refused.status);
        }
        gateway.admin().advance_clock(7200)?;
        ensure!(at_token(path, client)?.status == 429, "{mount}: the mount's clock has ended it");
        for unknown in ["nobody", "nobody at all"] {
            for attempt in 0..4 {
                let is_refused = at_token(path, (unknown, "wrong"))?.status == 429;
                ensure!(is_refused == (attempt == 3), "an unknown client is counted as a known one is");
            }
        }
    }
    let asks = |secret| {
        call(&gateway, BRIGHTHR.introspect.unwrap_or_default(), (BRIGHTHR.client.0, secret), &[("token", "t")])
    };
    ensure!(asks(BRIGHTHR.client.1)?.status == 429, "the other endpoints count too");
    Ok(())
}
